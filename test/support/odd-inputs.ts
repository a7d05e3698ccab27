/** What somebody may put where a value, a body, an id or a query string belongs, by accident or on purpose. */

const NO_TEXTS = [null, [], {}, -1, 0, 1.5, 1e308, true, [null], [[]], { a: { b: { c: [] } } }];
const TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '😀'.repeat(300),
  'x'.repeat(200_000),
  "' or 1=1 --",
  '\\',
];
const WORDS = ['%s%n', '2024-13-45', 'infinity', '0001-01-01 BC', '__proto__', 'constructor', 'toString'];
export const ODD_VALUES: readonly unknown[] = [...NO_TEXTS, ...TEXTS, ...WORDS];

const NO_OBJECTS = ['', 'null', '[]', '[[]]', '0', '"x"', 'true', '{"a":}', 'nul', '{', '\0', '1e999'];
const OBJECTS = ['{}', '{"toString":1,"__proto__":{"a":1}}'];
const nested = (open: string, inside: string, close: string, depth: number): string =>
  open.repeat(depth) + inside + close.repeat(depth);
const DEEP = [nested('[', '', ']', 100), nested('[', '', ']', 50_000), nested('{"a":', '1', '}', 20_000)];
const NO_UTF8 = [Buffer.from('{"name":"\xff\xfe"}', 'latin1'), Buffer.from('\ufeff{}'), Buffer.from('{}', 'utf16le')];
export const ODD_BODIES: readonly (string | Buffer)[] = [...NO_OBJECTS, ...OBJECTS, ...DEEP, ...NO_UTF8];

const UNKNOWN = '00000000-0000-0000-0000-000000000000';
const PATHS = "x %00 %ff % %zz .. %2e%2e%2f -1 1 ' tickets __proto__ constructor %F0%9F%98%80".split(' ');
export const ODD_IDS: readonly string[] = [UNKNOWN, ...PATHS, 'a'.repeat(5000)];

const QUERIES = `page=-1 page=0 page=1e9 page=99999999999999999999 page=x per_page=0 per_page=-1 per_page=100000 per_page=
  per_page[]=1 per_page[a]=1 sort=unknown sort[]=x sort= search=%00 search=%ff search=%25_%5C search[]=a status=unknown
  status[]=running&status[]=failed status[a][b]=c date_from=x date_from=2024-02-30 date_to=99999-01-01 profile_id=x
  profile_id=%00 filter[unknown]=1 filter[name]=%00 filter=1 filter[]=1 filter[external_id][x]=1 limit=0 limit=-5 limit=x
  limit=5&limit=6 query_type=unknown query_type=__proto__ query_type[]=x job_id=x code=%00 field=%00 after=-1 after=x
  __proto__[x]=1 a[b][c][d][e][f][g]=1 % %00=%00 = &&& [=1 ]=1`;
export const ODD_QUERIES: readonly string[] = [...QUERIES.split(/\s+/u), `search=${'x'.repeat(9000)}`];

/** A body with one of its values, at any depth, replaced by something odd: each place by another third of what there is. */
export function* oddlyChanged(body: unknown): Generator<{ readonly place: string; readonly body: unknown }> {
  for (const [turn, path] of placesIn(body, []).entries()) {
    for (const value of ODD_VALUES.filter((_, at) => at % 3 === turn % 3)) {
      yield { place: `${path.join('.')} = ${JSON.stringify(value)?.slice(0, 40)}`, body: replaced(body, path, value) };
    }
  }
}

function placesIn(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [[...path, key], ...placesIn(part, [...path, key])]);
}

function replaced(whole: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole)) return whole.map((part, at) => (String(at) === key ? replaced(part, rest, value) : part));
  if (typeof whole !== 'object' || whole === null) return whole;
  return Object.fromEntries(
    Object.entries(whole).map(([name, part]) => [name, name === key ? replaced(part, rest, value) : part]),
  );
}
