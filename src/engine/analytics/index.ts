import type { Actor } from '../../domain/actor.ts';
import type { EngineDeps } from '../deps.ts';
import { dashboard } from './dashboard.ts';
import type { DashboardFilter } from './dashboard.ts';
import { duplicateAnalysis } from './duplicate-analysis.ts';
import type { DuplicateFilter } from './duplicate-analysis.ts';
import { profileStats } from './profile-stats.ts';

/** Figures over what imports did. */
export function createAnalytics(deps: Pick<EngineDeps, 'orm'>) {
  return {
    dashboard: (actor: Actor, filter: DashboardFilter) => dashboard(deps, actor, filter),
    profileStats: (actor: Actor, profileId: string) => profileStats(deps, actor, profileId),
    duplicateAnalysis: (actor: Actor, filter: DuplicateFilter) => duplicateAnalysis(deps, actor, filter),
  };
}

export type Analytics = ReturnType<typeof createAnalytics>;
