import type { FieldRule, ImporterField, ImporterFieldType, RuleName, Scalar } from '../../domain/importer.ts';
import { absurd } from '../../domain/errors.ts';
import { toDate, toTimestamptz } from '../convert-time.ts';
import { toNumeric } from '../convert-number.ts';
import { valueOrder } from './value-order.ts';
import { datePattern } from './date-pattern.ts';
import { isEmail, isPlainEmail } from './email.ts';
import { Fault } from './fault.ts';
import { compilePattern, MAX_MATCHED_LENGTH } from './pattern.ts';
import { isPlainInteger, numberOf } from './plain-bytes.ts';
import { doesNotMatch } from './read-day.ts';
import { mustBeOneOf, MUST_BE_EMAIL, MUST_BE_URL, schemaReader } from './read-value.ts';
import { isPlainUrl, isUrl } from './url.ts';

/** A rule that values of a field keep. */
export interface ValueRule {
  /** Whether bytes that plainly are a value of the field plainly keep the rule, too; false says nothing. */
  readonly plain: (bytes: Buffer, start: number, length: number) => boolean;
  /**
   * What is wrong with a value, or null.
   * @param value as it is kept
   * @param text what the file has, without blanks around it where they do not belong to the value
   */
  readonly check: (value: string, text: string) => Fault | null;
}

/** Digits whose number is exact as a number. */
const EXACT_DIGITS = 15;

/** The rules of a field that look at one value; that a value is unique is another's to find out. */
export function valueRules(field: ImporterField): ValueRule[] {
  return field.validations.flatMap((one) => {
    const rule = valueRule(one, field);
    if (rule === null) return [];
    const { check, plain } = rule;
    if (one.errorMessage === null) return [rule];
    return [{ plain, check: (value: string, text: string) => check(value, text)?.told(one.errorMessage) ?? null }];
  });
}

/** Whether a rule asks what values of a type are anyway, so that reading them answers it. */
export function isOwnRule(rule: RuleName, type: ImporterFieldType): boolean {
  return rule === type || (rule === 'date_format' && type !== 'string');
}

function valueRule({ rule, value }: FieldRule, field: ImporterField): ValueRule | null {
  if (isOwnRule(rule, field.type)) return null;
  switch (rule) {
    case 'email':
      return textRule(isPlainEmail, (text) => isEmail(text.trim()), MUST_BE_EMAIL);
    case 'url':
      return textRule(isPlainUrl, (text) => isUrl(text.trim()), MUST_BE_URL);
    case 'regex':
      return regexRule(String(value));
    case 'min':
    case 'max':
      return boundRule(rule, field, String(value));
    case 'min_length':
    case 'max_length':
      return lengthRule(rule, Number(value));
    case 'in':
      return listRule(field, Array.isArray(value) ? value : [value]);
    case 'date_format':
      return formatRule(String(value));
    case 'unique':
      return null;
    default:
      return absurd(rule);
  }
}

function textRule(plain: ValueRule['plain'], fits: (text: string) => boolean, fault: Fault): ValueRule {
  return { plain, check: (_, text) => (fits(text) ? null : fault) };
}

function regexRule(source: string): ValueRule {
  const pattern = compilePattern(source);
  if ('mistake' in pattern) throw new Error(`the pattern ${source} ${pattern.mistake}`);
  return textRule(
    (bytes, start, length) =>
      length <= MAX_MATCHED_LENGTH && pattern.test(bytes.toString('utf8', start, start + length)),
    (text) => text.length <= MAX_MATCHED_LENGTH && pattern.test(text),
    new Fault('invalid_format', 'format is invalid.', source),
  );
}

function formatRule(text: string): ValueRule {
  const pattern = datePattern(text);
  if ('mistake' in pattern) throw new Error(`the date_format ${text} ${pattern.mistake}`);
  const fault = doesNotMatch(pattern);
  const fits = (given: string): boolean => {
    const found = pattern.read(given);
    return found !== null && typeof toTimestamptz(found.day + found.time) === 'string';
  };
  return textRule(() => false, fits, fault);
}

/** Characters as people count them, whole code points, whatever they take in memory. */
function lengthRule(rule: 'min_length' | 'max_length', bound: number): ValueRule {
  const characters = `${bound} ${bound === 1 ? 'character' : 'characters'}`;
  if (rule === 'min_length') {
    return {
      // No character takes more than four bytes.
      plain: (_, __, length) => length >= bound * 4 || (bound <= 1 && length >= bound),
      check: (_, text) =>
        lengthOf(text) >= bound ? null : new Fault('invalid_format', `must be at least ${characters}.`),
    };
  }
  return {
    plain: (_, __, length) => length <= bound,
    check: (_, text) =>
      lengthOf(text) <= bound ? null : new Fault('invalid_format', `must not be greater than ${characters}.`),
  };
}

function lengthOf(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length - 1; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs;
}

function boundRule(rule: 'min' | 'max', field: ImporterField, given: string): ValueRule {
  const isDay = field.type === 'date' || field.type === 'datetime';
  const bound = isDay ? (field.type === 'date' ? toDate : toTimestamptz)(given) : toNumeric(given);
  if (typeof bound !== 'string') throw new Error(`the ${rule} of ${field.name} ${bound.reason}`);
  const sign = rule === 'min' ? 1 : -1;
  const order = valueOrder(field.type);
  const words = isDay
    ? `must be a date ${rule === 'min' ? 'after' : 'before'} or equal to ${given}.`
    : `must ${rule === 'min' ? 'be at least' : 'not be greater than'} ${given}.`;
  const fault = new Fault('out_of_range', words, `${rule === 'min' ? '≥' : '≤'} ${given}`);
  const exact = Number(bound);
  return {
    plain: (bytes, start, length) => {
      if (isDay || length > EXACT_DIGITS || !isPlainInteger(bytes, start, length)) return false;
      const negative = bytes[start] === 0x2d;
      const number = numberOf(bytes, negative ? start + 1 : start, start + length);
      return ((negative ? -number : number) - exact) * sign > 0;
    },
    check: (value) => (order(value, bound) * sign >= 0 ? null : fault),
  };
}

function listRule(field: ImporterField, list: readonly Scalar[]): ValueRule {
  const reader = schemaReader(field);
  const isNumber = field.type === 'integer' || field.type === 'number';
  const known = new Set(
    list.map((one) => {
      const read = reader.read(String(one));
      return typeof read === 'string' && isNumber ? withoutZeros(read) : typeof read === 'string' ? read : String(one);
    }),
  );
  const fault = mustBeOneOf(list.map(String));
  return {
    plain: (bytes, start, length) => known.has(bytes.toString('utf8', start, start + length)),
    check: (value) => (known.has(isNumber ? withoutZeros(value) : value) ? null : fault),
  };
}

function withoutZeros(number: string): string {
  return number.includes('.') ? number.replace(/\.?0+$/u, '') : number;
}
