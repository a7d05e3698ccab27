import { z } from 'zod';
import type { OwnFieldInput, OwnReferenceInput, OwnTargetInput } from '../../domain/own-table.ts';
import { text } from '../inputs.ts';

/** Longer than any name PostgreSQL keeps, quoted and with its schema. */
const name = text(300);

const field: z.ZodType<OwnFieldInput> = z.union([
  name.transform((given) => ({ name: given, column: null, type: null, required: null })),
  z.object({
    name,
    column: name.nullable().default(null),
    type: text().nullable().default(null),
    required: z.boolean().nullable().default(null),
  }),
]);

const reference: z.ZodType<OwnReferenceInput> = z
  .object({ field: name, target: text(), when_unknown: z.enum(['fail', 'leave_empty']).default('fail') })
  .transform(({ when_unknown, ...rest }) => ({ ...rest, whenUnknown: when_unknown }));

const shape = {
  label: text(),
  table: name,
  identity: z.array(name).min(1).max(32),
  fields: z.array(field).max(1_600).nullable(),
  references: z.array(reference).max(1_600),
};

/** A new target; `fields` left out are all columns that can be written. */
export const newTargetBody: z.ZodType<OwnTargetInput> = z.object({
  ...shape,
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/u, 'The type must be lower-case letters, digits and _, and begin with a letter.'),
  fields: shape.fields.default(null),
  references: shape.references.default([]),
});

/** What is to change in a target; what is left out stays. */
export const targetChangesBody = z.object(shape).partial();
