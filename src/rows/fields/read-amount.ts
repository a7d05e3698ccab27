import { toInteger, toNumeric } from '../convert-number.ts';
import { Fault, orFault } from './fault.ts';
import { SEVERAL } from './number-evidence.ts';
import type { NumberFormat } from './number-evidence.ts';
import { numberBy, SHOWN_MARKS, writtenNumber } from './read-number.ts';
import type { DecimalMark } from './read-number.ts';

/** A number as its column is written, with all its digits. */
export function readAmount(text: string, whole: boolean, format: NumberFormat | null): string | Fault {
  const expected = whole ? '1234' : '1234.56';
  const convert = whole ? toInteger : toNumeric;
  if (format !== null && format.counts === null) return orFault(convert(text), expected);
  const written = writtenNumber(text);
  // `convert-number` knows best what it is that is no number, such as one that is not finite.
  if (written === null) return orFault(convert(text), expected);
  if (written.currency !== null && format?.currency === SEVERAL) return severalCurrencies(format);
  const mark = format?.mark ?? null;
  if (mark !== null) {
    const read = numberBy(written, mark, whole);
    if (read !== null) return read;
    const other = numberBy(written, mark === '.' ? ',' : '.', whole);
    return other === null ? noNumber(text, written.sign + written.body, convert, expected) : unlikeColumn(mark);
  }
  const point = numberBy(written, '.', whole);
  const comma = numberBy(written, ',', whole);
  const { counts } = format ?? { counts: null };
  if (point === null && comma === null) return noNumber(text, written.sign + written.body, convert, expected);
  if (point === null || comma === null || point === comma) return point ?? comma ?? '';
  const disagree = counts !== null && counts.point + counts.comma > 0;
  const why = disagree ? 'and the values of its column do not agree' : 'and no value of its column tells which';
  return new Fault('invalid_format', `can be ${point} or ${comma}, ${why}; write ${plainer(point, comma)}.`, expected);
}

/** What is wrong with a number that is none by either mark. */
function noNumber(text: string, body: string, convert: typeof toNumeric, expected: string): string | Fault {
  const bare = convert(body);
  const told = typeof bare === 'string' ? convert(text) : bare;
  return orFault(told, expected);
}

function unlikeColumn(mark: DecimalMark): Fault {
  const shown = SHOWN_MARKS[mark];
  return new Fault('invalid_format', `is not written like the other values of its column, such as ${shown}.`, shown);
}

function severalCurrencies({ counts }: NumberFormat): Fault {
  const currencies = Object.entries(counts?.currencies ?? {}).map(([name, times]) => `${name} (${times})`);
  const reason = `has a currency, and its column has several: ${currencies.join(', ')}.`;
  return new Fault('invalid_format', reason, '1234.56');
}

/** Both readings as nobody can mistake them: a fourth digit after the point ends what could be a group of three. */
function plainer(point: string, comma: string): string {
  return [point, comma].map((number) => (/\.\d{3}$/u.test(number) ? `${number}0` : number)).join(' or ');
}
