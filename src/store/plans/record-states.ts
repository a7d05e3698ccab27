import type { Outcome } from '../../rows/decide.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { hashSql } from '../commit/field-sql.ts';
import { qualified } from '../identifier.ts';

/** What records held when a chunk first met them, by their ids: the hash over all of their fields, in hex. */
export class RecordStates {
  readonly #states = new Map<string, string>();
  readonly #byRow = new Map<number, string | null>();

  /** Looks up records that were not met before, and holds them against changes until the transaction ends. */
  async meet({ client, tenantId, spec }: ChunkContext, ids: readonly string[]): Promise<void> {
    const unmet = [...new Set(ids)].filter((id) => !this.#states.has(id));
    if (unmet.length === 0) return;
    const all = spec.fields.map(({ name }) => name);
    const { rows } = await client.query<[string, string]>({
      rowMode: 'array',
      text: `
        select "t"."id"::text, encode(${hashSql(spec, all, 't')}, 'hex') from ${qualified(spec.schema, spec.table)} as "t"
        where "t"."tenant_id" = $1 and "t"."id" = any($2::uuid[])
        order by "t"."created_at", "t"."id" for no key update`,
      values: [tenantId, unmet],
    });
    for (const [id, state] of rows) this.#states.set(id, state);
  }

  /** What a record held; null for one that was not there. */
  of(id: string | null): string | null {
    return id === null ? null : (this.#states.get(id) ?? null);
  }

  /** Remembers for each row what the record that it meets held. */
  settle(outcomes: readonly Outcome[]): void {
    for (const { candidate, targetId } of outcomes) this.#byRow.set(candidate.rowNumber, this.of(targetId));
  }

  /** What the record held that a row meets. */
  ofRow(rowNumber: number): string | null {
    return this.#byRow.get(rowNumber) ?? null;
  }

  /** Forgets the records: a rollback has let go of them. */
  release(): void {
    this.#states.clear();
  }
}
