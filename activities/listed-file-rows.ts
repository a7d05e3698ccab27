import type { Draft } from '../src/rows/candidate.ts';
import { readCsv } from '../src/sources/csv/read-csv.ts';
import { tableBytes } from '../src/sources/csv/table-reading.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { nextListedRows } from '../src/store/queries/retry-rows.ts';
import { MAX_CHUNK_SIZE } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { filePlanOf, mapperOf } from './read-file.ts';

/** Numbers of rows that are looked up at once. */
const PAGE = 10_000;

/**
 * Reads the rows on a retry's list from the file once more, by their numbers, in one pass that leaves out the ranges in
 * which there are none.
 */
export async function* readListedFileRows(
  deps: ActivityDeps,
  part: JobPart,
  claim: Pick<PartitionClaim, 'jobNumber' | 'targetOrdinal' | 'position'>,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const plan = filePlanOf(part);
  const map = mapperOf(part);
  const list = new ListedNumbers(deps, claim);
  let chunk: { drafts: Draft[]; rowNumbers: number[]; size: number } = { drafts: [], rowNumbers: [], size: 0 };
  const taken = (): DraftBatch => {
    const batch = { ...chunk, position: { key: [String(chunk.rowNumbers.at(-1) ?? 0)], ordinal: 1 } };
    chunk = { drafts: [], rowNumbers: [], size: 0 };
    return batch;
  };
  for (const range of plan.ranges) {
    const next = await list.next();
    if (next === null) break;
    if (next > range.rowBase + range.rows) continue;
    let before = range.rowBase;
    for await (const batch of readCsv(tableBytes(deps.files.storage, plan), plan.format, range, null, signal)) {
      const last = before + batch.rows.length;
      let wanted = await list.next();
      if (wanted === null) break;
      const drafts = wanted > last ? [] : map(batch.rows, batch.issues);
      for (; wanted !== null && wanted <= last; wanted = await list.next()) {
        const draft = drafts[wanted - before - 1];
        if (draft) {
          chunk.drafts.push(draft);
          chunk.rowNumbers.push(wanted);
          chunk.size += draft.end - draft.start;
        }
        list.taken();
      }
      before = last;
      if (chunk.drafts.length >= part.job.options.batchSize || chunk.size >= MAX_CHUNK_SIZE) yield taken();
    }
  }
  if (chunk.drafts.length > 0) yield taken();
}

/** The numbers on a retry's list, ascending, a page at a time. */
class ListedNumbers {
  readonly #deps: ActivityDeps;
  readonly #list: { readonly jobNumber: number; readonly targetOrdinal: number };
  #after: number;
  #page: readonly number[] = [];
  #at = 0;
  #ended = false;

  constructor(
    deps: ActivityDeps,
    { jobNumber, targetOrdinal, position }: Pick<PartitionClaim, 'jobNumber' | 'targetOrdinal' | 'position'>,
  ) {
    this.#deps = deps;
    this.#list = { jobNumber, targetOrdinal };
    this.#after = Number(position?.key[0] ?? 0);
  }

  /** The next number, which stays the next until it is taken; null when there is none. */
  async next(): Promise<number | null> {
    if (this.#at >= this.#page.length && !this.#ended) {
      const rows = await nextListedRows(this.#deps.orm.em.fork(), { ...this.#list, after: this.#after, limit: PAGE });
      this.#page = rows.map(({ rowNumber }) => rowNumber);
      this.#at = 0;
      this.#after = this.#page.at(-1) ?? this.#after;
      this.#ended = this.#page.length === 0;
    }
    return this.#page[this.#at] ?? null;
  }

  taken(): void {
    this.#at++;
  }
}
