import { randomUUID } from 'node:crypto';
import { plainField } from '../../src/domain/importer.ts';
import type { ImporterInput } from '../../src/domain/importer.ts';
import { createImporters } from '../../src/engine/importers/index.ts';
import type { Importers } from '../../src/engine/importers/index.ts';
import type { CreateImportInput } from '../../src/engine/imports/import-input.ts';
import { createImports } from '../../src/engine/imports/index.ts';
import type { Imports } from '../../src/engine/imports/index.ts';
import type { JobView } from '../../src/engine/jobs/job-view.ts';
import { startTestEngine } from './jobs.ts';
import type { TestEngine } from './jobs.ts';

/** An engine to import files with; with a worker, as a rule. */
export interface ImportStage {
  readonly engine: TestEngine;
  readonly importers: Importers;
  readonly imports: Imports;
  /** Makes an importer of names and unrequired e-mails, without a key, or another one; gives its id. */
  importer(changes?: Partial<ImporterInput>): Promise<string>;
  /** Uploads a file and starts its import; gives the job's id. */
  start(importerId: string, content: string | Buffer, asked?: Partial<CreateImportInput>): Promise<string>;
  /** The same, and waits for its end. */
  run(importerId: string, content: string | Buffer, asked?: Partial<CreateImportInput>): Promise<JobView>;
  /** The file of the rows of a job that failed. */
  failedRows(jobId: string): Promise<string>;
  close(): Promise<void>;
}

export async function startImportStage({ worker = true } = {}): Promise<ImportStage> {
  const engine = await startTestEngine();
  const importers = createImporters(engine.deps);
  const imports = createImports(engine.deps);
  if (worker) await engine.startWorker();

  const stage: ImportStage = {
    engine,
    importers,
    imports,
    async importer(changes = {}) {
      const { id } = await importers.create(engine.actor, {
        name: 'People',
        description: null,
        slug: `people-${randomUUID().slice(0, 8)}`,
        fields: [plainField('name'), plainField('email', 'email')],
        key: [],
        duplicates: 'update',
        newerBy: null,
        source: { type: 'upload' },
        target: null,
        mapping: [],
        ...changes,
      });
      return id;
    },
    async start(importerId, content, asked = {}) {
      const key = `uploads/${randomUUID()}`;
      const stored = await engine.deps.files.storage.put(key, piece(content));
      const file = { key, name: 'people.csv', charset: null, ...stored };
      const { job } = await imports.create(engine.actor, { importer: importerId, file, ...asked });
      return job.id;
    },
    async run(importerId, content, asked = {}) {
      const id = await stage.start(importerId, content, asked);
      await engine.reached(id, 'completed', 'failed', 'cancelled');
      return engine.jobs.get(engine.actor, id);
    },
    async failedRows(jobId) {
      const { text } = await imports.failedRows(engine.actor, jobId, AbortSignal.timeout(20_000));
      let all = '';
      for await (const some of text) all += some;
      return all;
    },
    close: () => engine.close(),
  };
  return stage;
}

async function* piece(content: string | Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}
