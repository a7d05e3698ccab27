import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openArchive } from '../../../../src/sources/spool/archive/open-archive.ts';
import type { ArchiveReport } from '../../../../src/sources/spool/archive/open-archive.ts';
import { textRow, xlsxFile } from '../../../support/xlsx-file.ts';
import { zipFile } from '../../../support/zip-file.ts';
import { SPOOL_OPTIONS, allOf, chunksOf, refusal } from '../spooling.ts';

const CSV = 'a,b\n1,ä\n';

async function opened(file: Buffer | string): Promise<{ text: string; report: ArchiveReport }> {
  await using archive = await openArchive(chunksOf(file, 1000), SPOOL_OPTIONS);
  const text = (await allOf(archive.bytes)).toString();
  return { text, report: archive.report() };
}

/** The number of bytes an archive unpacks to, without holding them. */
async function length(file: AsyncIterable<Buffer>): Promise<number> {
  await using archive = await openArchive(file, SPOOL_OPTIONS);
  let bytes = 0;
  for await (const chunk of archive.bytes) bytes += chunk.length;
  return bytes;
}

const unzipped = (name: string): object => ({
  text: CSV,
  report: { archive: 'zip', name, content: 'text', unpacked_bytes: 9 },
});

describe('gzip', () => {
  const report = { archive: 'gzip', name: null, content: 'text', unpacked_bytes: 9 };

  test('a file is unpacked, of one member or several', async () => {
    assert.deepEqual(await opened(gzipSync(CSV)), { text: CSV, report });
    const members = Buffer.concat([gzipSync(CSV.slice(0, 4)), gzipSync(CSV.slice(4))]);
    assert.deepEqual(await opened(members), { text: CSV, report });
  });

  test('one that is cut off or damaged is refused', async () => {
    const file = gzipSync(CSV);
    const damaged = Buffer.from(file);
    damaged.writeUInt32LE(7, damaged.length - 8);
    assert.deepEqual(
      [await refusal(opened(file.subarray(0, -5))), await refusal(opened(damaged))],
      [
        { code: 'source_rejected', reason: 'damaged', message: 'The gzip file is cut off.' },
        { code: 'source_rejected', reason: 'damaged', message: 'The gzip file is damaged and cannot be unpacked.' },
      ],
    );
  });

  test('10 GB of zeros are refused', { timeout: 20_000 }, async () => {
    const member = gzipSync(Buffer.alloc(100 * 2 ** 20));
    async function* members(): AsyncGenerator<Buffer> {
      for (let count = 0; count < 100; count += 1) yield member;
    }
    assert.equal((await refusal(length(members()))).reason, 'suspicious');
    assert.ok(process.resourceUsage().maxRSS < 2 ** 20);
  });

  test('text that repeats itself is no bomb while it is small', async () => {
    const text = 'same,same\n'.repeat(1_000_000);
    assert.equal(await length(chunksOf(gzipSync(text), 10_000)), text.length);
  });

  test('reading stops when it is cancelled, and when nobody reads on', async () => {
    const cancel = new AbortController();
    const bytes = gzipSync(Buffer.from(Array.from({ length: 2_000_000 }, (_, n) => n % 251)));
    const cancelled = async (): Promise<void> => {
      await using archive = await openArchive(chunksOf(bytes, 500), { ...SPOOL_OPTIONS, signal: cancel.signal });
      for await (const chunk of archive.bytes) if (chunk.length > 0) cancel.abort(new Error('enough'));
    };
    await assert.rejects(cancelled(), { message: 'enough' });
    let closed = false;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        yield* chunksOf(bytes, 500);
      } finally {
        closed = true;
      }
    }
    await (await openArchive(source(), SPOOL_OPTIONS))[Symbol.asyncDispose]();
    assert.equal(closed, true);
  });
});

