import { invalid } from '../../domain/errors.ts';
import type { CsvFormat } from './csv-format.ts';
import { wholeSample } from './csv-sample.ts';
import type { CsvSample } from './csv-sample.ts';
import { detectHeader } from './detect-header.ts';
import { detectSyntax } from './detect-syntax.ts';
import { createDecoder } from '../text/decoder.ts';
import { detectEncoding } from './encoding/detect-encoding.ts';

/** What the sender of a file says of it; whatever is left out is detected. */
export interface CsvOverrides {
  /** By any usual name; a byte order mark is believed more. */
  readonly encoding?: string;
  readonly delimiter?: string;
  /** Null when quotes are ordinary characters. */
  readonly quote?: string | null;
  readonly escape?: string;
  /** The line of the header, from 1; null when there is none. */
  readonly headerRow?: number | null;
}

/**
 * Tells what format a file has.
 * @param sample of `takeSample`, or all bytes of a file
 * @throws AppError `validation` for overrides that cannot be, naming each; `source_rejected` for UTF-32
 */
export function detectFormat(sample: CsvSample | Buffer, overrides: CsvOverrides = {}): CsvFormat {
  checkOverrides(overrides);
  const { bytes, whole, ...further } = Buffer.isBuffer(sample) ? wholeSample(sample) : sample;
  const { evidence: byEncoding, ...encoding } = detectEncoding(
    { bytes, whole, ...further },
    overrides.encoding ?? null,
  );
  const text = createDecoder(encoding.encoding).decode(bytes.subarray(encoding.bomBytes), { stream: !whole });
  const { encoding: _encoding, headerRow, ...given } = overrides;
  const { probe, evidence: bySyntax, directives } = detectSyntax(Buffer.from(text), whole, given);
  const { evidence: byHeader, ...header } = detectHeader(probe, headerRow, directives);
  return {
    ...encoding,
    ...probe.syntax,
    ...header,
    newline: usualNewline(text),
    evidence: [byEncoding, ...bySyntax, byHeader],
  };
}

/** Whether a text is one ASCII character that ends no line. */
function isOneCharacter(text: string): boolean {
  const code = text.charCodeAt(0);
  return text.length === 1 && code > 0 && code < 0x80 && text !== '\n' && text !== '\r';
}

function checkOverrides({ delimiter, quote, escape, headerRow }: CsvOverrides): void {
  const mistakes: Record<string, string[]> = {};
  const check = (field: string, right: boolean, message: string): void => {
    if (!right) mistakes[field] = [message];
  };
  const one = (text: string | null | undefined): boolean => text === null || text === undefined || isOneCharacter(text);
  const isQuote = delimiter !== undefined && (delimiter === quote || (quote === undefined && delimiter === '"'));
  check('delimiter', one(delimiter) && !isQuote, 'The delimiter must be one ASCII character and not the quote.');
  check('quote', one(quote), 'The quote must be one ASCII character.');
  check(
    'escape',
    one(escape) && (escape === undefined || escape !== delimiter),
    'The escape must be one ASCII character and not the delimiter.',
  );
  check(
    'header_row',
    headerRow === undefined || headerRow === null || (Number.isInteger(headerRow) && headerRow > 0),
    'The header row must be a whole number from 1.',
  );
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
}

function usualNewline(text: string): CsvFormat['newline'] {
  const count = (end: RegExp): number => text.match(end)?.length ?? 0;
  const crlf = count(/\r\n/g);
  const lf = count(/\n/g) - crlf;
  const cr = count(/\r/g) - crlf;
  if (crlf > 0 && crlf >= lf && crlf >= cr) return '\r\n';
  return cr > lf ? '\r' : '\n';
}
