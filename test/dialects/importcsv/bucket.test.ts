import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openStorage } from '../../../src/platform/storage/open-storage.ts';
import { filePlaces } from '../../support/files.ts';
import { noPython } from '../../support/python-servers.ts';
import { startS3Server } from '../../support/s3-server.ts';
import type { S3Server } from '../../support/s3-server.ts';
import { textRow, xlsxFile } from '../../support/xlsx-file.ts';
import { listed, said } from '../universal/universal-app.ts';
import { startImports } from './import-stage.ts';
import type { ImportStage } from './import-stage.ts';

const skip = noPython;
let server: S3Server;
let stage: ImportStage;

before(async () => {
  if (skip !== false) return;
  server = await startS3Server();
  stage = await startImports({ ...filePlaces(), storage: openStorage(server.setting('lading/files')) });
});

after(async () => {
  if (skip !== false) return;
  await stage.close();
  await server.stop();
});

test(
  'with a bucket for storage files are imported, as they are or read anew, and their failed rows mended',
  { skip },
  async () => {
    const importer = await stage.importer({ key: ['email'] });
    const people = Array.from({ length: 4_000 }, (_, at) => `Name ${at},n${at}@example.com`);
    const csv = `name,email\n${people.join('\n')}\nNobody,\n`;
    const outcomes: unknown[] = [];
    for (const [name, content] of [
      ['plain.csv', csv],
      ['wide.csv', Buffer.from(`\ufeff${csv}`, 'utf16le')],
      ['book.xlsx', xlsxFile({ sheets: [{ rows: textRow('name', 'email') + textRow('Zoë', 'zoe@example.com') }] })],
    ] as const) {
      const done = await stage.imported(importer, content, name);
      outcomes.push([done['created_count'], done['skipped_count'], done['error_count']]);
    }
    assert.deepEqual(outcomes, [
      [4_000, 0, 1],
      [0, 4_000, 1],
      [1, 0, 0],
    ]);

    const { body } = await stage.caller.askV1('GET', '/ingest?per_page=100');
    const first = listed(body['data']).find((run) => said(run['original_filename']) === 'plain.csv');
    const token = await stage.universal.app.login(stage.caller.user.email);
    const number = said(first?.['id']);
    const download = await fetch(`${stage.universal.app.url}/api/v1/ingest/${number}/failed-rows/download`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const failed = await download.text();
    assert.match(failed, /^name,email,_error_message,_row_number\r\nNobody,,.*,4001\r\n$/u);
    const mended = await stage.imported(
      importer,
      failed.replace('Nobody,', 'Nobody,nobody@example.com'),
      `failed-rows-${number}.csv`,
    );
    assert.deepEqual([mended['created_count'], mended['error']], [1, null]);
  },
);
