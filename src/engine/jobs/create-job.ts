import { LockMode } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError, mistakesOf, notFound } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { insertJob } from './insert-job.ts';
import type { CreateJobInput } from './job-input.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { planJob } from './job-plan.ts';
import { viewJob } from './job-view.ts';
import type { JobView } from './job-view.ts';
import { startJob } from './start-job.ts';

/**
 * Makes a job of a profile's queries and has it started. When the orchestrator cannot be reached the job stays pending
 * and the sweep starts it. Throws `not_found` for a foreign profile and `validation` for what does not fit.
 */
export async function createJob(deps: EngineDeps, actor: Actor, input: CreateJobInput): Promise<JobView> {
  requirePermission(actor, 'system.import');
  if (!isUuid(input.profileId)) throw notFound('Import profile');
  const em = deps.orm.em.fork();
  const job = await em.transactional(async (tx) => {
    const profile = await tx.findOne(
      ImportProfile,
      { id: input.profileId, tenantId: actor.tenantId },
      // A profile that is being deleted is waited for, and then not found.
      { lockMode: LockMode.PESSIMISTIC_READ },
    );
    if (!profile) throw notFound('Import profile');
    const plan = planJob(input, profile.queries, await tenantTargetFinder(tx, actor.tenantId));
    const created = await insertJob(tx, {
      id: randomUUID(),
      tenantId: actor.tenantId,
      userId: actor.userId,
      kind: input.kind ?? 'import',
      profileId: profile.id,
      plan,
    });
    await audit(tx, actor, 'job.created', { type: 'import_job', id: created.id }, { profileId: profile.id });
    return created;
  });
  const started = await startJob(deps, job);
  return viewJob(deps.orm.em.fork(), deps.orchestrator, started);
}

/** What `createJob` would find wrong in an input; nothing is made. Throws `not_found` for a foreign profile. */
export async function checkJob(deps: EngineDeps, actor: Actor, input: CreateJobInput): Promise<FieldMistakes> {
  requirePermission(actor, 'system.import');
  if (!isUuid(input.profileId)) throw notFound('Import profile');
  const em = deps.orm.em.fork();
  const profile = await em.findOne(ImportProfile, { id: input.profileId, tenantId: actor.tenantId });
  if (!profile) throw notFound('Import profile');
  try {
    planJob(input, profile.queries, await tenantTargetFinder(em, actor.tenantId));
    return {};
  } catch (error) {
    if (error instanceof AppError && error.code === 'validation') return mistakesOf(error);
    throw error;
  }
}
