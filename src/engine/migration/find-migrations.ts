import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { NO_ERRORS, ROLLBACK_HOURS } from '../../domain/migration.ts';
import type { ErrorCounts, MigrationOrder, MigrationStatus, MigrationType } from '../../domain/migration.ts';
import { requirePermission, seesOwnJobsOnly } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportMigration } from '../../store/entities/import-migration.ts';
import { countErrors } from '../../store/queries/migration/migration-errors.ts';
import { countMigrations, pageOfMigrations } from '../../store/queries/migration/migrations.ts';
import type { MigrationState } from '../../store/queries/migration/migrations.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';

/** A migration job with how many errors of each type its rows have. */
export interface MigrationView extends MigrationState {
  readonly errors: ErrorCounts;
}

export interface MigrationFilter extends Page {
  readonly type: MigrationType | undefined;
  readonly status: MigrationStatus | undefined;
  readonly order: MigrationOrder;
  readonly descending: boolean;
}

/** The migration jobs that the actor may look at: an agent his own, everybody else by permission. */
export async function listMigrations(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  { type, status, order, descending, page, perPage }: MigrationFilter,
): Promise<{ rows: MigrationState[]; total: number }> {
  const selection = { ...visibleTo(actor), type, status };
  const part = { order, descending, limit: perPage, offset: (page - 1) * perPage };
  const em = orm.em.fork();
  return {
    rows: await pageOfMigrations(em, selection, part, ROLLBACK_HOURS),
    total: await countMigrations(em, selection),
  };
}

/** One of them. Throws `not_found`. */
export async function getMigration({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<MigrationView> {
  const em = orm.em.fork();
  const state = await visibleMigration(em, actor, id);
  const errors =
    state.issuesOf === null || state.rows.invalid === 0 ? NO_ERRORS : await countErrors(em, state.issuesOf);
  return { ...state, errors };
}

/** The same without its errors. */
export async function visibleMigration(em: EntityManager, actor: Actor, id: string): Promise<MigrationState> {
  const one = { order: 'created_at', descending: true, limit: 1, offset: 0 } as const;
  const selection = { ...visibleTo(actor), id };
  const [state] = isUuid(id) ? await pageOfMigrations(em, selection, one, ROLLBACK_HOURS) : [];
  if (!state) throw notFound('Migration job');
  return state;
}

/** The same, held against whoever else wants to do something with it until the caller's transaction ends. */
export async function heldMigration(
  tx: EntityManager,
  actor: Actor,
  id: string,
): Promise<{ readonly state: MigrationState; readonly migration: ImportMigration }> {
  requirePermission(actor, 'system.import');
  await visibleMigration(tx, actor, id);
  const migration = await tx.findOneOrFail(
    ImportMigration,
    { id },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  return { migration, state: await visibleMigration(tx, actor, id) };
}

function visibleTo(actor: Actor): { readonly tenantId: string; readonly userId?: string } {
  if (seesOwnJobsOnly(actor)) return { tenantId: actor.tenantId, userId: actor.userId };
  requirePermission(actor, 'system.import');
  return { tenantId: actor.tenantId };
}
