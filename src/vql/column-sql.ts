import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';

export const TABLES: Readonly<Record<Service, string>> = {
  company: '"target"."companies"',
  contact: '"target"."contacts"',
};

/** A column's value in a form that no setting of a session or driver changes: a text, or a list of texts. */
export function valueSql({ column, type }: DirectoryColumn, of: string): string {
  const name = `${of}"${column}"`;
  switch (type) {
    case 'text':
    case 'list':
      return name;
    case 'integer':
    case 'uuid':
      return `${name}::text`;
    case 'date':
      return `to_char(${name}, 'YYYY-MM-DD')`;
    case 'time':
      return `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  }
}

/** What of it is answered: a number where that is exact, else its digits. */
export function readValue({ type }: DirectoryColumn, value: unknown): unknown {
  if (type !== 'integer' || typeof value !== 'string') return value ?? null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
