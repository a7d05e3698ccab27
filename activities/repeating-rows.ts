import type { FileOrigin } from '../src/domain/import-file.ts';
import type { RowBlock } from '../src/domain/row-block.ts';
import { takenIssue } from '../src/rows/existing-records.ts';
import type { RowFaults } from '../src/rows/fields/compile-fields.ts';
import { repeatedIssue } from '../src/rows/fields/field-issue.ts';
import type { CsvBatch } from '../src/sources/csv/read-csv.ts';
import { KEY, repeatingRowsAfter } from '../src/store/queries/jobs/repeated-values.ts';
import type { RepeatingRow } from '../src/store/queries/jobs/repeated-values.ts';
import { AscendingRows } from './ascending-rows.ts';
import type { ActivityDeps } from './deps.ts';
import type { FilePlan } from './file-plan.ts';

/**
 * Says of rows of a file, as they are read, which of their values earlier rows have, too: that was found out for the
 * whole file when it was planned. Batches come in the order of the file.
 */
export class RepeatingRows {
  readonly #rows: AscendingRows<RepeatingRow> | null;
  /** Of the schema by which the file was planned. */
  readonly #names: readonly string[];
  readonly #key: readonly string[];
  readonly #fields: FileOrigin['fields'];
  readonly #columns: FilePlan['columns'];

  constructor(
    { orm }: Pick<ActivityDeps, 'orm'>,
    { fields, key }: Pick<FileOrigin, 'fields' | 'key'>,
    { columns, repeatsOf }: Pick<FilePlan, 'columns' | 'repeatsOf'>,
  ) {
    this.#rows =
      repeatsOf === undefined
        ? null
        : new AscendingRows((after, limit) => repeatingRowsAfter(orm.em.fork(), repeatsOf.jobNumber, after, limit));
    this.#names = repeatsOf?.fields ?? [];
    this.#fields = fields;
    this.#key = key;
    this.#columns = columns;
  }

  /**
   * What is wrong with rows of a batch, what they repeat included, by their place in it.
   * @param before rows of the file before the batch
   */
  async joined({ rows, issues }: CsvBatch, before: number): Promise<RowFaults> {
    const repeating = (await this.#rows?.between(before, before + rows.length)) ?? [];
    if (repeating.length === 0) return issues;
    const all = new Map(issues);
    for (const { rowNumber, fields: places } of repeating) {
      const at = rowNumber - before - 1;
      const told = places.flatMap((place) => {
        if (place === KEY) return [takenIssue(this.#key, this.#keyValue(rows, at))];
        const index = this.#fields.findIndex(({ name }) => name === this.#names[place]);
        const field = this.#fields[index];
        const column = this.#columns[index] ?? null;
        const value = (column === null ? null : rows.value(at, column)) ?? String(field?.default ?? '');
        return field === undefined ? [] : [repeatedIssue(field, value)];
      });
      all.set(at, [...(all.get(at) ?? []), ...told]);
    }
    return all;
  }

  #keyValue(rows: RowBlock, at: number): string | null {
    const [name] = this.#key;
    const column = this.#columns[this.#fields.findIndex((field) => field.name === name)] ?? null;
    return column === null || this.#key.length > 1 ? null : rows.value(at, column);
  }
}
