import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { FilePlaces } from '../../../src/platform/storage/file-places.ts';
import { NEW_IMPORTER_EXAMPLE } from '../../../src/dialects/importcsv/answers.ts';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';

/** Everything as it is served, a worker behind it, and somebody who imports files. */
export interface ImportStage {
  readonly universal: UniversalApp;
  readonly caller: Caller;
  /** Makes the document's importer, or another one; gives its id. */
  importer(changes?: object): Promise<string>;
  /** Uploads a file and waits for the end of its import. */
  imported(importerId: string, content: string | Buffer, name?: string, fields?: Record<string, string>): Promise<Json>;
  /** The import when it has ended. */
  finished(id: string): Promise<Json>;
  /** What lies in an importer's table, by the values of some fields. */
  rowsOf(importerId: string, ...fields: string[]): Promise<string[]>;
  /** How many uploads storage holds. */
  storedFiles(): Promise<number>;
  close(): Promise<void>;
}

export async function startImports(files?: FilePlaces): Promise<ImportStage> {
  const universal = await startUniversal({ worker: true, ...(files && { files }) });
  const caller = await universal.join();
  let made = 0;
  const stage: ImportStage = {
    universal,
    caller,
    async importer(changes = {}) {
      const slug = `customers-${++made}`;
      const { status, body } = await caller.askV1('POST', '/importers', { ...NEW_IMPORTER_EXAMPLE, slug, ...changes });
      assert.equal(status, 201, JSON.stringify(body));
      return said(body['id']);
    },
    async imported(importerId, content, name, fields) {
      const { status, body } = await caller.askV1('POST', '/imports', form(importerId, content, name, fields));
      assert.equal(status, 201, JSON.stringify(body));
      return stage.finished(said(body['id']));
    },
    async finished(id) {
      for (let tries = 0; tries < 600; tries++) {
        const { body } = await caller.askV1('GET', `/imports/${id}`);
        if (!['pending', 'processing'].includes(said(body['status']))) return body;
        await delay(50);
      }
      const { body } = await caller.ask('GET', `/jobs/${id}`);
      throw new Error(`the import never ended: ${JSON.stringify(body)}`);
    },
    async rowsOf(importerId, ...fields) {
      const { body } = await caller.askV1('GET', `/importers/${importerId}`);
      const { body: page } = await caller.ask(
        'GET',
        `/targets/${said(body['target'])}/records?per_page=100&sort=email`,
      );
      return listed(page['data']).map((record) => fields.map((name) => said(record[name])).join(' '));
    },
    async storedFiles() {
      let files = 0;
      for await (const _ of universal.files.storage.list('uploads/')) files++;
      return files;
    },
    close: () => universal.close(),
  };
  return stage;
}

/** What an upload sends. */
export function form(
  importerId: string,
  content: string | Buffer,
  name = 'customers.csv',
  fields: Record<string, string> = {},
): FormData {
  const sent = new FormData();
  sent.set('importer_id', importerId);
  for (const [key, value] of Object.entries(fields)) sent.set(key, value);
  sent.set('file', new Blob([Buffer.from(content)]), name);
  return sent;
}
