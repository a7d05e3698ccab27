import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../src/domain/errors.ts';
import type { CsvFormat } from '../../../src/sources/csv/csv-format.ts';
import { planCsv } from '../../../src/sources/csv/plan-csv.ts';
import { readCsv } from '../../../src/sources/csv/read-csv.ts';
import { csvFormat, fileOf, readAll } from './csv-source.ts';

async function rowsOf(text: string | Buffer, format: CsvFormat = csvFormat()) {
  return (await readAll(fileOf(Buffer.from(text)), format)).rows;
}

/** The one sentence a file is refused with. */
async function refusal(text: string | Buffer, format: CsvFormat = csvFormat()): Promise<string> {
  try {
    await readAll(fileOf(Buffer.from(text)), format);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'source_rejected');
    return error.message;
  }
  return 'not refused';
}

describe('a file that is not as it should be', () => {
  test('has an issue for each row that is wider or narrower than its header', async () => {
    assert.deepEqual(await rowsOf('a,b,c\n1,2\n1,2,3\n\n1,2,3,4\n1,2,3,,\n'), [
      { number: 1, values: ['1', '2', null], issues: ['! Line 2 has 2 values where the header has 3.'] },
      { number: 2, values: ['1', '2', '3'], issues: [] },
      { number: 3, values: ['1', '2', '3'], issues: ['! Line 5 has 4 values where the header has 3.'] },
      { number: 4, values: ['1', '2', '3'], issues: ['Line 6 has 5 values where the header has 3.'] },
    ]);
  });

  test('loses one row to a quote that is never closed, not what follows it', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `${index},x,y`);
    const rows = await rowsOf(['a,b,c', '1,"open,2', ...lines, '9,"q, r",s', ''].join('\n'));
    assert.equal(rows.length, 22);
    assert.deepEqual(rows[0], {
      number: 1,
      values: ['1', '"open', '2'],
      issues: ['! A quote opens in column 2 of line 2 and is never closed.'],
    });
    assert.deepEqual(
      rows.slice(1).filter(({ issues }) => issues.length > 0),
      [],
    );
    assert.deepEqual(rows.at(-1)?.values, ['9', 'q, r', 's']);
  });

  test('keeps what stands before such a quote, whatever lines it has', async () => {
    assert.deepEqual(await rowsOf('a,b,c\n"two\nlines ""here""",x,"open\n1,2,3\n'), [
      {
        number: 1,
        values: ['two\nlines "here"', 'x', '"open'],
        issues: ['! A quote opens in column 3 of line 2 and is never closed.'],
      },
      { number: 2, values: ['1', '2', '3'], issues: [] },
    ]);
  });

  test('keeps what follows a closing quote, as csv-parse has it, in a row with an issue', async () => {
    assert.deepEqual(await rowsOf('a,b\n"x"y,1\n"x" ,2\nx"y,3\n'), [
      { number: 1, values: ['"x"y', '1'], issues: ['! Text follows the closing quote in column 1 of line 2.'] },
      {
        number: 2,
        values: ['x', '2'],
        issues: ['Blanks follow the closing quote in column 1 of line 3; they were left out.'],
      },
      { number: 3, values: ['x"y', '3'], issues: ['A quote stands inside the unquoted value in column 1 of line 4.'] },
    ]);
  });

  test('names the values that are no text', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a,b\n"two\nlines",é\nx,'),
      Buffer.from([0xe9]),
      Buffer.from('\n\0,"y""z"\n'),
    ]);
    assert.deepEqual(await rowsOf(bytes), [
      { number: 1, values: ['two\nlines', 'é'], issues: [] },
      { number: 2, values: ['x', '\uFFFD'], issues: ['! The value in column 2 of line 4 is not text in UTF-8.'] },
      { number: 3, values: ['\0', 'y"z'], issues: ['! The value in column 1 of line 5 holds the character NUL.'] },
    ]);
  });

  test('reads every line end, also where they are mixed, and a last line without one', async () => {
    const rows = await rowsOf('a,b\r1,2\r\n3,4\n\r\n\r5,"6\r\n7"\r8,9');
    assert.deepEqual(
      rows.map(({ values }) => values),
      [
        ['1', '2'],
        ['3', '4'],
        ['5', '6\r\n7'],
        ['8', '9'],
      ],
    );
    assert.deepEqual(
      rows.flatMap(({ issues }) => issues),
      [],
    );
  });

  test('has a row with an issue for ten million commas, and for a value beyond the limit', async () => {
    const rows = await rowsOf(`a,b,c\n${','.repeat(10_000_000)}\n"${'x'.repeat(2 ** 20 + 1)}",2,3\n1,2,3\n`);
    assert.deepEqual(
      rows.map(({ issues }) => issues),
      [
        ['! Line 2 has 10000001 values where the header has 3.'],
        ['! The value in column 1 of line 3 is too long.'],
        [],
      ],
    );
  });

  test('is refused in one sentence that names the line where nothing of it can be read', async () => {
    assert.equal(await refusal(''), 'The file is empty.');
    assert.equal(await refusal('\n\r\n\n'), 'The file is empty.');
    assert.equal(await refusal('a\n', csvFormat({ headerRow: 3 })), 'The file has no line 3.');
    assert.equal(
      await refusal(`${','.repeat(2_000)}\n`),
      'The header in line 1 cannot be read: it has 2001 columns, and 2000 is the limit.',
    );
    assert.equal(
      await refusal('\na,"b\n1,2\n'),
      'The header in line 2 cannot be read: A quote opens in column 2 of line 2 and is never closed.',
    );
    assert.equal(
      await refusal('a,\0\n1,2\n'),
      'The header in line 1 cannot be read: column 2 holds the character NUL.',
    );
    assert.equal(
      await refusal(Buffer.from('a,é\n1,2\n', 'latin1')),
      'The header in line 1 cannot be read: column 2 is not UTF-8.',
    );
    assert.equal(
      await refusal(`a,b\n1,2\n${'x'.repeat(2 ** 24 + 1)}`),
      'The record that begins in line 3 is longer than 16777216 bytes.',
    );
  });

  test('is read in a time that grows as it does, whatever its quotes are', async () => {
    const costs = async (line: string): Promise<number> => {
      const bytes = Buffer.from(`a,b\n${line.repeat(Math.ceil(200_000 / line.length))}`);
      const before = process.cpuUsage();
      const { ranges } = await planCsv(fileOf(bytes), csvFormat());
      for (const range of ranges) {
        const batches = readCsv(fileOf(bytes), csvFormat({ columns: ['a', 'b'] }), range);
        while ((await batches.next()).done !== true);
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    };
    // Anything quadratic takes minutes over tens of thousands of lines.
    for (const line of ['"\n', '""\n', '"""\n', 'x,""""\n', '\r', '"\r\n"x', `"${'y'.repeat(50_000)}\n`, 'a""\n"']) {
      assert.equal((await costs(line)) < 60, true, line.slice(0, 20));
    }
  });

  test('stops being planned and read when its signal says so', async () => {
    const bytes = Buffer.from(`a,b\n${'1,2\n'.repeat(100_000)}`);
    const reason = new Error('no longer wanted');
    await assert.rejects(planCsv(fileOf(bytes), csvFormat(), {}, AbortSignal.abort(reason)), reason);
    const stop = new AbortController();
    const range = { start: 4, end: bytes.length, line: 2 };
    const batches = readCsv(fileOf(bytes), csvFormat({ columns: ['a', 'b'] }), range, null, stop.signal);
    await batches.next();
    stop.abort(reason);
    await assert.rejects(batches.next(), reason);
  });
});
