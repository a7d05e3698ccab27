import type { Candidate } from './candidate.ts';
import { holdsEmpty, packRow, rowHash } from './packed-row.ts';

/** What a record holds: the values of the fields the job writes (null for the others), and its source hash. */
export interface Contents {
  readonly values: readonly (string | null)[];
  readonly hash: string | null;
}

/** How a row is merged into a record that is there. */
export interface MergeRules {
  /** Indexes of the fields that say whose record it is: a row that is merged into it leaves them alone. */
  readonly identity: readonly number[];
  /**
   * A record is known by its id, whoever brought it: nothing has to be remembered of that, and a row adds to what the
   * record holds. What it does not give (null) stays; what it gives as an empty text is emptied.
   */
  readonly adds: boolean;
}

/** The hash of what a row leaves of a record where that is not the row's own. */
export function afterHashOf(candidate: Candidate, contents: Contents): string | null {
  if (contents === candidate) return null;
  const written = rowHash(packRow(contents.values));
  return written === candidate.hash ? null : written;
}

/** A record with what a row adds to it: empty values leave what is there, and it keeps belonging to who made it. */
export function merged({ values }: Candidate, before: Contents, { identity, adds }: MergeRules): Contents {
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
