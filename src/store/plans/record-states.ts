import type { PoolClient } from 'pg';
import type { Outcome } from '../../rows/decide.ts';
import { hashSql } from '../commit/field-sql.ts';
import { isOwn } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { wholeHashSql } from '../own/own-sql.ts';
import { recordsSql } from '../records-sql.ts';

/** What a record holds, by column. */
export type Image = Readonly<Record<string, string | null>>;

interface Table {
  readonly client: PoolClient;
  readonly tenantId: string;
  readonly spec: TargetSpec;
}

/** What records held when a chunk first met them, by their ids: the hash over all of their fields, in hex. */
export class RecordStates {
  /** In the order in which they were met; null for records that the chunk makes. */
  readonly #states = new Map<string, string | null>();
  readonly #byRow = new Map<number, string | null>();
  readonly #afterRow = new Map<number, Image>();

  /** Looks up records that were not met before, and holds them against changes until the transaction ends. */
  async meet({ client, tenantId, spec }: Table, ids: readonly string[]): Promise<void> {
    const unmet = [...new Set(ids)].filter((id) => !this.#states.has(id));
    if (unmet.length === 0) return;
    const { from, id, mine } = recordsSql(spec);
    // Of a table of somebody else's also what nobody can map.
    const state = isOwn(spec)
      ? wholeHashSql('t')
      : hashSql(
          spec,
          spec.fields.map(({ name }) => name),
          't',
        );
    const { rows } = await client.query<[string, string]>({
      rowMode: 'array',
      text: `
        select ${id}::text, encode(${state}, 'hex') from ${from}
        where ${mine('$1')} and ${id} = any($2::uuid[])
        order by ${isOwn(spec) ? '"l"' : '"t"'}."created_at", ${id} for no key update of "t"`,
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
    for (const { candidate, action, targetId } of outcomes) {
      this.#byRow.set(candidate.rowNumber, this.of(targetId));
      if (action === 'created' && targetId !== null) this.#states.set(targetId, null);
    }
  }

  /** What the record held that a row meets. */
  ofRow(rowNumber: number): string | null {
    return this.#byRow.get(rowNumber) ?? null;
  }

  /** Remembers what a table has made of a row, where that was looked at. */
  settleAfter(rowNumber: number, image: Image): void {
    this.#afterRow.set(rowNumber, image);
  }

  afterRow(rowNumber: number): Image | null {
    return this.#afterRow.get(rowNumber) ?? null;
  }

  /** How many records are known: what `backTo` goes by. */
  get known(): number {
    return this.#states.size;
  }

  /** Forgets the records that were met since: a rollback has let go of them. */
  backTo(known: number): void {
    for (const id of [...this.#states.keys()].slice(known)) this.#states.delete(id);
  }
}
