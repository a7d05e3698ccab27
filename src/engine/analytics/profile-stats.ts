import { IsolationLevel } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { figuresByAge, importedByType } from '../../store/queries/figures/import-figures.ts';
import type { ImportFigures } from '../../store/queries/figures/import-figures.ts';
import { matchCounts } from '../../store/queries/figures/match-figures.ts';
import type { EngineDeps } from '../deps.ts';
import { readProfile } from '../profiles/find-profiles.ts';
import { judge } from './judgement.ts';
import type { Judgement } from './judgement.ts';
import { visibleJobs } from './visible-jobs.ts';

export interface ProfileStats {
  readonly all: ImportFigures;
  /** Of jobs made within so many times 24 hours. */
  readonly last7Days: ImportFigures;
  readonly last30Days: ImportFigures;
  readonly judgement: Judgement;
  /** Rows created or updated, by target type. */
  readonly importedByType: Readonly<Record<string, number>>;
}

/**
 * Figures of a profile, over the jobs of it that the actor may see; they fit each other, whatever is being imported.
 * Throws `not_found`.
 */
export async function profileStats(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  profileId: string,
): Promise<ProfileStats> {
  return orm.em.fork().transactional(
    async (em) => {
      const { id } = await readProfile(em, actor, profileId);
      const scope = { ...visibleJobs(actor), profileId: id };
      return {
        ...(await figuresByAge(em, scope)),
        judgement: judge(await matchCounts(em, scope)),
        importedByType: await importedByType(em, scope),
      };
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}
