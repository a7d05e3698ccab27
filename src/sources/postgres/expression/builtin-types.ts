import type { SqlPart } from './fragment.ts';

/** Types one may cast to, by the names the parser gives them, with what people call them and how many lengths they take. */
export const CAST_TYPES: ReadonlyMap<string, { readonly shown: string; readonly modifiers: number }> = new Map(
  Object.entries({
    text: { shown: 'text', modifiers: 0 },
    varchar: { shown: 'varchar', modifiers: 1 },
    bpchar: { shown: 'char', modifiers: 1 },
    int2: { shown: 'smallint', modifiers: 0 },
    int4: { shown: 'integer', modifiers: 0 },
    int8: { shown: 'bigint', modifiers: 0 },
    numeric: { shown: 'numeric', modifiers: 2 },
    float4: { shown: 'real', modifiers: 0 },
    float8: { shown: 'double precision', modifiers: 0 },
    bool: { shown: 'boolean', modifiers: 0 },
    date: { shown: 'date', modifiers: 0 },
    time: { shown: 'time', modifiers: 1 },
    timestamp: { shown: 'timestamp', modifiers: 1 },
    timestamptz: { shown: 'timestamptz', modifiers: 1 },
    interval: { shown: 'interval', modifiers: 0 },
    uuid: { shown: 'uuid', modifiers: 0 },
    json: { shown: 'json', modifiers: 0 },
    jsonb: { shown: 'jsonb', modifiers: 0 },
  }),
);

/** A type of PostgreSQL's own as a fragment. */
export function builtinType(name: string, shown: string): SqlPart {
  return { builtin: name, display: shown };
}
