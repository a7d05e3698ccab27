import type { Actor } from '../../domain/actor.ts';
import { processed } from '../../domain/counters.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { figuresByDayAndProfile } from '../../store/queries/figures/import-figures.ts';
import type { ImportFigures } from '../../store/queries/figures/import-figures.ts';
import type { EngineDeps } from '../deps.ts';
import { readProfile } from '../profiles/find-profiles.ts';
import { visibleJobs } from './visible-jobs.ts';

export interface DashboardFilter {
  readonly profileId?: string | undefined;
  /** `YYYY-MM-DD`, both days inclusive, UTC. */
  readonly dateFrom?: string | undefined;
  readonly dateTo?: string | undefined;
}

export interface ProfileFigures {
  readonly profile: Pick<ImportProfile, 'id' | 'name' | 'databaseType'>;
  readonly figures: ImportFigures;
}

export interface Dashboard {
  readonly all: ImportFigures;
  /** Days on which a job was made, oldest first. */
  readonly days: readonly { readonly day: string; readonly figures: ImportFigures }[];
  /** Those that most rows came from, most first. */
  readonly topProfiles: readonly ProfileFigures[];
}

const TOP = 10;

/** Figures over the jobs the actor may see. Throws `not_found` for a profile that is not there. */
export async function dashboard(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  filter: DashboardFilter,
): Promise<Dashboard> {
  const em = orm.em.fork();
  if (filter.profileId !== undefined) await readProfile(em, actor, filter.profileId);
  const { all, days, profiles } = await figuresByDayAndProfile(em, { ...visibleJobs(actor), ...filter });
  const top = profiles
    .toSorted((a, b) => processed(b.figures.rows) - processed(a.figures.rows) || b.figures.jobs - a.figures.jobs)
    .slice(0, TOP);
  const found = await em.find(
    ImportProfile,
    { id: { $in: top.map(({ profileId }) => profileId) } },
    { fields: ['id', 'name', 'databaseType'] },
  );
  const topProfiles = top.flatMap(({ profileId, figures }) => {
    const profile = found.find(({ id }) => id === profileId);
    return profile ? [{ profile, figures }] : [];
  });
  return { all, days, topProfiles };
}
