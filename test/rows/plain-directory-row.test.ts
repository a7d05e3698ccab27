import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowBlock } from '../../src/domain/row-block.ts';
import type { FinalDraft } from '../../src/rows/candidate.ts';
import { isDirectory } from '../../src/rows/directory-draft.ts';
import { readDirectoryHeader } from '../../src/rows/directory-header.ts';
import { compileDirectoryIds, compileDirectoryRows } from '../../src/rows/directory-rows.ts';
import { companies, contacts } from '../../src/targets/directory.ts';
import { seeded } from '../support/seeded.ts';
import type { Seeded } from '../support/seeded.ts';

const HEADERS = [
  ['first_name', 'last_name', 'linkedin_url', 'email', 'title', 'departments', 'city', 'company_id', 'uuid'],
  [
    'company',
    'company_linkedin_url',
    'employees',
    'industry',
    'industries',
    'first_name',
    'person_linkedin_url',
    'city',
  ],
  [
    'name',
    'linkedin_url',
    'employees_count',
    'annual_revenue',
    'keywords',
    'country',
    'last_raised_at',
    'uuid',
    'other',
  ],
  ['company', 'company_city', 'last_name', 'last name', 'mobile_phone', 'departments', 'last_raised_at', '_issues'],
];
const PARTS = [
  'A',
  'b',
  'Zo\u00eb',
  '\u0130',
  'e\u0301',
  ' ',
  '  ',
  ',',
  ', ',
  'null',
  'NULL',
  '"',
  '\\',
  '{',
  '}',
  '\t',
];
const MORE = [
  '\u00a0',
  '\u007f',
  '~',
  '\u00df',
  '\ud83d\ude00',
  'x'.repeat(60),
  '-',
  '=',
  'Data',
  'data',
  '\u001f',
  '\0',
  '0',
];
const WHOLE = [
  'c3d4e5f6-a7b8-9012-cdef-123456789012',
  'C3D4E5F6-A7B8-9012-CDEF-123456789012',
  'c3d4e5f6-a7b8-9012-cdef-12345678901',
  '500',
  '1,500',
  '007',
  '0',
  '9'.repeat(15),
  '9'.repeat(25),
  '2024-02-30',
  '2024-02-29',
  'Human Resources, Data, Sales',
  'Data,Data',
  'Sales, sales ,nulL, NULX',
  'John',
  'https://linkedin.com/in/John',
  'L\u00f6we, \u00dcber',
  'A'.repeat(20_000),
];

function cell(random: Seeded): string | null {
  if (random.chance(0.3)) return random.chance(0.5) ? null : '';
  if (random.chance(0.6)) return random.pick(WHOLE.slice(0, random.chance(0.02) ? WHOLE.length : -1));
  return Array.from({ length: random.between(1, 4) }, () => random.pick(random.chance(0.8) ? PARTS : MORE)).join('');
}

const told = ({ identifier, values, hash, issues }: FinalDraft): unknown => ({ identifier, values, hash, issues });

test('a row that is read from its bytes is what it is when it is read with care', () => {
  const random = seeded(40);
  let plain = 0;
  for (const header of HEADERS) {
    for (const spec of [companies, contacts]) {
      assert.ok(isDirectory(spec));
      const issuesColumn = header.at(-1) === '_issues' ? header.length - 1 : null;
      const known = readDirectoryHeader(header.slice(0, issuesColumn ?? header.length));
      const map = compileDirectoryRows(spec, known, issuesColumn);
      const idsOf = compileDirectoryIds(spec, known);
      for (let round = 0; round < 40; round++) {
        const rows = Array.from({ length: 20 }, () =>
          header.map((_, at) => (at === issuesColumn ? random.pick([null, '', '[]']) : cell(random))),
        );
        const block = RowBlock.of(rows);
        // A row of which something is known, be it nothing, is read with care.
        const careful = map(block, new Map(rows.map((_, row) => [row, []])));
        assert.deepEqual(map(block).map(told), careful.map(told), JSON.stringify(rows));
        const ids = idsOf(block);
        for (const [row, { identifier }] of careful.entries()) {
          if (identifier !== null) assert.equal(ids[row], identifier);
        }
        plain += careful.filter(({ identifier }) => identifier !== null).length;
      }
    }
  }
  assert.ok(plain > 1_000, String(plain));
});
