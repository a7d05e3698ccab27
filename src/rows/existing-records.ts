import type { ModeConfig } from '../domain/job.ts';
import type { RowIssue } from '../domain/record.ts';
import type { TargetSpec } from '../domain/target.ts';
import type { Candidate } from './candidate.ts';
import { compareDecimals } from './fields/value-order.ts';
import type { Contents } from './row-contents.ts';
import { shorten } from './shorten.ts';

/** Whether records that exist are left as they are. */
export function keepsRecords(mode: ModeConfig): boolean {
  return mode.skipDuplicates || mode.importMode === 'create';
}

/** Whether it matters to what becomes of a row that it is a duplicate. */
export function changesByMatch(mode: ModeConfig): boolean {
  return keepsRecords(mode) || mode.updateDuplicates || mode.importMode === 'update';
}

/** What a mode demands of a row that meets the record it is. */
export interface ExistingRule {
  /** Why the row fails; null where it may go on. */
  readonly refusal: ((row: Candidate) => RowIssue) | null;
  /** Whether the row is newer than what the record holds; an older one, or one that is as old, changes nothing. */
  readonly isNewer: (row: Candidate, record: Contents) => boolean;
}

/** What `mode.existing` demands of rows of a target; null when it demands nothing. */
export function existingRule({ existing }: ModeConfig, { fields }: Pick<TargetSpec, 'fields'>): ExistingRule | null {
  if (!existing) return null;
  if (existing.rule === 'fail') {
    const { key } = existing;
    return { refusal: ({ identifier }) => takenIssue(key, identifier), isNewer: () => false };
  }
  const place = fields.findIndex(({ name }) => name === existing.newerBy);
  const order = existing.byNumber ? compareDecimals : compareTexts;
  return {
    refusal: null,
    isNewer: (row, record) => {
      const [given, held] = [row.values[place] ?? null, record.values[place] ?? null];
      return given !== null && (held === null || order(given, held) > 0);
    },
  };
}

/** A row whose key is there already. */
export function takenIssue(key: readonly string[], value: string | null): RowIssue {
  const [field = null] = key.length === 1 ? key : [];
  const message = `Duplicate entry found for key '${key.join(', ')}'.`;
  return { field, code: 'duplicate', message, value: value === null ? null : shorten(value), fatal: true };
}

/** Days and moments, as they are kept, are in the order of their letters. */
function compareTexts(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
