import { plainField, TARGET_TYPES } from '../src/domain/importer.ts';
import type { FieldRule, ImporterField } from '../src/domain/importer.ts';
import { RowBlock } from '../src/domain/row-block.ts';
import { compileFields } from '../src/rows/fields/compile-fields.ts';
import { FormatEvidence } from '../src/rows/fields/format-evidence.ts';
import { compileMapping } from '../src/rows/mapping.ts';

/**
 * How many rows of 14 columns a core converts and checks a second: as an importer's fields, whose values plainly are
 * right or have to be read with care, and for comparison as texts that are only copied. CPU time, not the clock's.
 */

const ROWS = 20_000;
const ROUNDS = 12;

const rule = (name: FieldRule['rule'], value: FieldRule['value']): FieldRule => ({
  rule: name,
  value,
  errorMessage: null,
});

const FIELDS: readonly ImporterField[] = [
  plainField('external_id', 'string', { required: true }),
  plainField('name', 'string', { required: true, validations: [rule('min_length', 2), rule('max_length', 200)] }),
  plainField('email', 'email', { required: true, unique: true }),
  plainField('phone', 'phone'),
  plainField('website', 'url'),
  plainField('company', 'string', { validations: [rule('max_length', 100)] }),
  plainField('street', 'string'),
  plainField('postcode', 'string', { validations: [rule('regex', '^[0-9]{5}$')] }),
  plainField('country', 'enum', { values: ['NO', 'CZ', 'PL', 'AT', 'GB', 'DE', 'SE'] }),
  plainField('birth_date', 'date'),
  plainField('orders', 'integer', { validations: [rule('min', 0), rule('max', 1_000_000)] }),
  plainField('balance', 'number'),
  plainField('active', 'boolean'),
  plainField('updated', 'datetime'),
];

/** Contacts as they come: ISO days and points, or days first, commas and people's ways of writing. */
function contacts(plain: boolean): RowBlock {
  const two = (value: number): string => String(value).padStart(2, '0');
  return RowBlock.of(
    Array.from({ length: ROWS }, (_, n) => [
      `C-${n}`,
      plain ? `Anna Baumann ${n}` : `Änna Bäumann ${n}`,
      `anna.baumann.${n}@harbour.example.com`,
      plain ? `+47 ${20_000_000 + n}` : `(0${n % 10}) ${200 + (n % 700)} / ${10_000 + n}`,
      plain ? `https://harbour.example.com/people/${n}` : `https://harbour.example.com:8443/people/${n}?q=ä`,
      'Harbour Optics International',
      `${n % 250} Almond Street, Building ${n % 40}`,
      String(10_000 + (n % 90_000)),
      ['NO', 'CZ', 'PL', 'AT', 'GB', 'DE', 'SE'][n % 7] ?? null,
      plain
        ? `19${40 + (n % 60)}-${two((n % 12) + 1)}-${two((n % 28) + 1)}`
        : `${two((n % 28) + 1)}.${two((n % 12) + 1)}.1970`,
      String(n % 1_000),
      plain ? `${n}.${two(n % 100)}` : `1.${String(n % 1_000).padStart(3, '0')},${two(n % 100)}`,
      n % 2 === 0 ? 'true' : 'false',
      plain
        ? `2025-${two((n % 12) + 1)}-${two((n % 28) + 1)} 10:00:00`
        : `${two((n % 28) + 1)}.${two((n % 12) + 1)}.2025 10:00`,
    ]),
  );
}

function rate(work: () => void): number {
  work();
  const rates = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (ROWS * 1e6) / (user + system);
  });
  return rates.toSorted((a, b) => a - b)[ROUNDS / 2] ?? 0;
}

const spec = {
  type: 'contacts',
  label: 'Contacts',
  schema: 'target',
  table: 'contacts',
  fields: FIELDS.map(({ name, type }) => ({ name, column: name, type: TARGET_TYPES[type], required: false })),
  identity: ['external_id'],
  anyOf: [],
  builtin: false,
};
const columns = FIELDS.map((_, index) => index);
const told = (name: string, rows: number): void =>
  console.log(`${name.padEnd(48)} ${(Math.round(rows / 1_000) * 1_000).toLocaleString('en')} rows a CPU second`);

for (const plain of [true, false]) {
  const rows = contacts(plain);
  const kind = plain ? 'plain values' : 'values of the day.month kind';
  const evidence = new FormatEvidence(FIELDS, columns);
  evidence.add(rows);
  const formats = evidence.decide();
  const map = compileFields({ fields: FIELDS, spec, columns, formats, key: ['external_id'], issuesColumn: null });
  const wrong = map(rows).filter(({ issues }) => issues.length > 0);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong[0]?.issues));
  told(
    `evidence over ${kind}`,
    rate(() => new FormatEvidence(FIELDS, columns).add(rows)),
  );
  told(
    `convert and check ${kind}`,
    rate(() => void map(rows)),
  );
}
const texts = { ...spec, fields: spec.fields.map((one) => ({ ...one, type: 'text' as const })) };
const copied = compileMapping(
  texts,
  FIELDS.map(({ name }) => ({ field: name, family: 'text' })),
  'external_id',
);
const plain = contacts(true);
told(
  'copy the same as texts, unchecked',
  rate(() => void copied(plain)),
);
