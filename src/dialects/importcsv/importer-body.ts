import { z } from 'zod';
import { DUPLICATE_POLICIES, IMPORTER_FIELD_TYPES, IMPORTER_LIMITS, RULE_NAMES } from '../../domain/importer.ts';
import type {
  CheckImporter,
  ColumnMapping,
  FieldRule,
  ImporterChanges,
  ImporterField,
  ImporterParts,
  ImporterSource,
  NewImporterInput,
} from '../../domain/importer.ts';

const { nameLength, valueLength } = IMPORTER_LIMITS;

/** Text that is there and can be stored. */
const name = (max: number = nameLength): z.ZodString =>
  z
    .string()
    .max(max)
    .regex(/^[^\0]*$/u, 'The :attribute must not contain a null character.')
    .refine((given) => given.trim() !== '', 'The :attribute field is required.');
/** What may be left out or be null, and what it is then. */
const otherwise = <T, U extends T | null>(schema: z.ZodType<T>, value: U): z.ZodType<T | U> =>
  schema.nullish().transform((given) => given ?? value);
const optional = <T>(schema: z.ZodType<T>): z.ZodType<T | null> => otherwise(schema, null);

const scalar = z.union([z.string().max(valueLength), z.number(), z.boolean()]);

const rule: z.ZodType<FieldRule> = z.object({
  rule: z.enum(RULE_NAMES),
  value: optional(z.union([scalar, z.array(scalar).max(IMPORTER_LIMITS.values)])),
  errorMessage: optional(name(IMPORTER_LIMITS.messageLength)),
});

const fieldShape = {
  // Names of our own have control characters in them; so no field can be taken for one of these.
  name: name().regex(/^\P{Cc}*$/u, 'The :attribute must not contain control characters.'),
  label: name().nullish(),
  type: z.enum(IMPORTER_FIELD_TYPES),
  values: z.array(name(valueLength)).max(IMPORTER_LIMITS.values).nullish(),
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  default: scalar.nullish(),
  aliases: z.array(name()).max(IMPORTER_LIMITS.aliases).nullish(),
  validations: z.array(rule).max(IMPORTER_LIMITS.validations).nullish(),
};
const field: z.ZodType<ImporterField> = z.object(fieldShape).transform((given) => ({
  name: given.name,
  label: given.label ?? null,
  type: given.type,
  values: given.values ?? [],
  required: given.required ?? false,
  unique: given.unique ?? false,
  default: given.default ?? null,
  aliases: given.aliases ?? [],
  validations: given.validations ?? [],
  said: Object.keys(given),
}));

const port = optional(z.number().int().min(1).max(65_535));
const secret = optional(z.string().max(4_000));
const path = name(4_000);
const filed = { host: name(255), port, user: optional(name()), password: secret, path };

/** Where files come from that nobody uploads. */
const importerSource: z.ZodType<ImporterSource> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('upload') }),
  z.object({ type: z.literal('url'), url: z.url({ protocol: /^https?$/u }).max(8_000) }),
  z.object({ type: z.literal('ftp'), ...filed }),
  z.object({ type: z.literal('sftp'), ...filed }),
  z
    .object({
      type: z.literal('s3'),
      bucket: name(255),
      key: path,
      endpoint: optional(z.url({ protocol: /^https?$/u }).max(2_000)),
      region: optional(name(100)),
      access_key_id: secret,
      secret_access_key: secret,
    })
    .transform(({ access_key_id, secret_access_key, ...rest }) => ({
      ...rest,
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
    })),
]);

