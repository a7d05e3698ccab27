import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importerMistakes } from '../../src/rows/fields/check-importer.ts';
import { TRAVEL_IMPORTERS } from '../../src/targets/travel-importers.ts';
import { mapFields } from '../support/importer-fields.ts';

test('the importers that are built in are sound', () => {
  for (const importer of Object.values(TRAVEL_IMPORTERS)) {
    const names = importer.fields.map(({ name }) => name);
    const parts = { ...importer, names, mapped: new Map<string, string>() };
    assert.deepEqual(importerMistakes(parts), [], importer.slug);
  }
});

test('rows are told what is wrong with them as the document prints it', () => {
  const { fields } = TRAVEL_IMPORTERS.jamaah;
  const row = (values: Record<string, string>): (string | null)[] => fields.map(({ name }) => values[name] ?? null);
  const [draft, right] = mapFields(fields, [
    row({ nama: 'Ahmad', email: 'ahmad@email', telepon: '12', nik: '12345', tanggal_lahir: '31-02-2000' }),
    row({ nama: 'Siti', email: 'siti@email.com', telepon: '0812-3456-7890', nik: '3201012345678901', paket_id: 'P-1' }),
  ]);
  assert.deepEqual(
    draft?.issues.map(({ field, code, message, value, expected }) => ({ field, code, message, value, expected })),
    [
      {
        field: 'email',
        code: 'invalid_format',
        message: 'Email tidak valid: ahmad@email',
        value: 'ahmad@email',
        expected: 'name@example.com',
      },
      {
        field: 'telepon',
        code: 'invalid_format',
        message: 'Nomor telepon tidak valid: 12',
        value: '12',
        expected: '+62 812 3456 7890',
      },
      {
        field: 'nik',
        code: 'invalid_format',
        message: 'NIK harus 16 digit angka: 12345',
        value: '12345',
        expected: '16 digit angka',
      },
      {
        field: 'tanggal_lahir',
        code: 'invalid_format',
        message: 'Tanggal tidak valid: 31-02-2000',
        value: '31-02-2000',
        expected: 'YYYY-MM-DD',
      },
      {
        field: 'paket_id',
        code: 'missing_required',
        message: "Field 'paket_id' wajib diisi",
        value: null,
        expected: undefined,
      },
    ],
  );
  assert.deepEqual(right?.issues, []);
});

test('money is read as it is written there', () => {
  const { fields } = TRAVEL_IMPORTERS.payment;
  const drafts = mapFields(
    fields,
    [
      ['siti@email.com', 'Rp 1.500.000', '31/12/2025'],
      ['siti@email.com', '2.000.000,50', '01/02/2025'],
      ['siti@email.com', '-1', null],
    ].map((row) => fields.map((_, at) => row[at] ?? null)),
  );
  assert.deepEqual(
    drafts.map(({ values, issues }) => issues[0]?.message ?? values.slice(1, 3)),
    [['1500000', '2025-12-31'], ['2000000.50', '2025-02-01'], 'Angka tidak valid: -1'],
  );
});
