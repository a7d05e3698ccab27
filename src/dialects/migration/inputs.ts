import { z } from 'zod';
import { invalid } from '../../domain/errors.ts';
import { MIGRATION_ORDERS, MIGRATION_STATUSES, MIGRATION_TYPES } from '../../domain/migration.ts';
import type { MigrationType } from '../../domain/migration.ts';
import { queryValue } from '../inputs.ts';
import { uploadedFile } from '../upload-fields.ts';

const oneOf = <const Values extends readonly [string, ...string[]]>(name: string, values: Values) =>
  z.enum(values, { error: `${name} harus salah satu dari: ${values.join(', ')}` });

const importType = oneOf('import_type', MIGRATION_TYPES);

const MAPPING = 'column_mapping harus berupa objek JSON';

const mappingText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return text === '' ? null : (JSON.parse(text) as unknown);
    } catch {
      context.addIssue({ code: 'custom', message: MAPPING });
      return z.NEVER;
    }
  })
  .pipe(mappingOf());

function mappingOf() {
  const name = z
    .string(MAPPING)
    .max(1_000, MAPPING)
    .regex(/^[^\0]*$/u, MAPPING);
  return z.record(name, name, MAPPING).nullable();
}

/** `column_mapping[Nama Lengkap]`, as forms that know no JSON write it. */
const ENTRY = /^column_mapping\[(.+)\]$/su;

function gatherMapping(given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  const entries = Object.entries(given).flatMap(([name, value]) => {
    const column = ENTRY.exec(name)?.[1];
    return column === undefined ? [] : [[column, value as unknown] as const];
  });
  return entries.length === 0 ? given : { ...given, column_mapping: Object.fromEntries(entries) };
}

/** The form of an upload. */
export const uploadBody = z.preprocess(
  gatherMapping,
  z.object({
    file: uploadedFile,
    import_type: importType,
    column_mapping: z
      .union([mappingText, mappingOf()], MAPPING)
      .nullish()
      .transform((mapping) => mapping ?? null),
  }),
);

/** A whole number in a query string. */
const number = (name: string, max: number, otherwise: number) => {
  const error = `${name} harus berupa bilangan bulat antara 1 dan ${max}`;
  const digits = z
    .string({ error })
    .regex(/^\d{1,9}$/u, error)
    .transform(Number);
  return queryValue(digits.pipe(z.number().min(1, error).max(max, error))).transform((given) => given ?? otherwise);
};

export const listQuery = z.object({
  import_type: queryValue(importType),
  status: queryValue(oneOf('status', MIGRATION_STATUSES)),
  page: number('page', 1_000_000, 1),
  limit: number('limit', 100, 20),
  sort_by: queryValue(oneOf('sort_by', MIGRATION_ORDERS)).transform((given) => given ?? 'created_at'),
  sort_order: queryValue(oneOf('sort_order', ['ASC', 'DESC', 'asc', 'desc'])).transform(
    (given) => given?.toUpperCase() !== 'ASC',
  ),
});

/** A type in a path: what is none is a mistake to be told, not something that is not there. */
export const templateParams = z.object({ type: z.string() });

export function importTypeOf(text: string): MigrationType {
  const parsed = importType.safeParse(text);
  if (parsed.success) return parsed.data;
  throw invalid({ import_type: parsed.error.issues.map(({ message }) => message) });
}
