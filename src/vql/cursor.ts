import { hash } from 'node:crypto';
import { isDay } from '../domain/directory/clean.ts';
import type { Service } from '../domain/directory/columns.ts';
import { isUuid } from '../domain/uuid.ts';
import type { SortKey } from './sort-keys.ts';

/** How the text of a key's value has to look, so that PostgreSQL takes it for one. */
const VALID: Readonly<Record<string, (text: string) => boolean>> = {
  text: (text) => !text.includes('\0'),
  bigint: (text) => /^-?\d{1,19}$/u.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text),
  date: (text) => /^-?infinity$/u.test(text) || isDay(text),
  timestamptz: (text) =>
    /^\d{4}-\d\d-\d\dT([01]\d|2[0-3])(:[0-5]\d){2}\.\d{6}Z$/u.test(text) && isDay(text.slice(0, 10)),
  uuid: isUuid,
};

/**
 * The cursor of a row: the values it is ordered by, and behind the last one, its uuid, a check sum by which a cursor of
 * another service or order, or one that was changed, is known.
 * @param values the texts of the sort keys' values, in their order
 */
export function encodeCursor(service: Service, keys: readonly SortKey[], values: readonly string[]): string[] {
  return [...values.slice(0, -1), `${values.at(-1) ?? ''}.${checkSum(service, keys, values)}`];
}

/** The values of the sort keys of the row a cursor is of; null when it is none of this service and order. */
export function decodeCursor(
  service: Service,
  keys: readonly SortKey[],
  cursor: readonly string[],
): readonly string[] | null {
  if (cursor.length !== keys.length) return null;
  const last = cursor.at(-1) ?? '';
  const point = last.lastIndexOf('.');
  const values = [...cursor.slice(0, -1), last.slice(0, point)];
  if (point < 0 || last.slice(point + 1) !== checkSum(service, keys, values)) return null;
  return values.every((value, index) => VALID[keys[index]?.cast ?? '']?.(value)) ? values : null;
}

function checkSum(service: Service, keys: readonly SortKey[], values: readonly string[]): string {
  const order = keys.map(({ name, descending }) => [name, descending]);
  return hash('sha256', JSON.stringify([service, order, values]), 'base64url').slice(0, 16);
}
