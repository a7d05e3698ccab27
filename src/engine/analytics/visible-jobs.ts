import type { Actor } from '../../domain/actor.ts';
import { seesOwnJobsOnly } from '../../domain/policy.ts';
import type { FigureScope } from '../../store/queries/figures/figure-scope.ts';

/** The jobs whose figures an actor may see: those that he may see. */
export function visibleJobs(actor: Actor): Pick<FigureScope, 'tenantId' | 'userId'> {
  return { tenantId: actor.tenantId, userId: seesOwnJobsOnly(actor) ? actor.userId : null };
}
