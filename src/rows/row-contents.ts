import type { Candidate } from './candidate.ts';
import type { Contents, DecisionRules } from './decide.ts';
import { holdsEmpty, packRow, rowHash } from './packed-row.ts';

/** The hash of what a row leaves of a record where that is not the row's own. */
export function afterHashOf(candidate: Candidate, contents: Contents): string | null {
  if (contents === candidate) return null;
  const written = rowHash(packRow(contents.values));
  return written === candidate.hash ? null : written;
}

/** A record with what a row adds to it: empty values leave what is there, and it keeps belonging to who made it. */
export function merged(
  { values }: Candidate,
  before: Contents,
  { identity, adds }: Pick<DecisionRules, 'identity' | 'adds'>,
): Contents {
  const kept = (value: string | null, index: number): boolean =>
    value === null || (value === '' && !adds) || identity.includes(index);
  return {
    values: values.map((value, index) => (kept(value, index) ? (before.values[index] ?? null) : value || null)),
    hash: before.hash,
  };
}

/** What a row that may empty fields says of a record that it makes. */
export function withoutEmptied(candidate: Candidate): Contents {
  const { bytes, start, end } = candidate.packed;
  if (!holdsEmpty(bytes, start, end)) return candidate;
  return { values: candidate.values.map((value) => value || null), hash: candidate.hash };
}
