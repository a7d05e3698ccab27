import { isAscii, isUtf8 } from 'node:buffer';
import { AppError } from '../../../domain/errors.ts';
import { BEYOND_BYTES, linesBeyondAscii } from '../csv-sample.ts';
import type { CsvSample } from '../csv-sample.ts';
import { createDecoder, encodingNamed } from '../../text/decoder.ts';
import { fitOf } from './fit.ts';
import type { Fit } from './fit.ts';
import { CANDIDATES } from './writing.ts';

/** The encoding of a text, how sure it is from 0 to 1, and what it was told by. */
export interface FoundEncoding {
  readonly encoding: string;
  readonly confidence: number;
  readonly evidence: string;
  readonly bomBytes: number;
}

/**
 * Tells the encoding of a text by its byte order mark, by UTF-8's and UTF-16's own rules, and else by which encoding makes
 * of it what somebody may have written.
 * @param given what its sender says it is; only a byte order mark is believed more
 * @throws AppError `validation` for a given name that is not known, `source_rejected` for UTF-32
 */
export function detectEncoding(sample: CsvSample, given: string | null): FoundEncoding {
  const { bytes, whole, beyond } = sample;
  const marked = byMark(bytes);
  if (marked !== null) return marked;
  if (given !== null) return { ...sure(known(given), 'The encoding was given.'), bomBytes: 0 };
  const utf16 = asUtf16(bytes);
  if (utf16 !== null) return utf16;
  if (isAscii(bytes) && beyond.length === 0) return asAscii(sample);
  // Only at the end of a beginning that has no whole line may a character be cut off.
  const seen = Buffer.concat([whole ? bytes : withoutCutCharacter(bytes), beyond]);
  return asUtf8(seen) ?? byWriting(seen);
}

function sure(encoding: string, evidence: string): Omit<FoundEncoding, 'bomBytes'> {
  return { encoding, confidence: 1, evidence };
}

function known(given: string): string {
  const encoding = encodingNamed(given);
  if (encoding !== null) return encoding;
  const message = `The encoding ${JSON.stringify(given.slice(0, 40))} is not known.`;
  throw new AppError('validation', message, { details: { fields: { encoding: [message] } } });
}

function byMark(bytes: Buffer): FoundEncoding | null {
  const starts = (...mark: number[]): boolean => mark.every((byte, index) => bytes[index] === byte);
  if (starts(0xff, 0xfe, 0, 0) || starts(0, 0, 0xfe, 0xff))
    throw new AppError('source_rejected', 'The file is in UTF-32, which is not read; save it as UTF-8.');
  const evidence = 'It begins with a byte order mark.';
  if (starts(0xef, 0xbb, 0xbf)) return { ...sure('utf-8', evidence), bomBytes: 3 };
  if (starts(0xff, 0xfe)) return { ...sure('utf-16le', evidence), bomBytes: 2 };
  if (starts(0xfe, 0xff)) return { ...sure('utf-16be', evidence), bomBytes: 2 };
  return null;
}

/** Text in UTF-16 has zeros in every other byte, as far as it is ASCII, and its delimiters and line ends are. */
function asUtf16(bytes: Buffer): FoundEncoding | null {
  const zeros = [0, 0];
  for (const [index, byte] of bytes.entries()) if (byte === 0) zeros[index & 1] = (zeros[index & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const [more, fewer] = even > odd ? [even, odd] : [odd, even];
  if (more < bytes.length / 100 || more < fewer * 20 || more < 2) return null;
  const encoding = even > odd ? 'utf-16be' : 'utf-16le';
  const text = createDecoder(encoding).decode(bytes, { stream: true });
  if (text.includes('\uFFFD') || text.includes('\0')) return null;
  const evidence = `${more} of its bytes are zeros at ${even > odd ? 'even' : 'odd'} places, ${fewer} at others.`;
  return { encoding, confidence: 0.95, evidence, bomBytes: 0 };
}

function asAscii({ bytes, searched }: CsvSample): FoundEncoding {
  if (bytes.includes('\u001b$B') || bytes.includes('\u001b$@'))
    return { ...sure('iso-2022-jp', 'It has the escape sequences of ISO-2022-JP.'), confidence: 0.95, bomBytes: 0 };
  return {
    encoding: 'utf-8',
    confidence: searched ? 1 : 0.9,
    evidence: `${searched ? 'It' : 'What was searched of it'} is all ASCII, which most encodings read alike.`,
    bomBytes: 0,
  };
}

function asUtf8(bytes: Buffer): FoundEncoding | null {
  // A text of another encoding is hardly ever valid as UTF-8, the less the longer it is.
  const beyond = sequences(bytes);
  const found = { encoding: 'utf-8', bomBytes: 0 };
  const evidence = `All ${beyond} sequences of bytes beyond ASCII are UTF-8's.`;
  if (isUtf8(bytes)) return { ...found, confidence: rounded(1 - 0.2 / beyond), evidence };
  const broken = createDecoder('utf-8').decode(bytes).split('\uFFFD').length - 1;
  if (broken * 20 > beyond) return null;
  return {
    ...found,
    confidence: 0.8,
    evidence: `${beyond} sequences of bytes beyond ASCII are UTF-8's but for ${broken}.`,
  };
}

/** How often bytes beyond ASCII begin. */
function sequences(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte >= 0xc0) count += 1;
  return Math.max(1, count);
}

function withoutCutCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back);
  }
  return bytes;
}

interface Reading extends Fit {
  readonly encoding: string;
  readonly text: string;
}

function byWriting(bytes: Buffer): FoundEncoding {
  const judged = Buffer.concat([...linesBeyondAscii(bytes)]).subarray(0, BEYOND_BYTES);
  const readings: Reading[] = [];
  for (const { encoding, writings, prior } of CANDIDATES) {
    const text = createDecoder(encoding).decode(judged);
    readings.push({ encoding, text, ...fitOf(text, writings, prior) });
  }
  // The sort is stable: of equally good ones the usual encoding comes first.
  readings.sort((a, b) => b.score - a.score);
  const [best] = readings;
  if (best === undefined) throw new Error('there are no encodings to choose from');
  const second = readings.find(({ text }) => text !== best.text);
  const alike = readings.filter(({ encoding, text }) => encoding !== best.encoding && text === best.text);
  // By how many characters it is better; one or two may be chance.
  const lead = (best.score - (second?.score ?? 0)) * (best.characters + 2);
  const confidence = Math.max(0, Math.min(1, best.score)) * (1 - Math.exp(-lead * 0.7) / 2);
  const evidence =
    `Its ${best.characters} characters beyond ASCII fit ${best.writing} to ${percent(best.score)}` +
    (second === undefined ? '.' : `; the next best, ${second.encoding}, to ${percent(second.score)}.`) +
    (alike.length === 0 ? '' : ` As ${alike.map(({ encoding }) => encoding).join(', ')} it reads the same.`);
  return { encoding: best.encoding, confidence: rounded(confidence), evidence, bomBytes: 0 };
}

const rounded = (confidence: number): number => Math.round(confidence * 100) / 100;
const percent = (share: number): string => `${Math.max(0, Math.round(share * 100))} %`;
