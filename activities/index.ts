import { createDeliverWebhook } from './deliver-webhook.ts';
import { createExportRows } from './export-rows.ts';
import { createImportPartition } from './import-partition.ts';
import { createLifecycle } from './lifecycle.ts';
import { MatchMemory } from './matching/memory.ts';
import { createMatchTarget } from './matching/target.ts';
import { createPlanExport } from './plan-export.ts';
import { createPlanRollback } from './plan-rollback.ts';
import { createPlanTarget } from './plan-target.ts';
import { createUndoPartition } from './undo-partition.ts';
import { createScheduledRuns } from './scheduled-runs.ts';
import type { ActivityDeps } from './deps.ts';

/** All activities, by the names under which workflows call them. */
export function createActivities(deps: ActivityDeps) {
  const memory = new MatchMemory();
  return {
    ...createLifecycle(deps),
    ...createScheduledRuns(deps),
    deliverWebhook: createDeliverWebhook(deps),
    planTarget: createPlanTarget(deps),
    matchTarget: createMatchTarget(deps, memory),
    importPartition: createImportPartition(deps, memory),
    planRollback: createPlanRollback(deps),
    undoPartition: createUndoPartition(deps),
    planExport: createPlanExport(deps),
    exportRows: createExportRows(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
