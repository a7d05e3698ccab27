import type { ColumnMapping, ImporterField } from './importer.ts';

/** What whoever sends a file says of it; null is found out. */
export interface FileChoice {
  readonly encoding: string | null;
  readonly delimiter: string | null;
  /** A workbook's sheet, by its name or its place from 1. */
  readonly sheet: string | number | null;
  /** The line or row from 1 in which the header is; 0 for a file without one. */
  readonly headerRow: number | null;
}

export const NO_CHOICE: FileChoice = { encoding: null, delimiter: null, sheet: null, headerRow: null };

/** By what a column was found to be a field's; in this order, the first that fits wins. */
export const MATCHED_BY = ['mapping', 'name', 'label', 'alias', 'likeness'] as const;
export type MatchedBy = (typeof MATCHED_BY)[number];

/** What was found out about a file before its rows were read, for whoever sent it. */
export interface FileFindings {
  /** Its format, as whatever reads its kind tells it: encoding, delimiter, sheet. */
  readonly detected: Readonly<Record<string, unknown>>;
  /** Columns that fill fields: by what they were found to, how sure that is, and how days and numbers are written. */
  readonly matched: readonly {
    readonly column: string;
    readonly field: string;
    readonly by: MatchedBy;
    readonly score: number;
    readonly format: string | null;
    /** Of columns of days and numbers: how many values spoke for which way of writing them. */
    readonly evidence?: Readonly<Record<string, number>>;
  }[];
  /** Columns that fill nothing, the first of them, with the field that each is most like. */
  readonly unknown: readonly { readonly column: string; readonly suggestion: string | null }[];
  /** Fields without a column. */
  readonly missing: readonly string[];
  /** Names that several columns have, of which the first is read. */
  readonly repeated: readonly string[];
}

/** Columns that a file of failed rows has behind those of the file they come from: why, and which row it was. */
export const ADDED_COLUMNS = { message: '_error_message', rowNumber: '_row_number' } as const;

/** Of which import a file may bring rows that had failed. */
export interface MayMend {
  /** The number that whoever sends it names; null: it is found out. */
  readonly run: number | null;
  /** He sees his own imports only. */
  readonly ownOnly: boolean;
}

/** A file's rows as one job reads them: later changes of the importer do not reach it. */
export interface FileOrigin {
  readonly fileId: string;
  /** It is of the directory: its columns are known by their names, without fields. */
  readonly directory?: true;
  readonly fields: readonly ImporterField[];
  /** The fields that make two rows the same record. */
  readonly key: readonly string[];
  readonly mapping: readonly ColumnMapping[];
  readonly choice: FileChoice;
  /** Absent: of none. */
  readonly mends?: MayMend;
  /** Of rows that a page has sent whose user chose a file there. */
  readonly embedded?: EmbeddedOrigin;
}

/** The values of such rows are texts as they stood in the file, whatever brought them here. */
export interface EmbeddedOrigin {
  /** What the page says of it; nothing is read into it. */
  readonly context: Readonly<Record<string, unknown>> | null;
}
