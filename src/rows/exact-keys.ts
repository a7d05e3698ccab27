import type { TargetSpec } from '../domain/target.ts';

/** Fields whose values, taken together and normalised, say that two rows are the same thing. */
export interface ExactKey {
  readonly fields: readonly string[];
  /** Indexes of the fields in a row's values. */
  readonly indexes: readonly number[];
}

/**
 * The keys of exact duplicate detection. A field that identifies by itself (an e-mail, a phone) is a key of its own; the
 * others count only together, since a first name alone would merge strangers. `external_id` is no key here: it means
 * something within its own source only, where it is the row's identity already.
 */
export function exactKeys(spec: TargetSpec, primaryFields: readonly string[]): ExactKey[] {
  const chosen = spec.fields.flatMap((field, index) =>
    primaryFields.includes(field.name) && field.name !== 'external_id' && field.hidden !== true
      ? [{ field, index }]
      : [],
  );
  const alone = chosen.filter(({ field }) => field.identifying === true);
  const together = chosen.filter(({ field }) => field.identifying !== true);
  return [...alone.map((one) => [one]), ...(together.length > 0 ? [together] : [])].map((group) => ({
    fields: group.map(({ field }) => field.name),
    indexes: group.map(({ index }) => index),
  }));
}

/** The normalised text of a key in a row, or null when one of its fields is empty: nothing equals an empty value. */
export function exactKeyOf(key: ExactKey, values: readonly (string | null)[]): string | null {
  const parts = key.indexes.map((index) => normaliseExact(values[index] ?? ''));
  return parts.includes('') ? null : parts.join('\u001f');
}

/** What counts as a blank, as the body of a bracket expression that regular expressions of both languages understand. */
export const BLANKS = String.raw`\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;

const RUN_OF_BLANKS = new RegExp(`[${BLANKS}]+`, 'g');

/**
 * Equality that case, outer blanks and repeated blanks do not disturb; `normalisedSql` says the same in SQL. Both forms
 * of the small sigma are one: where a word ends is told differently by different programs.
 */
export function normaliseExact(value: string): string {
  return value.replaceAll(RUN_OF_BLANKS, ' ').trim().toLowerCase().replaceAll('ς', 'σ');
}
