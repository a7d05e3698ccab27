import type { Likeness } from '../../rows/likeness.ts';

/** What was decided of some rows, and the record that it is about where there is one. */
interface RowsResult extends Omit<Likeness, 'targetId'> {
  readonly rowKeys: readonly string[];
  readonly recordId: string | null;
}

/**
 * What a match pass has decided of rows, in the process that has done it: the same that is written down for whoever goes on
 * elsewhere. That a record is still there has to be looked at each time.
 */
export class ResultsInHand {
  readonly #byRow = new Map<string, Omit<Likeness, 'targetId'>>();
  /** The records that groups are. */
  readonly #records = new Map<string, string>();

  add(results: readonly RowsResult[]): void {
    for (const { rowKeys, group, recordId, review, matched } of results) {
      if (recordId !== null) this.#records.set(group, recordId);
      for (const rowKey of rowKeys) this.#byRow.set(rowKey, { group, review, matched });
    }
  }

  /** What was decided of rows, by their keys; those that are nobody's like are left out. */
  of(rowKeys: readonly string[]): Map<string, Likeness> {
    const found = new Map<string, Likeness>();
    for (const rowKey of rowKeys) {
      const result = this.#byRow.get(rowKey);
      if (result) found.set(rowKey, { ...result, targetId: this.#records.get(result.group) ?? null });
    }
    return found;
  }

  /** Remembers which records groups have become. */
  become(groups: ReadonlyMap<string, string>): void {
    for (const [group, recordId] of groups) this.#records.set(group, recordId);
  }
}
