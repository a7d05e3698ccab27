import type { TargetSpec } from '../../domain/target.ts';
import { createKeyer } from '../../rows/match/keyer.ts';
import type { MatchPlan } from '../../rows/match/model.ts';
import type { PoolClient } from 'pg';
import { runOn } from '../own/links.ts';
import type { RunSql } from '../own/links.ts';
import { shapeOf } from './match-index.ts';
import { keepKeys, keepKeysOfOne } from './record-keys.ts';
import type { KeptIndex } from './record-keys.ts';
import type { MatchTarget } from './target-content.ts';

interface IndexRow {
  readonly id: number;
  readonly shape: string;
  readonly plan: MatchPlan;
}

/** The indexes that hold keys of a tenant's records of a target now: one for each choice of fields that was matched by. */
async function keptIndexes(run: RunSql, tenantId: string, spec: TargetSpec): Promise<KeptIndex[]> {
  const rows = await run<IndexRow>(
    `select distinct on ("shape") "id", "shape", "model" - 'weights' as "plan" from "import_match_indexes"
     where "tenant_id" = $1::uuid and "target_type" = $2::text order by "shape", "id" desc`,
    [tenantId, spec.type],
  );
  return rows
    .flatMap(({ id, shape, plan }) => {
      const target: MatchTarget = { tenantId, spec, fields: fieldsOf(spec, plan) };
      // An index of fields the target has no more, or of an earlier making of keys, is nobody's.
      return shapeOf(target) === shape ? [{ id, target, keyer: createKeyer(plan) }] : [];
    })
    .toSorted((a, b) => a.id - b.id);
}

function fieldsOf(spec: TargetSpec, { fields }: MatchPlan): MatchTarget['fields'] {
  return fields.flatMap(({ name }) => {
    const index = spec.fields.findIndex((field) => field.name === name);
    const field = spec.fields[index];
    return field ? [{ field, index }] : [];
  });
}

/** Makes the keys of a record right that a person has edited or removed, in the same transaction. */
export async function keepRecordFindable(run: RunSql, tenantId: string, spec: TargetSpec, id: string): Promise<void> {
  for (const index of await keptIndexes(run, tenantId, spec)) await keepKeysOfOne(run, index, id);
}

/** The same of many records, which are only asked for where there are keys. */
export async function keepRecordsFindable(
  client: PoolClient,
  tenantId: string,
  spec: TargetSpec,
  records: () => Promise<readonly string[]>,
): Promise<void> {
  const indexes = await keptIndexes(runOn(client), tenantId, spec);
  if (indexes.length === 0) return;
  const ids = await records();
  for (const index of indexes) await keepKeys(client, index, ids);
}
