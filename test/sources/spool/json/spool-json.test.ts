import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { spoolJson } from '../../../../src/sources/spool/json/spool-json.ts';
import type { JsonOptions, JsonReport } from '../../../../src/sources/spool/json/spool-json.ts';
import { testData } from '../../../support/test-data.ts';
import { SPOOL_OPTIONS, chunksOf, readTable, refusal } from '../spooling.ts';
import type { TableRead } from '../spooling.ts';

function read(text: string | Buffer, options: Partial<JsonOptions> = {}): Promise<TableRead<JsonReport>> {
  return readTable(spoolJson(chunksOf(text, 3), { ...SPOOL_OPTIONS, ...options }));
}

const UNREADABLE = 'The row cannot be read as JSON: character 6 is not what JSON has there.';

test('an array of objects becomes a table of all their members, in the order they appear', async () => {
  const text = `\ufeff [ {"id": 12345678901234567890, "name": "Zoë, \\"Z\\" \\ud83d\\ude00"},
    {"price": 1.10, "name": null, "tags": [1, {"a b": 2.50}, "]"], "on": true},
    {}, {"id": 1, "id": -0.0e+5} ]\n`;
  assert.deepEqual(await read(text), {
    columns: ['id', 'name', 'price', 'tags', 'on'],
    rows: [
      ['12345678901234567890', 'Zoë, "Z" 😀', '', '', ''],
      ['', '', '1.10', '[1,{"a b":2.50},"]"]', 'true'],
      ['', '', '', '', ''],
      ['-0.0e+5', '', '', '', ''],
    ],
    issues: {},
    report: {
      format: 'json',
      layout: 'array',
      rows: 4,
      columns: ['id', 'name', 'price', 'tags', 'on'],
      unreadable_rows: 0,
      repeated_members: 1,
      rows_with_repeated_members: [4],
      undecodable_values: 0,
    },
  });
});

test('objects one a line: a bad line is an empty row with an issue, blank ones are none', async () => {
  const { columns, rows, issues, report } = await read('{"a":1}\r\n\r\n{"a":}\n{"b":"x\n{"b":2}');
  assert.deepEqual(
    [report.layout, columns, rows],
    [
      'lines',
      ['a', 'b'],
      [
        ['1', ''],
        ['', ''],
        ['', ''],
        ['', '2'],
      ],
    ],
  );
  assert.deepEqual(issues, {
    1: [{ column: null, code: 'invalid_format', message: UNREADABLE, value: '{"a":}' }],
    2: [{ column: null, code: 'invalid_format', message: UNREADABLE, value: '{"b":"x' }],
  });
});

test('what is no object among objects is a row with an issue; where none is one, they are a column of values', async () => {
  for (const text of ['[{"a":1},[1,2],"x",null,{"a":2}]', '{"a":1}\n[1,2]\n"x"\nnull\n{"a":2}\n']) {
    const { columns, rows, issues } = await read(text);
    assert.deepEqual([columns, rows], [['a'], [['1'], [''], [''], [''], ['2']]]);
    const issue = {
      column: null,
      code: 'invalid_format',
      message: 'The row is not an object, as those before it are.',
    };
    assert.deepEqual(issues, {
      1: [{ ...issue, value: '[1,2]' }],
      2: [{ ...issue, value: '"x"' }],
      3: [{ ...issue, value: 'null' }],
    });
  }
  const { columns, rows } = await read('["x",null,[1]]');
  assert.deepEqual([columns, rows], [['value'], [['x'], [''], ['[1]']]]);
});

test('objects one after the other over several lines', async () => {
  const { rows, report } = await read('{\n  "a": 1\n}\n{\n  "a": {\n    "b": [ ]\n  }\n}\n');
  assert.deepEqual([report.layout, rows], ['sequence', [['1'], ['{"b":[]}']]]);
});

test('objects one after the other with something between them are refused', async () => {
  const messages = [];
  for (const between of [',', ']', '}']) {
    messages.push((await refusal(read(`{\n"a":1\n}${between}\n{\n"a":2\n}`))).message);
  }
  const message = 'The JSON file is not valid: at byte 10 there should be a value.';
  assert.deepEqual(messages, [message, message, message]);
});

test('a bad row of an array is a row with an issue when its end can be found', async () => {
  const { rows, issues } = await read('[{"a":1},{"a":01},{"a" 2},{"a":tru},{"a":3]]');
  assert.deepEqual(rows, [['1'], [''], [''], [''], ['']]);
  assert.deepEqual(Object.keys(issues), ['1', '2', '3', '4']);
});

test('an array that is cut off, or has something wrong between its rows, is refused', async () => {
  const messages = [];
  for (const text of ['[{"a":1},{"a":2}', '[{"a":1}', '[{"a":1},', '[{"a":1} {"a":2}]', '[{"a":1}] x', '[{"a":1},]']) {
    messages.push((await refusal(read(text))).message);
  }
  const cut = 'The JSON file is cut off: it ends in the middle of a value or array.';
  const byte = (at: number, what: string): string =>
    `The JSON file is not valid: at byte ${at} there should be ${what}.`;
  assert.deepEqual(messages, [
    cut,
    cut,
    cut,
    byte(10, 'a comma or the end of the array'),
    byte(11, 'nothing more'),
    byte(10, 'a value'),
  ]);
});

