import { TARGET_TYPES } from '../domain/importer.ts';
import type { ImporterInput } from '../domain/importer.ts';
import type { TargetField, TargetSpec } from '../domain/target.ts';
import { TRAVEL_IMPORTERS } from './travel-importers.ts';

type Extras = Readonly<Record<string, Partial<TargetField>>>;

/** What the rows of a built-in importer become: its fields, in columns of their names, known by its key. */
function travelTarget({ name, slug, fields, key }: ImporterInput, extras: Extras = {}): TargetSpec {
  const own = fields.map((field): TargetField => ({
    name: field.name,
    column: field.name,
    type: TARGET_TYPES[field.type],
    required: field.required,
    ...extras[field.name],
  }));
  return {
    type: slug,
    label: name,
    schema: 'target',
    table: slug,
    fields: own,
    identity: key,
    anyOf: [],
    builtin: true,
    tenantWide: true,
  };
}

const identifying = { identifying: true } as const;

/** Packages that pilgrims book, known by their code. */
export const travelPackage = travelTarget(TRAVEL_IMPORTERS.package, { paket_id: identifying });

/** Pilgrims, known by their e-mail. The package is kept by its code, as it came. */
export const jamaah = travelTarget(TRAVEL_IMPORTERS.jamaah, {
  email: identifying,
  nik: identifying,
  paket_id: { references: 'package', knownBy: ['paket_id'], whenUnknown: 'fail' },
});

/** What pilgrims have paid. A pilgrim is named by the id of the record, by e-mail or by NIK. */
export const payment = travelTarget(TRAVEL_IMPORTERS.payment, {
  jamaah_id: { type: 'reference', references: 'jamaah', knownBy: ['id', 'email', 'nik'], whenUnknown: 'fail' },
  nomor_referensi: identifying,
});
