import type { CsvSyntax } from './csv-format.ts';
import { probe } from './probe.ts';
import type { Probe } from './probe.ts';

/** What is known of a file's syntax before it is looked at. */
export type GivenSyntax = Partial<CsvSyntax>;

const DELIMITERS = [',', ';', '\t', '|'];
const NAMES: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'vertical bar' };
/** The first line in which Excel is told the delimiter. */
const SEPARATOR_LINE = /^sep=([\t !#-~])[\r\n]/i;

export interface FoundSyntax {
  readonly probe: Probe;
  readonly evidence: readonly string[];
  /** The lines at the beginning that say how to read the others: 1 or none. */
  readonly directives: number;
}

/** Tells by what the beginning of a text, in UTF-8, is cut best. */
export function detectSyntax(text: Buffer, whole: boolean, given: GivenSyntax): FoundSyntax {
  const said = SEPARATOR_LINE.exec(text.toString('latin1', 0, 16))?.[1];
  const delimiters = given.delimiter === undefined ? (said === undefined ? DELIMITERS : [said]) : [given.delimiter];
  const probes = delimiters.flatMap((delimiter) =>
    quoting(given)
      .filter(({ quote, escape }) => quote !== delimiter && escape !== delimiter)
      .map((quotes) => probe(text, whole, { delimiter, ...quotes })),
  );
  const likely = probes.filter((one) => one.syntax.quote !== "'" || !probes.some((other) => isQuotedMore(other, one)));
  // Of equally good ones the first is taken.
  const best = likely.reduce((found, next) => (worth(next) > worth(found) ? next : found));
  const { syntax, width, share, records } = best;
  const name = NAMES[syntax.delimiter] ?? JSON.stringify(syntax.delimiter);
  const ofRecords = `${Math.round(share * records.length)} of the first ${records.length} records`;
  const evidence = [
    given.delimiter !== undefined
      ? 'The delimiter was given.'
      : said !== undefined
        ? 'Its first line names the delimiter.'
        : width < 2
          ? 'No delimiter makes columns of it, so it has one.'
          : `The ${name} makes ${width} columns of ${ofRecords}.`,
    quotesEvidence(best, given),
  ];
  return { probe: best, evidence, directives: said === undefined ? 0 : 1 };
}

/** The ways of quoting that are tried, the usual one first. */
function quoting({ quote, escape }: GivenSyntax): Omit<CsvSyntax, 'delimiter'>[] {
  const quotes = quote === undefined ? ['"', "'"] : [quote];
  return quotes.flatMap((one): Omit<CsvSyntax, 'delimiter'>[] => {
    if (one === null) return [{ quote: null, escape: null }];
    const escapes = escape === undefined ? [one, '\\'] : [escape];
    return escapes.map((other) => ({ quote: one, escape: other }));
  });
}

/**
 * How good a way of cutting is: the share of records of one width, all of them right, above all the first one. Another
 * quote or escape than the usual one has to show that it is used.
 */
function worth({ syntax, records, width, share, faulty, quoted }: Probe): number {
  if (records.length === 0) return 0;
  const unusual = syntax.quote !== null && (syntax.quote !== '"' || syntax.escape !== '"');
  if (syntax.quote === "'" && (quoted === 0 || faulty > 0)) return -1;
  const columns = width < 2 ? 0 : share + (records[0]?.values.length === width ? 0.1 : 0) + Math.min(width, 50) / 1_000;
  return (
    columns +
    (1 - faulty / records.length) / 4 +
    (syntax.quote === null ? 0 : Math.min(quoted, 1) / 100) -
    (unusual ? 0.005 : 0)
  );
}

/** Whether a file has at least as many values in usual quotes: those in others have them as a part of themselves, then. */
function isQuotedMore(usual: Probe, other: Probe): boolean {
  return (
    usual.syntax.quote === '"' && usual.syntax.delimiter === other.syntax.delimiter && usual.quoted >= other.quoted
  );
}

function quotesEvidence({ syntax, quoted, faulty }: Probe, given: GivenSyntax): string {
  if (given.quote !== undefined) return 'The quote character was given.';
  if (quoted === 0) return 'No value is in quotes.';
  const escaped = syntax.escape === syntax.quote ? 'doubled inside' : `escaped by ${syntax.escape}`;
  const wrong = faulty === 0 ? '' : `; in ${faulty} records they are not where they should be`;
  return `${quoted} values of the first records are in ${syntax.quote}, ${escaped}${wrong}.`;
}
