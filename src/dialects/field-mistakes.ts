import { z } from 'zod';
import type { FieldMistakes } from '../domain/errors.ts';

type RawIssue = z.core.$ZodRawIssue;

/** A value that fits its schema, or every mistake in it. */
export type Parsed<T> = { readonly value: T } | { readonly mistakes: FieldMistakes };

/**
 * Stands for the field's name in a sentence until its whole path is known: below a union zod asks for the words before
 * it knows where the union stands.
 */
const NAME = ':attribute';

/**
 * Parses an input; mistakes are full sentences by dotted path (`fields.1.source`), those of the whole under `whole`.
 * A schema's own messages are taken as they are, with `:attribute` for the field's name.
 */
export function parseFields<T>(schema: z.ZodType<T>, input: unknown, whole: string): Parsed<T> {
  return parse(schema, input, whole, (path) => path);
}

/** The same for a query string, where a list is one filter however it was written: its mistakes are the filter's. */
export function parseFilters<T>(schema: z.ZodType<T>, input: unknown, whole: string): Parsed<T> {
  return parse(schema, input, whole, (path) => path.filter((step) => typeof step !== 'number'));
}

/** Where a mistake is told, by where it is. */
type Placing = (path: readonly PropertyKey[]) => readonly PropertyKey[];
type Naming = (path: readonly PropertyKey[]) => string;

function parse<T>(schema: z.ZodType<T>, input: unknown, whole: string, place: Placing): Parsed<T> {
  const result = schema.safeParse(input, { error: sentence });
  if (result.success) return { value: result.data };
  const mistakes: Record<string, string[]> = {};
  const nameOf: Naming = (path) => place(path).map(String).join('.') || whole;
  for (const issue of result.error.issues) collect(issue, [], nameOf, mistakes);
  return { mistakes };
}

function collect(
  issue: z.core.$ZodIssue,
  above: readonly PropertyKey[],
  nameOf: Naming,
  mistakes: Record<string, string[]>,
): void {
  const path = [...above, ...issue.path];
  // Of a union's alternatives the one that got furthest is what was meant; its mistakes say more than "invalid".
  const meant = issue.code === 'invalid_union' ? furthest(issue.errors) : null;
  if (meant !== null) {
    for (const inner of meant) collect(inner, path, nameOf, mistakes);
    return;
  }
  const field = nameOf(path);
  const sentences = (mistakes[field] ??= []);
  const told = issue.message.replaceAll(NAME, field.replaceAll('_', ' '));
  if (!sentences.includes(told)) sentences.push(told);
}

function furthest(alternatives: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null {
  const deepest = alternatives
    .map((issues) => ({ issues, depth: Math.max(0, ...issues.map((issue) => issue.path.length)) }))
    .toSorted((a, b) => b.depth - a.depth)
    .at(0);
  return deepest !== undefined && deepest.depth > 0 ? deepest.issues : null;
}

const REQUIRED = `The ${NAME} field is required.`;

/** A sentence for one mistake, in the words Laravel uses, which clients of these documents know. */
function sentence(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined || issue.input === null) return REQUIRED;
      return `The ${NAME} must be ${TYPES[String(issue['expected'])] ?? 'valid'}.`;
    case 'too_small':
    case 'too_big':
      return ofSize(issue);
    case 'invalid_format':
      return ofFormat(issue);
    case 'invalid_value':
      return issue.input === undefined || issue.input === null ? REQUIRED : choice(issue['values']);
    case 'invalid_union':
      if (issue.input === undefined) return REQUIRED;
      return Array.isArray(issue['options']) ? choice(issue['options']) : `The ${NAME} is invalid.`;
    case 'unrecognized_keys':
      return `The ${NAME} has unknown fields: ${listOf(issue['keys'])}.`;
    case 'not_multiple_of':
      return `The ${NAME} must be a multiple of ${String(issue['divisor'])}.`;
    default:
      return issue.input === undefined ? REQUIRED : `The ${NAME} is invalid.`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  date: 'a valid date',
  nonoptional: 'given',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'must be a valid email address',
  url: 'must be a valid URL',
  uuid: 'must be a valid UUID',
  guid: 'must be a valid UUID',
  date: 'is not a valid date',
  datetime: 'is not a valid date',
  safeint: 'must be an integer',
};

function ofFormat(issue: RawIssue): string {
  return `The ${NAME} ${FORMATS[String(issue['format'])] ?? 'format is invalid'}.`;
}

function ofSize(issue: RawIssue): string {
  const range = rangeOf(issue);
  const counted = COUNTED[String(issue['origin'])];
  const low = issue['minimum'];
  if (counted === undefined && range !== null) return `The ${NAME} must be between ${range.low} and ${range.high}.`;
  if (issue.code === 'too_small') {
    if (counted === undefined) {
      return `The ${NAME} must be ${issue['inclusive'] === false ? 'greater than' : 'at least'} ${String(low)}.`;
    }
    return Number(low) === 1 ? REQUIRED : `The ${NAME} must ${counted.least} ${String(low)} ${counted.unit}.`;
  }
  const high = String(issue['maximum']);
  if (counted !== undefined) return `The ${NAME} must ${counted.most} ${high} ${counted.unit}.`;
  return `The ${NAME} must ${issue['inclusive'] === false ? 'be less' : 'not be greater'} than ${high}.`;
}

const COUNTED: Readonly<Record<string, { least: string; most: string; unit: string }>> = {
  string: { least: 'be at least', most: 'not be greater than', unit: 'characters' },
  array: { least: 'have at least', most: 'not have more than', unit: 'items' },
  set: { least: 'have at least', most: 'not have more than', unit: 'items' },
};

/** Both ends, where the schema of a number names both. */
function rangeOf(issue: RawIssue): { low: number; high: number } | null {
  const schema = issue['schema'] ?? issue.inst;
  if (!(schema instanceof z.ZodNumber)) return null;
  const { minValue: low, maxValue: high } = schema;
  const bounded = low !== null && high !== null && low > Number.MIN_SAFE_INTEGER && high < Number.MAX_SAFE_INTEGER;
  return bounded ? { low, high } : null;
}

function choice(values: unknown): string {
  return `The selected ${NAME} is invalid. Choose one of: ${listOf(values)}.`;
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : String(values);
}
