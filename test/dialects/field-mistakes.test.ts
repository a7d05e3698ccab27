import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseFields } from '../../src/dialects/field-mistakes.ts';

function mistakesIn(schema: z.ZodType, input: unknown): unknown {
  const parsed = parseFields(schema, input, 'body');
  return 'mistakes' in parsed ? parsed.mistakes : parsed.value;
}

const profile = z.object({
  name: z.string().min(1).max(10),
  host: z.string(),
  port: z.int().min(1).max(65_535),
  ssl_mode: z.enum(['prefer', 'require']).default('prefer'),
  ratio: z.number().min(0).optional(),
  email: z.email().nullable().optional(),
  tags: z.array(z.string()).min(2).max(3).optional(),
  fields: z.array(z.object({ source: z.string(), as: z.string().nullable() })).optional(),
});

test('what fits comes back parsed, without fields nobody knows', () => {
  assert.deepEqual(mistakesIn(profile, { name: 'a', host: 'h', port: 1, unknown: true }), {
    name: 'a',
    host: 'h',
    port: 1,
    ssl_mode: 'prefer',
  });
});

test('every mistake is named at once, each with its path', () => {
  const input = {
    name: '',
    host: null,
    port: 70_000,
    ssl_mode: 'maybe',
    ratio: -1,
    email: 'nobody',
    tags: ['one'],
    fields: [{ source: 'a', as: null }, { source: 7 }, 'x'],
  };
  assert.deepEqual(mistakesIn(profile, input), {
    name: ['The name field is required.'],
    host: ['The host field is required.'],
    port: ['The port must be between 1 and 65535.'],
    ssl_mode: ['The selected ssl mode is invalid. Choose one of: prefer, require.'],
    ratio: ['The ratio must be at least 0.'],
    email: ['The email must be a valid email address.'],
    tags: ['The tags must have at least 2 items.'],
    'fields.1.source': ['The fields.1.source must be a string.'],
    'fields.1.as': ['The fields.1.as field is required.'],
    'fields.2': ['The fields.2 must be an object.'],
  });
});

test('types are told in words', () => {
  const types = z.object({
    text: z.string(),
    whole: z.int(),
    number: z.number(),
    flag: z.boolean(),
    list: z.array(z.string()),
    map: z.record(z.string(), z.string()),
    page: z.coerce.number().int().min(1),
    long: z.string().max(3),
    short: z.string().min(8),
    id: z.uuid(),
    day: z.iso.date(),
  });
  const input = {
    text: 1,
    whole: 1.5,
    number: '1',
    flag: 'yes',
    list: 'a',
    map: [],
    page: 'x',
    long: 'four',
    short: 'seven',
    id: '12',
    day: '2025-02-30',
  };
  assert.deepEqual(mistakesIn(types, input), {
    text: ['The text must be a string.'],
    whole: ['The whole must be an integer.'],
    number: ['The number must be a number.'],
    flag: ['The flag must be true or false.'],
    list: ['The list must be an array.'],
    map: ['The map must be an object.'],
    page: ['The page must be a number.'],
    long: ['The long must not be greater than 3 characters.'],
    short: ['The short must be at least 8 characters.'],
    id: ['The id must be a valid UUID.'],
    day: ['The day is not a valid date.'],
  });
});

test('a body that is no object is a mistake of the body', () => {
  assert.deepEqual(mistakesIn(profile, 'text'), { body: ['The body must be an object.'] });
  assert.deepEqual(mistakesIn(profile, [1]), { body: ['The body must be an object.'] });
});

test('a range is named as one, however the bounds were given, also below wrappers', () => {
  const schema = z.object({
    size: z.number().int().min(1).max(100_000).optional(),
    below: z.number().gt(0).optional(),
    coerced: z.coerce.number().int().min(1).max(100).default(15),
  });
  assert.deepEqual(mistakesIn(schema, { size: 0, below: 0, coerced: '0' }), {
    size: ['The size must be between 1 and 100000.'],
    below: ['The below must be greater than 0.'],
    coerced: ['The coerced must be between 1 and 100.'],
  });
});

test("a schema's own words are kept", () => {
  const schema = z
    .object({ from: z.string({ error: 'Say from where.' }), to: z.string() })
    .refine(({ from, to }) => from !== to, { path: ['to'], error: 'The to must be different from from.' });
  assert.deepEqual(mistakesIn(schema, { to: 'x' }), { from: ['Say from where.'] });
  assert.deepEqual(mistakesIn(schema, { from: 'x', to: 'x' }), { to: ['The to must be different from from.'] });
});

test('of a union the alternative that was meant is told', () => {
  const schema = z.object({
    source: z.union([z.string(), z.object({ table: z.string(), limit: z.number() })]),
    kind: z.discriminatedUnion('type', [z.object({ type: z.literal('a') }), z.object({ type: z.literal('b') })]),
  });
  assert.deepEqual(mistakesIn(schema, { source: { table: 7 }, kind: { type: 'c' } }), {
    'source.table': ['The source.table must be a string.'],
    'source.limit': ['The source.limit field is required.'],
    'kind.type': ['The selected kind.type is invalid. Choose one of: a, b.'],
  });
  assert.deepEqual(mistakesIn(schema, { kind: {} }), {
    source: ['The source field is required.'],
    'kind.type': ['The selected kind.type is invalid. Choose one of: a, b.'],
  });
});
