import type { Service } from '../../src/domain/directory/columns.ts';
import type { GivenRow } from '../support/directory.ts';

/** What the query language means, written down a second time: it looks at every row and knows no index and no SQL. */

interface Query {
  readonly where?: {
    readonly text_matches?: Sides<readonly TextMatch[]>;
    readonly keyword_match?: Sides<Readonly<Record<string, readonly string[]>>>;
    readonly range_query?: Sides<Readonly<Record<string, Range>>>;
  };
  readonly order_by?: readonly { readonly order_by: string; readonly order_direction?: 'asc' | 'desc' }[];
}
interface Sides<T> {
  readonly must?: T;
  readonly must_not?: T;
}
interface TextMatch {
  readonly text_value: string;
  readonly filter_key: string;
  readonly search_type: 'match' | 'match_phrase' | 'match_phrase_prefix';
}
type Range = Readonly<Partial<Record<'gte' | 'gt' | 'lte' | 'lt', number | string>>>;

/** The uuids of the rows that a query finds, in its order. */
export function answer(service: Service, rows: readonly GivenRow[], query: Query): string[] {
  return rows
    .filter((row) => fits(row, query.where ?? {}))
    .toSorted((a, b) => compare(service, query, a, b))
    .map((row) => String(row['uuid']));
}

function fits(row: GivenRow, where: NonNullable<Query['where']>): boolean {
  const texts = (match: TextMatch): boolean => hasText(row[match.filter_key], match);
  const keywords = ([key, wanted]: [string, readonly string[]]): boolean => hasKeyword(row[key], wanted);
  const ranges = ([key, range]: [string, Range]): boolean => inRange(row[key], range);
  return (
    (where.text_matches?.must ?? []).every(texts) &&
    !(where.text_matches?.must_not ?? []).some(texts) &&
    Object.entries(where.keyword_match?.must ?? {}).every(keywords) &&
    !Object.entries(where.keyword_match?.must_not ?? {}).some(keywords) &&
    Object.entries(where.range_query?.must ?? {}).every(ranges) &&
    !Object.entries(where.range_query?.must_not ?? {}).some(ranges)
  );
}

/** Rows hold texts, numbers and lists of texts. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const listOf = (value: unknown): string[] =>
  value === null || value === undefined ? [] : Array.isArray(value) ? value.map(String) : [textOf(value)];
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{Alphabetic}\p{Nd}]+/gu) ?? [];

function hasText(value: unknown, { text_value: text, search_type: search }: TextMatch): boolean {
  const wanted = wordsOf(text);
  if (wanted.length === 0) return false;
  const items = listOf(value).map(wordsOf);
  if (search === 'match') return wanted.every((word) => items.flat().includes(word));
  return items.some((words) =>
    words.some((_, start) =>
      wanted.every((word, index) => {
        const found = words[start + index];
        if (search === 'match_phrase_prefix' && index === wanted.length - 1) return found?.startsWith(word) === true;
        return found === word;
      }),
    ),
  );
}

function hasKeyword(value: unknown, wanted: readonly string[]): boolean {
  const keys = new Set(wanted.map((text) => text.trim().replace(/\s+/gu, ' ').toLowerCase()));
  return listOf(value).some((item) => keys.has(item.toLowerCase()));
}

function inRange(value: unknown, range: Range): boolean {
  if (value === null || value === undefined) return false;
  return Object.entries(range).every(([operator, bound]) => {
    const [low, high] = typeof bound === 'number' ? [bound, bound] : dayOf(bound);
    const at = typeof value === 'number' ? value : Date.parse(textOf(value));
    switch (operator) {
      case 'gte':
        return at >= low;
      case 'gt':
        return at > high;
      case 'lte':
        return at <= high;
      default:
        return at < low;
    }
  });
}

/** A day is all of it; a moment is itself. */
function dayOf(text: string): [number, number] {
  const at = Date.parse(text);
  return /T/u.test(text) ? [at, at] : [at, at + 86_400_000 - 1];
}

function compare(service: Service, query: Query, a: GivenRow, b: GivenRow): number {
  const given = (query.order_by ?? []).map((term) => ({ key: term.order_by, down: term.order_direction === 'desc' }));
  const down = given.at(-1)?.down ?? false;
  const names = service === 'company' ? ['name'] : ['last_name', 'first_name'];
  const following = [...(/^(created|updated)_at$/u.test(given.at(-1)?.key ?? '') ? [] : names), 'uuid'];
  for (const { key, down: descending } of [...given, ...following.map((name) => ({ key: name, down }))]) {
    const [left, right] = [a[key] ?? null, b[key] ?? null];
    if (left === null && right === null) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : Buffer.compare(Buffer.from(textOf(left)), Buffer.from(textOf(right)));
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}
