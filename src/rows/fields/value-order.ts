import type { ImporterFieldType } from '../../domain/importer.ts';

/** Which of two decimals is greater, exactly: below, at or above 0. Both as PostgreSQL prints a `numeric`. */
export function compareDecimals(left: string, right: string): number {
  const negative = left.startsWith('-');
  if (negative !== right.startsWith('-')) return negative ? -1 : 1;
  const order = compareMagnitudes(negative ? left.slice(1) : left, negative ? right.slice(1) : right);
  return negative ? 0 - order : order;
}

function compareMagnitudes(left: string, right: string): number {
  const [wholeLeft = '', fractionLeft = ''] = left.split('.');
  const [wholeRight = '', fractionRight = ''] = right.split('.');
  if (wholeLeft.length !== wholeRight.length) return wholeLeft.length - wholeRight.length;
  if (wholeLeft !== wholeRight) return wholeLeft < wholeRight ? -1 : 1;
  const length = Math.max(fractionLeft.length, fractionRight.length);
  const a = fractionLeft.padEnd(length, '0');
  const b = fractionRight.padEnd(length, '0');
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * Which of two values of a field is greater: below, at or above 0. Days and moments, as they are kept, are in the order of
 * their letters; so is everything that is no number.
 */
export function valueOrder(type: ImporterFieldType): (left: string, right: string) => number {
  if (type === 'integer' || type === 'number') return compareDecimals;
  return (left, right) => (left === right ? 0 : left < right ? -1 : 1);
}
