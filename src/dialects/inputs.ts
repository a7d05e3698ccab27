import { z } from 'zod';

/** Anything but a zero byte, which PostgreSQL stores in no text. */
const STORABLE = /^[^\0]*$/u;

/** Text that may be empty. */
export function anyText(max = 255): z.ZodString {
  return z.string().max(max).regex(STORABLE, 'The :attribute must not contain a null character.');
}

/** Text that has to be there and not be blank. */
export function text(max = 255): z.ZodType<string> {
  return anyText(max).refine((value) => value.trim() !== '', 'The :attribute field is required.');
}

/** Text that may be left out or be null; an empty one counts as none. */
export function optionalText(max = 255): z.ZodType<string | null> {
  return anyText(max)
    .nullish()
    .transform((value) => (value === undefined || value === '' ? null : value));
}

export const uuid: z.ZodType<string> = z.guid().transform((value) => value.toLowerCase());

/** A calendar day, `YYYY-MM-DD`; there is no year 0. */
export const day = z.iso.date().refine((value) => !value.startsWith('0000'), 'The :attribute is not a valid date.');

/** The id in a path; anything but a uuid names nothing. */
export const idParams = z.object({ id: uuid });

/** A value in a query string, where an empty one is none. */
export function queryValue<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z.preprocess((given) => (given === '' ? undefined : given), schema.optional());
}

/** A whole number in a query string, in digits: a list of one number is none, and neither is `1e3`. */
export function queryInteger(min: number, max: number, otherwise: number): z.ZodType<number> {
  const digits = z
    .string(NO_INTEGER)
    .regex(/^-?\d+$/u, NO_INTEGER)
    .transform(Number);
  return queryValue(digits.pipe(z.number().min(min).max(max)))
    .transform((given) => given ?? otherwise)
    .meta({ type: 'integer', pattern: undefined, minimum: min, maximum: max });
}

const NO_INTEGER = 'The :attribute must be an integer.';
