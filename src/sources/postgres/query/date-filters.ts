import type { SourceTable } from '../../../domain/source-schema.ts';
import { renderForPeople } from '../expression/fragment.ts';
import type { Sql } from '../expression/fragment.ts';
import { Refusal } from '../expression/parse-sql.ts';
import type { ScopeRelation } from '../expression/scope.ts';

/** The days that an import is limited to; both belong to it. */
export interface DateRange {
  /** `YYYY-MM-DD` or null. */
  readonly dateFrom: string | null;
  readonly dateTo: string | null;
}

export interface CompiledDateFilter {
  readonly sql: Sql;
  readonly shown: string;
}

/** What tables call the time a row was made, in the order they are looked for, whatever their case and underscores. */
const CREATED = [
  'createdat',
  'createdon',
  'created',
  'datecreated',
  'creationdate',
  'createdate',
  'insertedat',
  'addedat',
];

/** The column of a table that says when a row was made, or undefined. */
export function creationColumn(table: SourceTable): { readonly name: string; readonly baseType: string } | undefined {
  const dated = table.columns.filter(({ family }) => ['date', 'timestamp', 'timestamptz'].includes(family));
  const plain = (name: string): string => name.toLowerCase().replaceAll('_', '');
  return CREATED.flatMap((wanted) => dated.find(({ name }) => plain(name) === wanted) ?? [])[0];
}

/**
 * Conditions that a row was made within the days, which are days of UTC.
 * @throws Refusal for a text that is no day of the calendar
 */
export function compileDateRange(
  { dateFrom, dateTo }: DateRange,
  { scope, column }: { scope: ScopeRelation; column: { readonly name: string; readonly baseType: string } },
): CompiledDateFilter[] {
  const condition = (operator: string, day: string): CompiledDateFilter => {
    const compare = (left: Sql): Sql => [...left, ` ${operator} `, { value: day, cast: column.baseType }];
    return {
      sql: compare([{ name: scope.alias }, '.', { name: column.name }]),
      shown: renderForPeople(compare([{ name: column.name }])),
    };
  };
  return [
    ...(dateFrom === null ? [] : [condition('>=', parseDay(dateFrom))]),
    ...(dateTo === null ? [] : [condition('<', nextDay(parseDay(dateTo)))]),
  ];
}

/** The day as given. @throws Refusal when there is no such day */
function parseDay(text: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw new Refusal(`${text} is not a date of the form YYYY-MM-DD`);
  }
  return text;
}

function nextDay(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  const [year = ''] = date.toISOString().split('-', 1);
  // The day after 9999-12-31 has a sign and six digits in JavaScript and five digits in PostgreSQL.
  return year.startsWith('+') ? '10000-01-01' : date.toISOString().slice(0, 10);
}
