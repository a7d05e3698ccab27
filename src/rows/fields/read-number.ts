import { toInteger, toNumeric } from '../convert-number.ts';

/** Which character stands before the fraction. */
export type DecimalMark = '.' | ',';

/** A mark as a person is told of it. */
export const SHOWN_MARKS: Readonly<Record<DecimalMark, string>> = { '.': '1,234.56', ',': '1.234,56' };

/** A number as it is written, before it is known which mark stands before the fraction. */
export interface WrittenNumber {
  /** The sign that is kept: `-` or nothing. */
  readonly sign: '-' | '';
  /** Digits with their marks. */
  readonly body: string;
  /** `EUR`, or the sign that is written where it could be several; null for a bare number. */
  readonly currency: string | null;
}

const SYMBOLS = `US$=USD R$=BRL A$=AUD C$=CAD $ €=EUR £=GBP ¥ ₹=INR ₽=RUB ₩=KRW ₫=VND ₺=TRY ₴=UAH ₦=NGN ฿=THB zł=PLN
  Kč=CZK Rp.=IDR Rp=IDR RM=MYR kr Fr.=CHF`;
const CODES = `USD EUR GBP JPY CNY INR IDR MYR SGD THB VND PHP KRW HKD TWD AUD NZD CAD CHF SEK NOK DKK ISK PLN CZK HUF RON
  BGN UAH RUB TRY ILS SAR AED QAR KWD BHD OMR EGP ZAR NGN KES MAD BRL MXN ARS CLP COP PEN PKR BDT LKR`;
/** How currencies are written, and their codes (ISO 4217); a sign of several countries stands for itself. */
const CURRENCIES: readonly (readonly [written: string, code: string])[] = `${SYMBOLS} ${CODES}`
  .split(/\s+/u)
  .map((entry) => entry.split('='))
  .map(([written = '', code = written]) => [written, code]);

/** Digits and marks alone, as most numbers are. */
const BARE = /^-?\d[\d.,]*$/u;
const MINUS = /^[-\u2212]/u;
const MAX_LENGTH = 200_000;

/** Takes sign and currency off a number; null for what has anything else about it. No currency is more than one. */
export function writtenNumber(given: string): WrittenNumber | null {
  if (given.length > MAX_LENGTH) return null;
  if (BARE.test(given)) {
    const negative = given.startsWith('-');
    return { sign: negative ? '-' : '', body: negative ? given.slice(1) : given, currency: null };
  }
  let text = given.trim();
  let negative = false;
  if (text.startsWith('(') && text.endsWith(')')) {
    // As accountants write what is owed.
    text = text.slice(1, -1).trim();
    negative = true;
  }
  let currency: string | null = null;
  for (let part = 0; part < 2; part++) {
    const before: readonly [string, string] | undefined =
      currency === null ? CURRENCIES.find(([sign]) => text.startsWith(sign)) : undefined;
    if (before) {
      currency = before[1];
      text = text.slice(before[0].length).trimStart();
    }
    if (!negative && MINUS.test(text)) {
      negative = true;
      text = text.slice(1).trimStart();
    } else if (!negative && part === 0 && text.startsWith('+')) {
      text = text.slice(1).trimStart();
    }
  }
  const after = currency === null ? CURRENCIES.find(([sign]) => text.endsWith(sign)) : undefined;
  if (after) {
    currency = after[1];
    text = text.slice(0, -after[0].length).trimEnd();
  }
  // `12,50-` is negative, `12,-` a price without cents.
  if (!negative && /\d-$/u.test(text)) {
    negative = true;
    text = text.slice(0, -1);
  }
  const first = text.charCodeAt(0);
  const begins = (first >= 0x30 && first <= 0x39) || first === 0x2e || first === 0x2c;
  return begins ? { sign: negative ? '-' : '', body: text, currency } : null;
}

const PLAIN = /^\d*(?:[.,]\d*)?(?:[eE][+-]?\d{1,6})?$/u;
/** Groups of three, or as in India of two and a last of three; the group mark is the same throughout. */
const GROUPED = /^[1-9]\d{0,2}(?:([.,'’ \u00a0\u2009\u202f])\d{3})(?:\1\d{3})*$/u;
const INDIAN = /^[1-9]\d?(?:,\d{2})+,\d{3}$/u;

/** The number with a point before its fraction and nothing between its digits, or null when it is none by this mark. */
function readBody(body: string, mark: DecimalMark): string | null {
  const at = body.lastIndexOf(mark);
  const other = mark === '.' ? ',' : '.';
  if (!body.includes(other) && PLAIN.test(body)) return mark === '.' ? body : body.replace(',', '.');
  const whole = at < 0 ? body : body.slice(0, at);
  const fraction = at < 0 ? '' : body.slice(at + 1);
  if (!/^\d*$/u.test(fraction)) return null;
  const grouped = GROUPED.exec(whole);
  const fits = grouped !== null ? grouped[1] !== mark : mark === '.' && INDIAN.test(whole);
  if (!fits) return null;
  const digits = whole.replaceAll(/\D/gu, '');
  return at < 0 ? digits : `${digits}.${fraction}`;
}

/**
 * What a number is when such a mark stands before its fraction: an exact decimal as PostgreSQL prints it; null when it is
 * none then.
 * @param whole only whole numbers count
 */
export function numberBy({ sign, body }: WrittenNumber, mark: DecimalMark, whole: boolean): string | null {
  const text = readBody(body, mark);
  if (text === null) return null;
  const number = whole ? toInteger(sign + text) : toNumeric(sign + text);
  return typeof number === 'string' ? number : null;
}
