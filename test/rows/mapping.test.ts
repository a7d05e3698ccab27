import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ISSUE_VALUE } from '../../src/domain/record.ts';
import type { TargetField, TargetSpec } from '../../src/domain/target.ts';
import { RowBlock } from '../../src/domain/row-block.ts';
import type { SourceRow } from '../../src/domain/source.ts';
import type { Draft } from '../../src/rows/candidate.ts';
import { packRow, rowHash } from '../../src/rows/packed-row.ts';
import { compileMapping } from '../../src/rows/mapping.ts';
import { shorten } from '../../src/rows/shorten.ts';
import type { MapRows } from '../../src/rows/mapping.ts';

const field = (name: string, type: TargetField['type'], required = false): TargetField => ({
  name,
  column: name,
  type,
  required,
});

const SPEC: TargetSpec = {
  type: 'things',
  label: 'Things',
  schema: 'target',
  table: 'things',
  fields: [
    field('code', 'text', true),
    field('name', 'text'),
    field('amount', 'numeric'),
    field('day', 'date'),
    field('on', 'boolean'),
  ],
  identity: ['code'],
  anyOf: ['name', 'amount'],
  builtin: false,
};

const COLUMNS = [
  { field: 'amount', family: 'text' },
  { field: 'code', family: 'text' },
  { field: 'name', family: 'boolean' },
  { field: 'day', family: 'date' },
] as const;

/** One row through a mapping: what a draft shows. */
function mapped(map: MapRows, row: SourceRow): Draft {
  const [draft] = map(RowBlock.of([row]));
  assert.ok(draft);
  return { identifier: draft.identifier, values: draft.values, issues: draft.issues };
}

const mapRows = compileMapping(SPEC, COLUMNS, 'code');
const map = (row: SourceRow): Draft => mapped(mapRows, row);

test('columns land in their fields in the order of the target; a field nothing fills is empty', () => {
  assert.deepEqual(map(['1.50', 'A', 't', '2024-01-02']), {
    identifier: 'A',
    values: ['A', 'true', '1.50', '2024-01-02', null],
    issues: [],
  });
});

test('values of text are kept to the last blank', () => {
  assert.deepEqual(map([null, '  A\t\n ', 'f', null]).values, ['  A\t\n ', 'false', null, null, null]);
});

test('empty text is a value of a text field and no value of any other', () => {
  const columns = [...COLUMNS.slice(0, 2), { field: 'name', family: 'text' } as const, ...COLUMNS.slice(3)];
  const row = mapped(compileMapping(SPEC, columns, 'code'), ['', 'A', '', '']);
  assert.deepEqual(row.values, ['A', '', null, null, null]);
});

test('empty text is no identity', () => {
  assert.deepEqual(map(['1', '', 't', null]).values, [null, 'true', '1', null, null]);
});

test('columns after those of the mapping are no values of the row', () => {
  assert.deepEqual(map(['1', 'A', 't', null, 'part of a key']).values, ['A', 'true', '1', null, null]);
});

test('every value that does not fit is named, with the value as it came and an empty field', () => {
  assert.deepEqual(map(['1,50', 'A', 't', '0044-03-15 BC']), {
    identifier: 'A',
    values: ['A', 'true', null, null, null],
    issues: [
      {
        field: 'amount',
        code: 'invalid_format',
        message: 'The amount field must be a number.',
        value: '1,50',
        fatal: true,
      },
      {
        field: 'day',
        code: 'out_of_range',
        message: 'The day field must lie between the years 1 and 9999.',
        value: '0044-03-15 BC',
        fatal: true,
      },
    ],
  });
});

test('a required field and one of several that is needed are missed when empty or blank', () => {
  const code = {
    field: 'code',
    code: 'missing_required',
    message: 'The code field is required.',
    value: null,
    fatal: true,
  };
  const either = {
    field: null,
    code: 'missing_required',
    message: 'One of the fields name, amount is required.',
    value: null,
    fatal: true,
  };
  assert.deepEqual(map([null, null, null, null]).issues, [code, either]);
  assert.deepEqual(map(['1', ' \t', null, null]).issues, [code]);
  assert.deepEqual(map([null, 'A', '   ', null]).issues, [either]);
  assert.deepEqual(map([null, 'A', 't', null]).issues, []);
});

test('of two columns for one field the later wins', () => {
  const twice = compileMapping(SPEC, [...COLUMNS, { field: 'code', family: 'text' }], 'code');
  const { identifier, values } = mapped(twice, ['1', 'first', 't', null, 'second']);
  assert.deepEqual([identifier, values[0]], ['second', 'second']);
});

test('a row is identified by its field as it will be stored, and by nothing where that is empty', () => {
  const byAmount = compileMapping(SPEC, COLUMNS, 'amount');
  assert.equal(mapped(byAmount, ['001.50', 'A', 't', null]).identifier, '1.50');
  assert.equal(mapped(byAmount, [null, 'A', 't', null]).identifier, null);
  assert.equal(mapped(compileMapping(SPEC, COLUMNS, null), ['1', 'A', 't', null]).identifier, null);
});

test('rows of a block are mapped each on its own, and their hashes are those of their values', () => {
  const rows: SourceRow[] = Array.from({ length: 3_000 }, (_, n) => [
    n % 3 === 0 ? null : String(n),
    `${n}\t\\\n\r😀`,
    't',
    n % 5 === 0 ? 'no day' : null,
  ]);
  const drafts = mapRows(RowBlock.of(rows));
  assert.deepEqual(
    drafts.map(({ identifier, values, issues }) => ({ identifier, values, issues })),
    rows.map((row) => map(row)),
  );
  assert.deepEqual(
    drafts.map((draft) => draft.hash),
    drafts.map((draft) => rowHash(packRow(draft.values))),
  );
});

test('bytes that are no UTF-8 are an issue of their row and field; the rows beside it are taken', () => {
  const good = RowBlock.of([
    ['1', 'A', 't', null],
    ['2', 'Bé', 't', null],
  ]);
  // The é loses its second byte, as in a database that keeps Latin-1 without saying so.
  const bytes = Buffer.from(good.bytes);
  bytes[bytes.indexOf(0xa9)] = 0x74;
  const drafts = mapRows(new RowBlock(bytes, good.cells, good.width, good.length));
  assert.deepEqual(
    drafts.map(({ identifier, values, issues }) => [identifier, values[0], issues.map((issue) => issue.message)]),
    [
      ['A', 'A', []],
      [null, null, ['The code field must be text in UTF-8.']],
    ],
  );
  assert.equal(drafts[1]?.issues[0]?.value, 'B\ufffdt');
});

test('a value is shown cut to what an issue may hold', () => {
  assert.equal(shorten('x'.repeat(MAX_ISSUE_VALUE)), 'x'.repeat(MAX_ISSUE_VALUE));
  assert.equal(shorten('x'.repeat(MAX_ISSUE_VALUE + 1)), `${'x'.repeat(MAX_ISSUE_VALUE - 1)}…`);
  const cut = shorten('😀'.repeat(MAX_ISSUE_VALUE));
  assert.ok(cut.isWellFormed(), 'no half of a character is left');
  assert.ok(cut.length <= MAX_ISSUE_VALUE);
});
