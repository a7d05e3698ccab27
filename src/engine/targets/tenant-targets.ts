import type { EntityManager } from '@mikro-orm/postgresql';
import type { FindTarget, TargetSpec } from '../../domain/target.ts';
import { importerTargets, findImporterTarget } from '../../store/queries/targets/importers.ts';
import { findOwnTarget, ownTargets } from '../../store/queries/targets/own-targets.ts';
import { builtinTargets, findBuiltinTarget } from '../../targets/registry.ts';

/** The targets of a tenant, in the order they are shown: the built-in ones, its own tables, those of importers. */
export async function tenantTargets(em: EntityManager, tenantId: string): Promise<readonly TargetSpec[]> {
  return [...builtinTargets(), ...(await ownTargets(em, tenantId)), ...(await importerTargets(em, tenantId))];
}

/** How a tenant's targets are found by their types. */
export async function tenantTargetFinder(em: EntityManager, tenantId: string): Promise<FindTarget> {
  const targets = new Map((await tenantTargets(em, tenantId)).map((spec) => [spec.type, spec]));
  return (type) => targets.get(type);
}

/** A tenant's target of a type, or undefined. */
export async function findTarget(em: EntityManager, tenantId: string, type: string): Promise<TargetSpec | undefined> {
  const builtin = findBuiltinTarget(type) ?? (await findOwnTarget(em, tenantId, type));
  return builtin ?? (await findImporterTarget(em, tenantId, type));
}
