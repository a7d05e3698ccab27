import type { Actor } from '../../domain/actor.ts';
import type { MigrationError } from '../../domain/migration.ts';
import { requirePermission } from '../../domain/policy.ts';
import { withGuard } from '../../rows/formula-guard.ts';
import { migrationErrors } from '../../store/queries/migration/migration-errors.ts';
import type { EngineDeps } from '../deps.ts';
import { visibleMigration } from './find-migrations.ts';

const PAGE = 5_000;

/** Everything that is wrong with the rows of a migration job, in their order; nothing in it runs in a spreadsheet. */
export async function errorReport(
  { orm }: EngineDeps,
  actor: Actor,
  id: string,
): Promise<AsyncIterable<MigrationError>> {
  requirePermission(actor, 'system.import');
  const { issuesOf } = await visibleMigration(orm.em.fork(), actor, id);
  return errorsOf(orm, issuesOf);
}

async function* errorsOf(
  orm: EngineDeps['orm'],
  jobNumber: number | null,
): AsyncGenerator<MigrationError, void, undefined> {
  if (jobNumber === null) return;
  for (let after = { rowNumber: 0, ordinal: 0 }; ;) {
    const page = await migrationErrors(orm.em.fork(), jobNumber, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    for (const error of page)
      yield { ...error, message: withGuard(error.message), value: withGuard(error.value ?? '') };
    after = last;
  }
}
