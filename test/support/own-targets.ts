import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { OwnTargetInput } from '../../src/domain/own-table.ts';
import { identityName } from '../../src/domain/target.ts';
import type { OwnSpec } from '../../src/domain/target.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { registerTarget } from '../../src/engine/targets/own-targets.ts';
import { makeActor } from './factories.ts';
import { startImport } from './records.ts';
import type { ImportOptions, TestImport } from './records.ts';

/** A table of the store's database as the target of a tenant. */
export interface OwnStage {
  readonly actor: Actor;
  readonly spec: OwnSpec;
}

/** Registers a table as a target of somebody new, or of who is given. */
export async function registerTable(
  orm: MikroORM,
  table: string,
  identity: readonly string[],
  given: Partial<OwnTargetInput> & { readonly actor?: Actor } = {},
): Promise<OwnStage> {
  const { actor = await makeActor(orm), ...input } = given;
  const type = `own_${randomUUID().replaceAll('-', '')}`;
  const spec = await registerTarget({ orm }, actor, {
    type,
    label: 'Own',
    table,
    identity,
    fields: null,
    references: [],
    ...input,
  });
  return { actor, spec };
}

/** A running import into a table by its registered identity. */
export function importOwn(
  orm: MikroORM,
  { actor, spec }: OwnStage,
  writtenFields: readonly string[],
  options: ImportOptions = {},
): Promise<TestImport> {
  const identifierField = identityName(spec);
  return startImport(orm, { tenantId: actor.tenantId, spec, writtenFields, identifierField, ...options });
}
