/** A function that expressions may call, always PostgreSQL's own of that name. */
export interface BuiltinFunction {
  readonly minArguments: number;
  readonly maxArguments: number;
  /** The name in `pg_catalog` when it is another. */
  readonly name?: string;
  /** Takes values of any type, so that the server cannot infer a constant's: constants are given as text. */
  readonly anyType?: boolean;
  /** Arguments (from 0) that must be integers: without this a text in their place would choose another function. */
  readonly integers?: readonly number[];
  /** The argument that says how long the result gets, and so has to be a small constant. */
  readonly length?: number;
}

const MANY = 100;

const takes = (
  minArguments: number,
  maxArguments = minArguments,
  extra: Partial<BuiltinFunction> = {},
): BuiltinFunction => ({
  minArguments,
  maxArguments,
  ...extra,
});

/**
 * All that may be called. Left out with a reason: regular expressions and `similar to` (time), `repeat`, `power` and
 * the like (space), everything that reads the clock, a setting, a file, a sequence or another table, and everything
 * that returns several rows.
 */
export const BUILTIN_FUNCTIONS: ReadonlyMap<string, BuiltinFunction> = new Map(
  Object.entries({
    concat: takes(1, MANY, { anyType: true }),
    concat_ws: takes(2, MANY, { anyType: true }),
    lower: takes(1),
    upper: takes(1),
    initcap: takes(1),
    btrim: takes(1, 2),
    ltrim: takes(1, 2),
    rtrim: takes(1, 2),
    substring: takes(2, 3, { integers: [1, 2] }),
    substr: takes(2, 3, { integers: [1, 2] }),
    left: takes(2, 2, { integers: [1] }),
    right: takes(2, 2, { integers: [1] }),
    replace: takes(3),
    translate: takes(3),
    split_part: takes(3, 3, { integers: [2] }),
    length: takes(1),
    char_length: takes(1),
    character_length: takes(1),
    octet_length: takes(1),
    position: takes(2, 2, { name: 'strpos' }),
    strpos: takes(2),
    lpad: takes(2, 3, { length: 1 }),
    rpad: takes(2, 3, { length: 1 }),
    reverse: takes(1),
    md5: takes(1),
    encode: takes(2),
    round: takes(1, 2),
    floor: takes(1),
    ceil: takes(1),
    ceiling: takes(1),
    trunc: takes(1, 2),
    abs: takes(1),
    mod: takes(2),
    div: takes(2),
    sign: takes(1),
    to_char: takes(2),
    to_date: takes(2),
    to_number: takes(2),
    to_timestamp: takes(1, 2),
    date: takes(1),
    date_trunc: takes(2),
    date_part: takes(2),
    timezone: takes(2),
    make_date: takes(3),
    array_to_string: takes(2, 3),
    array_length: takes(2),
    cardinality: takes(1),
    json_extract_path_text: takes(2, MANY),
    jsonb_extract_path_text: takes(2, MANY),
    json_array_length: takes(1),
    jsonb_array_length: takes(1),
    json_typeof: takes(1),
    jsonb_typeof: takes(1),
  }),
);

/** The longest text that padding may make. */
export const MAX_PADDED_LENGTH = 10_000;

/** What `extract(… from …)` may ask for. */
export const EXTRACT_FIELDS: ReadonlySet<string> = new Set([
  'century',
  'day',
  'decade',
  'dow',
  'doy',
  'epoch',
  'hour',
  'isodow',
  'isoyear',
  'microseconds',
  'millennium',
  'milliseconds',
  'minute',
  'month',
  'quarter',
  'second',
  'week',
  'year',
]);
