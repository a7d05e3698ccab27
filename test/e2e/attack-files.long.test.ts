import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { peakMemory } from '../../bench/cpu.ts';
import { openLading } from '../support/lading-process.ts';
import type { LadingProcess } from '../support/lading-process.ts';
import { testData } from '../support/test-data.ts';
import { SHEET_END, SHEET_START, textRow, xlsxFile } from '../support/xlsx-file.ts';
import { zipFile } from '../support/zip-file.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';
const MIB = 2 ** 20;
const SHEET = 'xl/worksheets/sheet1.xml';

const run = z.object({
  data: z.object({
    id: z.number(),
    status: z.string(),
    original_filename: z.string().nullable(),
    progress: z.object({ successful: z.number(), failed: z.number() }),
    summary: z.object({ error: z.object({ code: z.string(), message: z.string() }).nullable() }).nullable(),
  }),
});
type Run = z.infer<typeof run>['data'];

const workbook = (sheet: string): Buffer =>
  xlsxFile({ sheets: [{ rows: textRow('a') }], parts: [{ name: SHEET, data: sheet }] });
const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
const entity = (type: string): Buffer =>
  workbook(`${type}${SHEET_START}<row><c t="inlineStr"><is><t>&l9;</t></is></c></row>${SHEET_END}`);

/** Files that are to be refused, each with the seconds in which that has to be said. */
const REFUSED: Readonly<Record<string, { readonly seconds: number; readonly file: () => Buffer }>> = {
  'a zip of blanks without an end': {
    seconds: 10,
    file: () => zipFile([{ name: 'people.csv', data: Buffer.alloc(200 * MIB, 0x20) }]),
  },
  'a zip that lies about what it holds': {
    seconds: 10,
    file: () => zipFile([{ name: 'people.csv', data: Buffer.alloc(70 * MIB), claims: { unpacked: 1_000 } }]),
  },
  'a zip whose entries share their bytes': {
    seconds: 10,
    file: () =>
      zipFile(
        ['a', 'b', 'c'].map((name) => ({ name, data: 'name\nAda\n' })),
        { overlap: true },
      ),
  },
  'a workbook of a sheet that unpacks to far more than it is': {
    seconds: 10,
    file: () => workbook(' '.repeat(70 * MIB)),
  },
  'a workbook with a billion laughs': {
    seconds: 10,
    file: () => entity(`<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>`),
  },
  'a workbook with a quadratic blow-up': {
    seconds: 10,
    file: () => entity(`<!DOCTYPE x [<!ENTITY l9 "${'ha'.repeat(50_000)}">]>`),
  },
  'a workbook that asks for a file of the server': {
    seconds: 10,
    file: () => entity('<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'),
  },
  'JSON whose arrays have no end': { seconds: 10, file: () => Buffer.from('['.repeat(5 * MIB)) },
  'one line without an end': { seconds: 10, file: () => Buffer.alloc(64 * MIB, 'x') },
  'ten gigabytes of zeros in gzip': {
    seconds: 20,
    file: () => {
      const member = gzipSync(Buffer.alloc(100 * MIB));
      return Buffer.concat(Array.from({ length: 100 }, () => member));
    },
  },
};

describe('files that attack', { skip, timeout: 1_200_000 }, () => {
  let lading: LadingProcess;

  before(async () => {
    lading = await openLading();
    const fields = ['name', 'note'].map((name) => ({ name, type: 'string', required: name === 'name' }));
    await lading.client.post('/api/v1/importers', { name: 'People', slug: 'people', schema: { fields } }, z.unknown());
  });
  after(() => lading.stop());

  async function send(file: Buffer, name = 'people.csv'): Promise<Run> {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(file)]), name);
    const response = await fetch(`${lading.client.baseUrl}/api/v1/ingest/upload/people`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lading.client.token}` },
      body: form,
    });
    const answer: unknown = await response.json();
    assert.equal(response.status, 202, JSON.stringify(answer));
    return ended(run.parse(answer).data.id);
  }

  async function ended(id: number): Promise<Run> {
    for (;;) {
      const { data } = await lading.client.get(`/api/v1/ingest/${id}`, run);
      if (data.status !== 'pending' && data.status !== 'processing') return data;
      await delay(50);
    }
  }

  for (const [name, { seconds, file }] of Object.entries(REFUSED)) {
    test(`${name} is refused within ${seconds} seconds`, async () => {
      const bytes = file();
      const began = performance.now();
      const refused = await send(bytes);
      const took = (performance.now() - began) / 1_000;
      assert.equal(refused.status, 'failed', JSON.stringify(refused));
      assert.match(refused.summary?.error?.message ?? '', /^[A-Z].{10,300}$/su);
      assert.doesNotMatch(refused.summary?.error?.message ?? '', /root:|\/etc\/passwd/u);
      assert.ok(took < seconds, `it took ${took.toFixed(1)} s`);
    });
  }

  test('names that lead elsewhere are only names', async () => {
    const { path, skip: none } = testData('security/path-traversal/directory_traversal.txt');
    const given = none ? [] : readFileSync(path, 'utf8').split('\n').filter(Boolean);
    const names = ['../../../../tmp/lading-attack.csv', '/tmp/lading-attack.csv', ...given.slice(0, 10)];
    for (const name of names) {
      const done = await send(Buffer.from('name,note\nAda,one\n'), name);
      assert.equal(done.status, 'completed', name);
      const packed = await send(zipFile([{ name, data: 'name,note\nAda,two\n' }]), 'people.zip');
      assert.equal(packed.status, 'completed', `${name} in a zip`);
    }
    assert.deepEqual(
      readdirSync('/tmp').filter((name) => name.includes('lading-attack')),
      [],
    );
  });

  test('formulas are stored as they are, and guarded where a spreadsheet would run them', async () => {
    const formulas = ["=cmd|'/C calc'!A0", '+1+1', '-2+3', '@SUM(1)', '\t=1', '=HYPERLINK("http://127.0.0.1:9/")'];
    const line = (...cells: readonly string[]): string =>
      `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`;
    const file = formulas.map((formula) => line('Ada', formula) + line('', formula)).join('');
    const done = await send(Buffer.from(`name,note\n${file}`));
    assert.deepEqual(done.progress, { ...done.progress, successful: formulas.length, failed: formulas.length });
    const [importer] = await lading.query<{ table: string }>(
      `select 'target.importer_' || "number" as "table" from import_importers`,
    );
    const stored = await lading.query<{ note: string }>(
      `select distinct f2 as note from ${importer?.table} where f2 not in ('one', 'two')`,
    );
    assert.deepEqual(new Set(stored.map(({ note }) => note)), new Set(formulas));
    const response = await fetch(`${lading.client.baseUrl}/api/v1/ingest/${done.id}/failed-rows/download`, {
      headers: { authorization: `Bearer ${lading.client.token}` },
    });
    assert.doesNotMatch(await response.text(), /(?:^|,|")[=+@]/mu);
  });

  test('after all of them everything lives, and nothing has had a gigabyte', async () => {
    const done = await send(Buffer.from('name,note\nAda,three\n'));
    assert.equal(done.status, 'completed');
    for (const name of ['api', 'worker']) {
      const megabytes = peakMemory(await lading.home.pid(name)) / MIB;
      assert.ok(megabytes < 1_024, `${name} has had ${megabytes.toFixed(0)} MB`);
      const log = await lading.home.read(`log/supervisor.log`).catch(() => '');
      assert.doesNotMatch(log, new RegExp(`${name}.*started again`, 'u'));
    }
  });
});
