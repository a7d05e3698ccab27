import { monthOf } from './month-names.ts';
import { fullYear, hourOfHalf, isoDay, MAX_DATE_LENGTH } from './read-date.ts';

/** A form in which days are written: `YYYY-MM-DD`, `DD.MM.YY HH:mm`, or in strftime's letters `%d/%m/%Y`. */
export interface DatePattern {
  /** As it was given. */
  readonly text: string;
  /** The day and the time after it, as `timeValue` takes them; null for what has another form. */
  read(given: string): { readonly day: string; readonly time: string } | null;
}

type Part = 'year' | 'month' | 'name' | 'day' | 'hour' | 'hour12' | 'minute' | 'second' | 'fraction' | 'half' | 'zone';

const TWO = '(\\d{2})';
const ONE_OR_TWO = '(\\d{1,2})';
const WORD = '(\\p{L}{3,12})\\.?';
const ZONE = '(Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?)';

type Token = readonly [part: Part, pattern: string];

/** As day.js, Moment, Java and Excel write forms; longer ones first. */
const LETTERS: readonly (readonly [token: string, ...Token])[] = [
  ['YYYY', 'year', '(\\d{4})'],
  ['YY', 'year', TWO],
  ['MMMM', 'name', WORD],
  ['MMM', 'name', WORD],
  ['MM', 'month', TWO],
  ['M', 'month', ONE_OR_TWO],
  ['DD', 'day', TWO],
  ['D', 'day', ONE_OR_TWO],
  ['HH', 'hour', TWO],
  ['H', 'hour', ONE_OR_TWO],
  ['hh', 'hour12', TWO],
  ['h', 'hour12', ONE_OR_TWO],
  ['mm', 'minute', TWO],
  ['m', 'minute', ONE_OR_TWO],
  ['ss', 'second', TWO],
  ['s', 'second', ONE_OR_TWO],
  ['SSSSSS', 'fraction', '(\\d{1,6})'],
  ['SSS', 'fraction', '(\\d{1,6})'],
  ['A', 'half', '([AaPp]\\.?[Mm]\\.?)'],
  ['a', 'half', '([AaPp]\\.?[Mm]\\.?)'],
  ['ZZ', 'zone', ZONE],
  ['Z', 'zone', ZONE],
];

/** Those of C's strftime and strptime (POSIX), which take a number with or without its leading zero. */
const PERCENT: Readonly<Record<string, readonly Token[] | string>> = {
  Y: [['year', '(\\d{4})']],
  y: [['year', TWO]],
  m: [['month', ONE_OR_TWO]],
  d: [['day', ONE_OR_TWO]],
  e: [['day', ' ?(\\d{1,2})']],
  b: [['name', WORD]],
  B: [['name', WORD]],
  h: [['name', WORD]],
  H: [['hour', ONE_OR_TWO]],
  I: [['hour12', ONE_OR_TWO]],
  M: [['minute', ONE_OR_TWO]],
  S: [['second', ONE_OR_TWO]],
  f: [['fraction', '(\\d{1,6})']],
  p: [['half', '([AaPp]\\.?[Mm]\\.?)']],
  z: [['zone', ZONE]],
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  '%': [],
};

/** Reads a form of dates; a sentence when it is none. */
export function datePattern(text: string): DatePattern | { readonly mistake: string } {
  if (text.length > MAX_DATE_LENGTH) return { mistake: `must not be longer than ${MAX_DATE_LENGTH} characters.` };
  const parts: Part[] = [];
  const source = text.includes('%') ? percentSource(text, parts) : letterSource(text, parts);
  if (typeof source !== 'string') return source;
  const months = parts.filter((part) => part === 'month' || part === 'name');
  const once = (part: Part): boolean => parts.filter((one) => one === part).length === 1;
  if (!once('year') || months.length !== 1 || !once('day') || new Set(parts).size < parts.length) {
    return { mistake: 'must name year, month and day once each, such as YYYY-MM-DD or %d/%m/%Y.' };
  }
  const expression = new RegExp(`^${source}$`, 'u');
  return {
    text,
    read(given) {
      const trimmed = given.trim();
      const found = trimmed.length > MAX_DATE_LENGTH ? null : expression.exec(trimmed);
      if (!found) return null;
      const values = new Map(parts.map((part, index) => [part, found[index + 1] ?? '']));
      const month = values.has('name') ? monthOf(values.get('name') ?? '') : Number(values.get('month'));
      const time = timeFrom(values);
      if (month === null || time === null) return null;
      return { day: isoDay(fullYear(values.get('year') ?? ''), String(month), values.get('day') ?? ''), time };
    },
  };
}

function timeFrom(values: ReadonlyMap<Part, string>): string | null {
  const twelve = values.get('hour12');
  const half = values.get('half');
  const hour =
    twelve === undefined || half === undefined ? (values.get('hour') ?? twelve) : hourOfHalf(Number(twelve), half);
  if (hour === null) return null;
  if (hour === undefined) return '';
  const two = (value: string | undefined): string => (value ?? '0').padStart(2, '0');
  const fraction = values.get('fraction');
  const zone = values.get('zone') ?? '';
  const clock = `${two(String(hour))}:${two(values.get('minute'))}:${two(values.get('second'))}`;
  return ` ${clock}${fraction === undefined ? '' : `.${fraction}`}${/^[UG]/u.test(zone) ? 'Z' : zone}`;
}

function percentSource(text: string, parts: Part[]): string | { readonly mistake: string } {
  let source = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character !== '%') {
      source += literal(character);
      continue;
    }
    at++;
    // glibc's and Python's way to say "without the leading zero"; reading takes both anyway.
    if (text[at] === '-' || text[at] === '#') at++;
    const letter = text[at] ?? '';
    const token = Object.hasOwn(PERCENT, letter) ? PERCENT[letter] : undefined;
    if (token === undefined) return { mistake: `has %${letter}, which is no part of a date here.` };
    if (typeof token === 'string') {
      const inner = percentSource(token, parts);
      if (typeof inner !== 'string') return inner;
      source += inner;
    } else if (letter === '%') source += '%';
    for (const [part, pattern] of typeof token === 'string' ? [] : token) {
      parts.push(part);
      source += pattern;
    }
  }
  return source;
}

function letterSource(given: string, parts: Part[]): string | { readonly mistake: string } {
  let rest = inCapitals(given);
  let source = '';
  while (rest !== '') {
    const quoted = /^\[([^\]]*)\]|^'([^']*)'/u.exec(rest);
    if (quoted) {
      for (const character of quoted[1] ?? quoted[2] ?? '') source += literal(character);
      rest = rest.slice(quoted[0].length);
      continue;
    }
    const token = LETTERS.find(([letters]) => rest.startsWith(letters));
    const first = rest[0] ?? '';
    if (token) {
      parts.push(token[1]);
      source += token[2];
    } else if (/\p{L}/u.test(first) && first !== 'T') {
      return { mistake: `has "${first}", which is no part of a date here.` };
    } else source += literal(first);
    rest = rest.slice(token ? token[0].length : 1);
  }
  return source;
}

/** Years and days in capitals; `mm` is the month where nothing else is, as in `dd/mm/yyyy`. */
function inCapitals(text: string): string {
  const capitals = text.replaceAll(/\[[^\]]*\]|'[^']*'|[yd]/gu, (part) =>
    part.length === 1 ? part.toUpperCase() : part,
  );
  return capitals.includes('M') ? capitals : capitals.replace(/m{1,4}/u, (months) => months.toUpperCase());
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
}
