import type { ColumnFormat } from './format-evidence.ts';
import { SHOWN_ORDERS } from './read-date.ts';
import { SHOWN_MARKS } from './read-number.ts';

/** How a column's values are read and why, as a person is told. */
export interface ToldFormat {
  /** `DD/MM/YYYY`, `1.234,56`; null when the column does not tell. */
  readonly format: string | null;
  /** Values by what they were evidence of; those of which there are none are left out. */
  readonly evidence: Readonly<Record<string, number>>;
}

/** By the orders that a day fits, as `DateCounts.fits` counts them. */
const FITS = [
  '',
  'day_first',
  'month_first',
  'day_or_month_first',
  'year_first',
  'day_or_year_first',
  'month_or_year_first',
  'any_order',
];

/** What is told of a column's format: what was decided and what was counted. */
export function describeFormat(format: ColumnFormat): ToldFormat {
  if (format.kind === 'number') {
    const { currencies = {}, ...counts } = format.counts ?? {};
    const amounts = Object.entries(currencies).map(([currency, times]) => [`in_${currency}`, times] as const);
    return {
      format: format.mark === null ? null : SHOWN_MARKS[format.mark],
      evidence: some([...Object.entries(counts), ...amounts]),
    };
  }
  const { fits = [], ...counts } = format.counts ?? {};
  const orders = fits.map((times, index) => [FITS[index] ?? '', times] as const);
  const serials = format.serials === null ? null : `days since ${format.serials}`;
  return {
    format: serials ?? (format.order === null ? null : SHOWN_ORDERS[format.order]),
    evidence: some([...Object.entries(counts), ...orders]),
  };
}

function some(entries: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries(entries.filter(([name, times]) => name !== '' && times > 0));
}