/** `{column: field}`; a column may be called anything, so it is no object of ours. */
export const columnMapping: z.ZodType<ColumnMapping[]> = z
  .custom<object>(
    (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
    'The :attribute must be an object.',
  )
  .transform((given, context) => {
    const entries: [string, unknown][] = Object.entries(given);
    if (entries.length > IMPORTER_LIMITS.mappings) {
      const message = `The :attribute must not have more than ${IMPORTER_LIMITS.mappings} items.`;
      context.issues.push({ code: 'custom', input: given, message });
    }
    return entries.map(([column, mapped]) => {
      if (mapped === null || mapped === '') return { column, field: null };
      if (typeof mapped === 'string') return { column, field: mapped };
      context.issues.push({
        code: 'custom',
        input: mapped,
        path: [column],
        message: 'The :attribute must be a string.',
      });
      return { column, field: null };
    });
  });

const parts = {
  name: name(),
  description: z.string().max(20_000).nullable(),
  schema: z.object({ fields: z.array(field).min(1).max(IMPORTER_LIMITS.fields) }),
  slug: z
    .string()
    .max(IMPORTER_LIMITS.slugLength)
    .regex(
      /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/u,
      'The :attribute must be lower-case letters and digits with - or _ between.',
    ),
  key: z.array(name()).max(IMPORTER_LIMITS.keyFields),
  duplicates: z.enum(DUPLICATE_POLICIES),
  newer_by: name().nullable(),
  source: importerSource,
  target: name(100).nullable(),
  mapping: columnMapping,
};

/**
 * A new importer as it is sent. All its mistakes are told at once, those of its shape and those that `check` finds in
 * what is of the right shape.
 */
export function newImporterBody(check: CheckImporter): z.ZodType<NewImporterInput> {
  return z
    .object({
      ...parts,
      description: otherwise(parts.description, null),
      slug: parts.slug.optional(),
      key: otherwise(parts.key, []),
      duplicates: parts.duplicates.default('update'),
      newer_by: otherwise(parts.newer_by, null),
      source: parts.source.default({ type: 'upload' }),
      target: otherwise(parts.target, null),
      mapping: otherwise(parts.mapping, []),
    })
    .superRefine((given: unknown, context) => tellMistakes(check, given, context), { when: () => true })
    .transform(({ schema, newer_by, slug, ...rest }) => ({
      ...rest,
      slug: slug ?? null,
      fields: schema.fields,
      newerBy: newer_by,
    }));
}

/** What is to change in an importer; what is left out stays. Whether it is sound then is known by who knows the rest. */
export const changedImporterBody: z.ZodType<ImporterChanges> = z
  .object(parts)
  .partial()
  .transform(({ schema, newer_by, ...rest }) => ({
    ...rest,
    ...(schema === undefined ? {} : { fields: schema.fields }),
    ...(newer_by === undefined ? {} : { newerBy: newer_by }),
  }));

/** Asks about what is of the right shape, whatever else of the body is not. */
function tellMistakes(check: CheckImporter, given: unknown, context: z.RefinementCtx): void {
  for (const { path, message } of check(soundParts(given))) {
    context.addIssue({ code: 'custom', path: [...path], message: `The :attribute ${message}`, input: given });
  }
}

function soundParts(given: unknown): ImporterParts {
  const body = partsOf(given);
  const fields = listOf(partsOf(body['schema'])['fields']);
  const newerBy = body['newer_by'];
  return {
    fields: fields.map(soundField),
    names: fields.flatMap((one) => textsOf([partsOf(one)['name']])),
    key: textsOf(listOf(body['key'])),
    duplicates: DUPLICATE_POLICIES.find((policy) => policy === body['duplicates']) ?? 'update',
    newerBy: typeof newerBy === 'string' ? newerBy : null,
    // Sound or not, by now it is pairs of column and field if it was an object at all.
    mapped: new Map(
      listOf(body['mapping']).flatMap((entry) => {
        const { column, field: mapped } = partsOf(entry);
        return typeof column === 'string' && typeof mapped === 'string' ? [[column, mapped] as const] : [];
      }),
    ),
  };
}

/** A field without its parts of the wrong shape; null without a name or a type, of which nothing can be said. */
function soundField(given: unknown): ImporterField | null {
  const parts = partsOf(given);
  const sound = Object.entries(fieldShape).filter(([key, part]) => part.safeParse(parts[key]).success);
  // A rule that says nothing keeps the places of those after it.
  const rules = listOf(parts['validations']).map((one) => (rule.safeParse(one).success ? one : { rule: 'unique' }));
  const values = Object.fromEntries(sound.map(([key]) => [key, parts[key]]));
  return field.safeParse({ ...values, validations: rules }).data ?? null;
}

function partsOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
}

function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}

function textsOf(given: readonly unknown[]): string[] {
  return given.filter((one) => typeof one === 'string');
}
