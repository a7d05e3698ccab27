import type { FieldMistakes } from '../../domain/errors.ts';
import { IMPORTER_LIMITS, rulesFor } from '../../domain/importer.ts';
import type { FieldRule, ImporterField, ImporterMistake, ImporterParts, Scalar } from '../../domain/importer.ts';
import { toDate, toTimestamptz } from '../convert-time.ts';
import { toNumeric } from '../convert-number.ts';
import { valueOrder } from './value-order.ts';
import { datePattern } from './date-pattern.ts';
import { Fault } from './fault.ts';
import { foldName } from './fold-name.ts';
import { compilePattern } from './pattern.ts';
import { schemaReader } from './read-value.ts';
import type { ValueReader } from './read-value.ts';
import { valueRules } from './rules.ts';

const MAX_LENGTH_BOUND = 1_000_000;

/** Every mistake of an importer that its parts do not show by themselves. */
export function importerMistakes(parts: ImporterParts): ImporterMistake[] {
  const patterns = parts.fields.flatMap((field) => field?.validations.filter(({ rule }) => rule === 'regex') ?? []);
  if (patterns.length > IMPORTER_LIMITS.patterns) {
    return [mistake(['schema', 'fields'], `must not have more than ${IMPORTER_LIMITS.patterns} patterns.`)];
  }
  return [
    ...parts.fields.flatMap((field, index) =>
      (field === null ? [] : fieldMistakes(field)).map((mistake) => under(['schema', 'fields', index], mistake)),
    ),
    ...sharedNames(parts),
    ...namedFields(parts),
  ];
}

/** The same as sentences by their places. */
export function asFieldMistakes(mistakes: readonly ImporterMistake[]): FieldMistakes {
  const told = new Map<string, string[]>();
  for (const { path, message } of mistakes) {
    const place = path.join('.');
    told.set(place, [...(told.get(place) ?? []), `The ${place.replaceAll('_', ' ')} ${message}`]);
  }
  return Object.fromEntries(told);
}

function under(place: readonly (string | number)[], { path, message }: ImporterMistake): ImporterMistake {
  return { path: [...place, ...path], message };
}

function mistake(path: ImporterMistake['path'], message: string): ImporterMistake {
  return { path, message };
}

function fieldMistakes(field: ImporterField): ImporterMistake[] {
  const mistakes: ImporterMistake[] = [];
  if (field.type === 'enum' && field.values.length === 0)
    mistakes.push(mistake(['values'], 'must name what an enum may be.'));
  if (field.type !== 'enum' && field.values.length > 0) mistakes.push(mistake(['values'], 'belongs to an enum only.'));
  const seen = new Set<string>();
  field.values.forEach((value, index) => {
    if (seen.has(value)) mistakes.push(mistake(['values', index], 'is there twice.'));
    seen.add(value);
  });
  const reader = schemaReader(field);
  const broken = field.validations.flatMap((rule, index) => {
    const path = ['validations', index];
    if (!rulesFor(field.type).includes(rule.rule)) {
      return [
        under(path, mistake(['rule'], `asks nothing of a field of the type ${field.type}${instead(rule, field)}.`)),
      ];
    }
    if (rule.rule === 'date_format' && field.validations.findIndex((one) => one.rule === 'date_format') < index) {
      return [under(path, mistake(['rule'], 'is there twice.'))];
    }
    return ruleMistakes(rule, field, reader).map((one) => under(path, under(['value'], one)));
  });
  return [...mistakes, ...broken, ...(broken.length > 0 ? [] : [...crossed(field), ...defaultMistakes(field, reader)])];
}

/** What somebody may have meant. */
function instead({ rule }: FieldRule, { type }: ImporterField): string {
  const isText = rulesFor(type).includes('min_length');
  return (rule === 'min' || rule === 'max') && isText ? `; the length of a text is bounded by ${rule}_length` : '';
}

function ruleMistakes({ rule, value }: FieldRule, field: ImporterField, reader: ValueReader): ImporterMistake[] {
  switch (rule) {
    case 'regex':
      return textOr(value, compilePattern);
    case 'date_format':
      return textOr(value, datePattern);
    case 'min':
    case 'max':
      return boundOf(field, value) === null ? [mistake([], `must be a ${isDay(field) ? 'date' : 'number'}.`)] : [];
    case 'min_length':
    case 'max_length': {
      const isLength = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_LENGTH_BOUND;
      return isLength ? [] : [mistake([], `must be a whole number from 0 to ${MAX_LENGTH_BOUND}.`)];
    }
    case 'in':
      return listMistakes(value, reader);
    case 'email':
    case 'url':
    case 'unique':
      return [];
  }
}

function textOr(value: FieldRule['value'], compile: (text: string) => object): ImporterMistake[] {
  if (typeof value !== 'string' || value === '') return [mistake([], 'must be a text.')];
  const compiled = compile(value);
  return 'mistake' in compiled ? [mistake([], String(compiled.mistake))] : [];
}