test('values that are no characters are null with an issue, those that are stay', async () => {
  const bytes = Buffer.concat([
    Buffer.from('[{"a":"\\ud800","b":"\\ufffd \\u0000","c":"'),
    Buffer.from([0xff]),
    Buffer.from('"}]'),
  ]);
  const { rows, issues } = await read(bytes);
  const message = 'The value has bytes or escapes that are no characters.';
  assert.deepEqual(rows, [['', '', '']]);
  assert.deepEqual(
    issues[0]?.map((issue) => [issue.column, issue.message]),
    [
      [0, message],
      [1, message],
      [2, message],
    ],
  );
  assert.deepEqual((await read('[{"b":"\\ufffd"}]')).rows, [['\ufffd']]);
});

test('names like those of objects are names', async () => {
  const { columns, rows } = await read('[{"__proto__":1,"constructor":2,"":3,"_issues":4}]');
  assert.deepEqual([columns, rows], [['__proto__', 'constructor', '', '_issues'], [['1', '2', '3', '4']]]);
});

test('UTF-16 is read, with and without a mark', async () => {
  for (const text of ['\ufeff[{"a":"ä"}]', '[{"a":"ä"}]']) {
    assert.deepEqual((await read(Buffer.from(text, 'utf16le'))).rows, [['ä']]);
    assert.deepEqual((await read(Buffer.from(text, 'utf16le').swap16())).rows, [['ä']]);
  }
});

test('rows that are too long or too deep are rows with an issue', async () => {
  const limits = { rowBytes: 1000, depth: 4 };
  const { rows, issues } = await read(`[{"a":1},{"a":"${'x'.repeat(500)}"},{"a":[[[[]]]]},{"a":[[[]]]}]`, { limits });
  assert.deepEqual(rows, [['1'], [''], [''], ['[[[]]]']]);
  assert.deepEqual(
    Object.values(issues).map(([issue]) => issue?.message),
    ['The row has more than 500 bytes.', 'The row cannot be read as JSON: values lie more than 4 deep in each other.'],
  );
});

test('an object around all rows is refused, saying where rows must be', async () => {
  const text = `{"data":[${'{"a":1},'.repeat(100)}{}]}`;
  assert.equal(
    (await refusal(read(text, { limits: { rowBytes: 1000 } }))).message,
    'The first value of the JSON file has more than 500 bytes: rows must be an array of objects at its top, or objects one a line.',
  );
});

test('a file that is no JSON, or empty, or has too many members is refused', async () => {
  assert.deepEqual(
    [(await refusal(read('a,b\n1,2\n'))).reason, (await refusal(read(' \n'))).reason],
    ['not_this_format', 'no_table'],
  );
  assert.equal((await refusal(read('[{"a":1,"b":2}]', { limits: { columns: 1 } }))).code, 'too_large');
});

test('an empty array is a table without rows', async () => {
  const { columns, rows } = await read('[]');
  assert.deepEqual([columns, rows], [[''], []]);
});

test('rows whose members are all different do not make a table out of all proportion', async () => {
  const text = `[${Array.from({ length: 16_000 }, (_, n) => `{"k${n}":1}`).join(',')}]`;
  const spooled = readTable(spoolJson(chunksOf(text, 10_000), SPOOL_OPTIONS));
  assert.equal((await refusal(spooled)).reason, 'suspicious');
});

test('reading stops when it is cancelled', async () => {
  const cancel = new AbortController();
  const spooled = spoolJson(chunksOf('{"a":1}\n'.repeat(200_000), 100_000), {
    ...SPOOL_OPTIONS,
    signal: cancel.signal,
    progress: () => cancel.abort(new Error('enough')),
  });
  await assert.rejects(spooled, { message: 'enough' });
});

const SUITE = testData('security/jsontestsuite-test_parsing.tar.gz');

describe('the JSON test suite', { skip: SUITE.skip }, () => {
  test('what must be JSON is taken, what must not is refused or a row with an issue, and the rest is either', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lading-json-'));
    try {
      execFileSync('tar', ['-xzf', SUITE.path, '-C', folder]);
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
      const wrong: string[] = [];
      for (const file of files) {
        const taken = await isTaken(readFileSync(join(folder, file)));
        const expected = /(?:^|\/)([yni])_/.exec(file)?.[1];
        if ((expected === 'y' && !taken) || (expected === 'n' && taken)) wrong.push(file);
      }
      assert.deepEqual([files.length, wrong], [318, []]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

async function isTaken(file: Buffer): Promise<boolean> {
  const result = await readTable(spoolJson(chunksOf(file, 1000), SPOOL_OPTIONS)).catch(async (error: unknown) => {
    await refusal(Promise.reject(error));
    return null;
  });
  return result !== null && result.report.unreadable_rows === 0;
}
