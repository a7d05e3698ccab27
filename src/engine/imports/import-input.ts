import type { EmbeddedOrigin, FileChoice } from '../../domain/import-file.ts';
import type { ColumnMapping } from '../../domain/importer.ts';
import type { JobKind } from '../../domain/job.ts';
import type { CreateJobInput } from '../jobs/job-input.ts';

/** A file that lies in storage already, as its upload left it. */
export interface UploadedFile {
  readonly key: string;
  readonly name: string | null;
  readonly size: number;
  readonly sha256: string;
  readonly charset: string | null;
}

/** What somebody asks of the import of a file; what is left out takes its default. */
export interface CreateImportInput {
  /** The importer's id or slug. */
  readonly importer: string;
  /** Null: it is fetched from where the importer's files come from. */
  readonly file: UploadedFile | null;
  readonly kind?: Extract<JobKind, 'import' | 'validate'>;
  /** Wins over the importer's own. */
  readonly mapping?: readonly ColumnMapping[];
  readonly choice?: Partial<FileChoice>;
  readonly timeoutSeconds?: number | null;
  /** How rows are held against records; what becomes of those with the key of one the importer says. */
  readonly mode?: CreateJobInput['mode'] | undefined;
  readonly embedded?: EmbeddedOrigin;
  /** The number of the import whose failed rows the file brings again; absent: that is found out. */
  readonly mends?: number;
  /** Rows committed in one transaction. */
  readonly batchSize?: number;
}