function listMistakes(value: FieldRule['value'], reader: ValueReader): ImporterMistake[] {
  if (!Array.isArray(value) || value.length === 0) return [mistake([], 'must be a list of at least one value.')];
  if (value.length > IMPORTER_LIMITS.values)
    return [mistake([], `must not have more than ${IMPORTER_LIMITS.values} values.`)];
  return value.flatMap((one: Scalar, index) => {
    const read = reader.read(String(one));
    return read instanceof Fault ? [mistake([index], read.reason)] : [];
  });
}

function isDay({ type }: ImporterField): boolean {
  return type === 'date' || type === 'datetime';
}

/** The bound that a rule sets, as values are compared with it; null when it is none. */
function boundOf(field: ImporterField, value: FieldRule['value']): string | null {
  if (typeof value !== 'string' && (typeof value !== 'number' || isDay(field))) return null;
  const read = (isDay(field) ? (field.type === 'date' ? toDate : toTimestamptz) : toNumeric)(String(value));
  return typeof read === 'string' ? read : null;
}

/** Bounds that leave nothing between them. */
function crossed(field: ImporterField): ImporterMistake[] {
  const find = (name: FieldRule['rule']): number => field.validations.findIndex(({ rule }) => rule === name);
  const valueAt = (index: number): FieldRule['value'] => field.validations[index]?.value ?? null;
  const mistakes: ImporterMistake[] = [];
  const [min, max] = [find('min'), find('max')];
  const [low, high] = [boundOf(field, valueAt(min)), boundOf(field, valueAt(max))];
  if (low !== null && high !== null && valueOrder(field.type)(low, high) > 0) {
    mistakes.push(mistake(['validations', max, 'value'], `must not be less than the min, ${String(valueAt(min))}.`));
  }
  const [shortest, longest] = [find('min_length'), find('max_length')];
  if (shortest >= 0 && longest >= 0 && Number(valueAt(shortest)) > Number(valueAt(longest))) {
    const message = `must not be less than the min_length, ${String(valueAt(shortest))}.`;
    mistakes.push(mistake(['validations', longest, 'value'], message));
  }
  return mistakes;
}

function defaultMistakes(field: ImporterField, reader: ValueReader): ImporterMistake[] {
  if (field.default === null) return [];
  const read = reader.read(String(field.default));
  if (read instanceof Fault) return [mistake(['default'], read.reason)];
  const rules = valueRules(field);
  const fault = rules.map((rule) => rule.check(read, String(field.default))).find((found) => found !== null);
  return fault ? [mistake(['default'], fault.reason)] : [];
}

/** Names that two fields share, and aliases that two fields claim. */
function sharedNames({ fields }: ImporterParts): ImporterMistake[] {
  const names = new Set<string>();
  const claimed = new Map<string, string>();
  return fields.flatMap((field, index) => {
    if (field === null) return [];
    const mistakes: ImporterMistake[] = [];
    if (names.has(field.name))
      mistakes.push(mistake(['schema', 'fields', index, 'name'], 'is the name of another field.'));
    names.add(field.name);
    field.aliases.forEach((alias, at) => {
      const claimant = claimed.get(foldName(alias)) ?? field.name;
      if (claimant !== field.name) {
        mistakes.push(
          mistake(['schema', 'fields', index, 'aliases', at], `is an alias of the field ${claimant}, too.`),
        );
      }
      claimed.set(foldName(alias), claimant);
    });
    return mistakes;
  });
}

/** What names a field that is not there, or one that cannot serve. */
function namedFields({ fields, names, key, duplicates, newerBy, mapped }: ImporterParts): ImporterMistake[] {
  const mistakes: ImporterMistake[] = [];
  const typeOf = (name: string): string | null => fields.find((field) => field?.name === name)?.type ?? null;
  key.forEach((name, index) => {
    if (!names.includes(name))
      mistakes.push(mistake(['key', index], `names ${name}, which is no field of the schema.`));
    else if (key.indexOf(name) < index) mistakes.push(mistake(['key', index], 'is there twice.'));
    else if (typeOf(name) === 'json')
      mistakes.push(mistake(['key', index], 'names a field of JSON, which tells no records apart.'));
  });
  if (duplicates === 'update_if_newer' && newerBy === null) {
    mistakes.push(mistake(['newer_by'], 'must name the date or number that says which row is newer.'));
  }
  if (newerBy !== null && !names.includes(newerBy)) {
    mistakes.push(mistake(['newer_by'], `names ${newerBy}, which is no field of the schema.`));
  }
  const type = newerBy === null ? null : typeOf(newerBy);
  if (type !== null && !['date', 'datetime', 'integer', 'number'].includes(type)) {
    mistakes.push(mistake(['newer_by'], 'must name a field of dates or numbers.'));
  }
  for (const [column, name] of mapped) {
    if (!names.includes(name))
      mistakes.push(mistake(['mapping', column], `names ${name}, which is no field of the schema.`));
  }
  return mistakes;
}
