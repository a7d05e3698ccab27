import type { Actor } from '../../domain/actor.ts';
import type { EngineDeps } from '../deps.ts';
import { approveRecords } from './approve-records.ts';
import { deleteRecords } from './delete-records.ts';
import { rejectRecords } from './reject-records.ts';
import { retryRecords } from './retry-records.ts';

/** What can be done to many records at once. All of it needs `system.import`, and the records to be the actor's to see. */
export function createBulk(deps: EngineDeps) {
  return {
    approve: (actor: Actor, input: Parameters<typeof approveRecords>[2], signal: AbortSignal) =>
      approveRecords(deps, actor, input, signal),
    reject: (actor: Actor, input: Parameters<typeof rejectRecords>[2]) => rejectRecords(deps, actor, input),
    retry: (actor: Actor, input: Parameters<typeof retryRecords>[2], signal: AbortSignal) =>
      retryRecords(deps, actor, input, signal),
    delete: (actor: Actor, input: Parameters<typeof deleteRecords>[2], signal: AbortSignal) =>
      deleteRecords(deps, actor, input, signal),
  };
}

export type Bulk = ReturnType<typeof createBulk>;
