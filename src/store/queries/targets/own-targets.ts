import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../../domain/errors.ts';
import type { FindTarget, OwnSpec, TargetSpec } from '../../../domain/target.ts';
import { ImportTarget } from '../../entities/import-target.ts';

/** The tables that are targets of a tenant, oldest definitions first. */
export async function ownTargets(em: EntityManager, tenantId: string): Promise<OwnSpec[]> {
  const found = await em.find(ImportTarget, { tenantId }, { orderBy: { createdAt: 'asc', number: 'asc' } });
  return found.map(({ spec }) => spec);
}

/** A tenant's own table that is the target of a type, or undefined. */
export async function findOwnTarget(em: EntityManager, tenantId: string, type: string): Promise<OwnSpec | undefined> {
  return (await em.findOne(ImportTarget, { tenantId, type }))?.spec;
}

/** The targets that a target refers to, by their types. Throws `wrong_state` when one is gone. */
export async function referredTargets(
  em: EntityManager,
  tenantId: string,
  spec: TargetSpec,
  builtin: FindTarget,
): Promise<Map<string, TargetSpec>> {
  const referred = new Map<string, TargetSpec>();
  for (const { references } of spec.fields) {
    if (references === undefined || referred.has(references)) continue;
    const found = builtin(references) ?? (await findOwnTarget(em, tenantId, references));
    if (!found) throw new AppError('wrong_state', `The target ${references}, which ${spec.type} refers to, is gone.`);
    referred.set(references, found);
  }
  return referred;
}
