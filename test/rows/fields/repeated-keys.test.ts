import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import { RowBlock } from '../../../src/domain/row-block.ts';
import type { SourceRow } from '../../../src/domain/source.ts';
import { FormatEvidence } from '../../../src/rows/fields/format-evidence.ts';
import { compileKeys } from '../../../src/rows/fields/hash-keys.ts';
import { KeyHash } from '../../../src/rows/fields/key-hash.ts';
import { RepeatedKeys } from '../../../src/rows/fields/repeated-keys.ts';
import { fieldRule, mapFields, ownSpec } from '../../support/importer-fields.ts';
import { seeded } from '../../support/seeded.ts';

function repeatedKeys(parts: readonly (readonly string[])[]): RepeatedKeys {
  const keys = new RepeatedKeys();
  const hash = new KeyHash();
  for (const part of parts) {
    for (const text of part) {
      hash.begin();
      hash.addText(text);
      keys.add(hash);
    }
    keys.endPart();
  }
  return keys;
}

test('a key in two rows is found, and whether they are in two parts', () => {
  assert.deepEqual(repeatedKeys([['a', 'b', 'a'], ['c', 'c'], []]).find(), { anywhere: true, apart: false });
  assert.deepEqual(repeatedKeys([['a', 'b'], ['c'], ['d', 'a']]).find(), { anywhere: true, apart: true });
  const many = Array.from({ length: 300_000 }, (_, n) => String(n));
  const parts = [0, 1, 2].map((part) => many.slice(part * 100_000, (part + 1) * 100_000));
  assert.deepEqual(repeatedKeys(parts).find(), { anywhere: false, apart: false });
  assert.deepEqual(repeatedKeys([...parts, ['70000']]).find(), { anywhere: true, apart: true });
});

test('rows have the same hash when they are known by the same, and only then', () => {
  const fields = [
    plainField('mail', 'email'),
    plainField('day', 'date'),
    plainField('n', 'number', { default: 7 }),
    plainField('text', 'string', { validations: [fieldRule('max_length', 3)] }),
  ];
  const values = [
    ['a@b.example', ' a@b.example ', 'c@d.example', 'no address', null, 'é@b.example'],
    ['2025-12-31', '31.12.2025', '2025-12-30', null],
    ['7', '7.0', '7.00', ' 7 ', '-3', 'x', null],
    ['x', 'x ', 'é', 'long', null, '  '],
  ];
  const random = seeded(1);
  const rows: SourceRow[] = Array.from({ length: 600 }, () =>
    values.map((some) => some[random.below(some.length)] ?? null),
  );
  const block = RowBlock.of(rows);
  const columns = fields.map((_, index) => index);
  const evidence = new FormatEvidence(fields, columns);
  evidence.add(block);
  const formats = evidence.decide();
  for (const key of [['mail'], ['text'], ['n', 'mail'], ['day', 'text', 'n']]) {
    const drafts = mapFields(fields, block, { key });
    const identifiers = drafts.map(({ identifier }) => identifier);
    const hashKeys = compileKeys({ fields, spec: ownSpec(fields), columns, formats, key });
    let at = 0;
    // A row that breaks a rule may have a hash as well, so rows are hashed one by one.
    const hashes = rows.map((row) => {
      let found: string | null = null;
      hashKeys(RowBlock.of([row]), (hash) => (found = `${hash.high} ${hash.low}`));
      if (identifiers[at++] !== null) assert.notEqual(found, null, JSON.stringify(row));
      return found;
    });
    const known = new Map<string, string | null>();
    identifiers.forEach((identifier, row) => {
      if (identifier === null) return;
      const hash = hashes[row] ?? null;
      assert.equal(known.get(identifier) ?? hash, hash, identifier);
      known.set(identifier, hash);
    });
    assert.equal(new Set(known.values()).size, known.size);
  }
});
