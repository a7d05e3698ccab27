import { Misfit } from './misfit.ts';

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const INT8_MAX = 9_223_372_036_854_775_807n;
const INT8_MIN = -9_223_372_036_854_775_808n;

/** Digits PostgreSQL's numeric takes before and after the point (documentation, "Numeric Types"). */
const MAX_BEFORE_POINT = 131_072;
const MAX_AFTER_POINT = 16_383;

/** A few characters must not become a hundred thousand digits in each of many rows. */
const MAX_EXPONENT = 9_999;

const TOO_LONG = new Misfit('out_of_range', 'has more digits than a number may have.');

/**
 * An exact decimal as PostgreSQL prints a `numeric`: no plus sign, no leading zeros, no exponent; trailing zeros are
 * kept as they came, because `1.50` and `1.5` are different evidence.
 */
export function toNumeric(value: string): string | Misfit {
  const parts = NUMBER.exec(value.trim());
  const whole = parts?.[2] ?? '';
  const fraction = parts?.[3] ?? '';
  if (!parts || whole.length + fraction.length === 0) {
    const special = /^[+-]?(nan|inf|infinity)$/i.test(value.trim());
    return special
      ? new Misfit('out_of_range', 'must be a finite number.')
      : new Misfit('invalid_format', 'must be a number.');
  }
  const exponent = Number(parts[4] ?? 0);
  if (Math.abs(exponent) > MAX_EXPONENT) return TOO_LONG;
  const [before, after] = shift(whole, fraction, exponent);
  const digits = before.replace(/^0+(?=\d)/, '') || '0';
  if (digits.length > MAX_BEFORE_POINT || after.length > MAX_AFTER_POINT) return TOO_LONG;
  const text = after.length > 0 ? `${digits}.${after}` : digits;
  return parts[1] === '-' && /[1-9]/.test(text) ? `-${text}` : text;
}

/** Moves the decimal point by an exponent. */
function shift(whole: string, fraction: string, exponent: number): [before: string, after: string] {
  if (exponent === 0) return [whole, fraction];
  if (exponent > 0) {
    const moved = fraction.slice(0, exponent).padEnd(exponent, '0');
    return [whole + moved, fraction.slice(exponent)];
  }
  const padded = whole.padStart(-exponent, '0');
  const cut = padded.length + exponent;
  return [padded.slice(0, cut), padded.slice(cut) + fraction];
}

/** A whole number of 64 bits; a fraction of nothing but zeros is accepted, any other is not rounded. */
export function toInteger(value: string): string | Misfit {
  const number = toNumeric(value);
  if (typeof number !== 'string') return number;
  const [whole = '', fraction = ''] = number.split('.');
  if (/[^0]/.test(fraction)) return new Misfit('invalid_format', 'must be a whole number.');
  if (whole.length > 20) return new Misfit('out_of_range', 'must fit into 64 bits.');
  const integer = BigInt(whole);
  if (integer > INT8_MAX || integer < INT8_MIN) return new Misfit('out_of_range', 'must fit into 64 bits.');
  return integer.toString();
}