describe('zip', () => {
  test('one file is unpacked: deflated, stored, streamed, or with 64-bit sizes', async () => {
    for (const how of [
      {},
      { stored: true },
      { descriptor: true },
      { zip64: true },
      { zip64: true, descriptor: true },
    ]) {
      assert.deepEqual(await opened(zipFile([{ name: 'data.csv', data: CSV, ...how }])), unzipped('data.csv'));
    }
  });

  test('folders and what systems put beside a file do not count', async () => {
    const beside = ['folder/', '__MACOSX/', '__MACOSX/folder/._data.csv', 'folder/.DS_Store', 'Thumbs.db'];
    const file = zipFile([
      ...beside.map((name) => ({ name, data: '', stored: true })),
      { name: 'folder/data.csv', data: CSV },
    ]);
    assert.deepEqual(await opened(file), unzipped('folder/data.csv'));
  });

  test('several files are refused with their names', async () => {
    const file = zipFile(['a.csv', 'b\u202e.csv', 'c/d.csv'].map((name) => ({ name, data: CSV })));
    assert.deepEqual(await refusal(opened(file)), {
      code: 'source_rejected',
      reason: 'several_files',
      message: 'The zip archive has 3 files, and only one can be imported: a.csv, b\ufffd.csv, c/d.csv.',
    });
  });

  test('a name that leads elsewhere is only a name', async () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', 'C:/autoexec.bat', 'a\u0000b', '..']) {
      assert.deepEqual(await opened(zipFile([{ name, data: CSV }])), unzipped(name));
    }
  });

  test('an empty, encrypted, damaged, foreign or cut off one is refused', async () => {
    const file = zipFile([{ name: 'data.csv', data: CSV }]);
    const files = [
      zipFile([]),
      zipFile([{ name: 'data.csv', data: CSV, encrypted: true }]),
      zipFile([{ name: 'data.csv', data: CSV, claims: { crc: 1 } }]),
      zipFile([{ name: 'data.csv', data: CSV, claims: { unpacked: 5 } }]),
      zipFile([{ name: 'data.csv', data: CSV, method: 14 }]),
      file.subarray(0, -10),
      file.subarray(0, 10),
    ];
    const reasons = [];
    for (const each of files) reasons.push((await refusal(opened(each))).reason);
    assert.deepEqual(reasons, ['no_table', 'encrypted', 'damaged', 'damaged', 'other_format', 'damaged', 'damaged']);
  });

  test('a bomb is refused, by its sizes and when it lies about them', { timeout: 10_000 }, async () => {
    const data = Buffer.alloc(70 * 2 ** 20);
    assert.equal((await refusal(opened(zipFile([{ name: 'a', data }])))).reason, 'suspicious');
    const lying = zipFile([{ name: 'a', data, claims: { unpacked: 1000 } }]);
    assert.equal((await refusal(opened(lying))).reason, 'damaged');
  });

  test('entries that share their bytes are refused', async () => {
    const parts = ['a', 'b', 'c'].map((name) => ({ name, data: CSV }));
    assert.equal((await refusal(opened(zipFile(parts, { overlap: true })))).reason, 'suspicious');
  });
});

test('archives in archives are refused, workbooks are none', async () => {
  const zip = zipFile([{ name: 'data.csv', data: CSV }]);
  const workbook = xlsxFile({ sheets: [{ rows: textRow('a') }] });
  const nested = [
    gzipSync(gzipSync(CSV)),
    gzipSync(zip),
    zipFile([{ name: 'x', data: zip }]),
    zipFile([{ name: 'x', data: gzipSync(CSV) }]),
  ];
  for (const file of nested) assert.equal((await refusal(opened(file))).reason, 'nested_archive');
  const reports = [];
  for (const file of [workbook, gzipSync(workbook), zipFile([{ name: 'book.xlsx', data: workbook }])]) {
    await using archive = await openArchive(chunksOf(file, 1000), SPOOL_OPTIONS);
    assert.deepEqual(await allOf(archive.bytes), workbook);
    const { archive: kind, content, name } = archive.report();
    reports.push([kind, name, content]);
  }
  assert.deepEqual(reports, [
    [null, null, 'workbook'],
    ['gzip', null, 'workbook'],
    ['zip', 'book.xlsx', 'workbook'],
  ]);
});

test('what is no archive is handed through', async () => {
  assert.deepEqual(await opened(CSV), {
    text: CSV,
    report: { archive: null, name: null, content: 'text', unpacked_bytes: 9 },
  });
  assert.equal((await opened('')).report.content, 'empty');
});
