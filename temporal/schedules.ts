import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type {
  CalendarSpec,
  Client,
  ScheduleDescription,
  ScheduleOptions,
  ScheduleOptionsStartWorkflowAction,
  ScheduleSpec,
  ScheduleUpdateOptions,
} from '@temporalio/client';
import { createHash } from 'node:crypto';
import type { CronCalendar } from '../src/domain/cron.ts';
import { invalid } from '../src/domain/errors.ts';
import type { Overlap } from '../src/domain/schedule.ts';
import type { KeptSchedule, ScheduleKeeper, SchedulePlan } from '../src/engine/ports.ts';
import type { scheduledImportWorkflow } from '../workflows/index.ts';
import { PROFILE_ATTRIBUTE, TENANT_ATTRIBUTE } from '../workflows/search-attributes.ts';

type Call = <T>(what: string, act: () => Promise<T>) => Promise<T>;
type Action = ScheduleOptionsStartWorkflowAction<typeof scheduledImportWorkflow>;

const OVERLAPS = {
  skip: 'SKIP',
  buffer_one: 'BUFFER_ONE',
  cancel_other: 'CANCEL_OTHER',
  allow_all: 'ALLOW_ALL',
} as const satisfies Record<Overlap, string>;

const PREFIX = 'import-schedule-';

/** Whose a schedule in a namespace is that several installations may share: that of a task queue. */
const OWNER = 'ladingTaskQueue';

/** Schedules that Temporal keeps. Each starts `scheduledImportWorkflow`, which lasts as long as the import it makes. */
export function createScheduleKeeper(client: Client, taskQueue: string, call: Call): ScheduleKeeper {
  const handleOf = (id: string) => client.schedule.getHandle(`${PREFIX}${id}`);

  const describe = async (id: string): Promise<ScheduleDescription | null> => {
    try {
      return await call('look the schedule up', () => handleOf(id).describe());
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return null;
      throw error;
    }
  };
  const create = async (plan: SchedulePlan): Promise<void> => {
    const options: ScheduleOptions<Action> = {
      ...optionsOf(plan, taskQueue),
      scheduleId: `${PREFIX}${plan.id}`,
      memo: { [OWNER]: taskQueue, name: plan.name },
    };
    try {
      await call('keep the schedule', () => client.schedule.create(options));
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await update(plan);
    }
  };
  const update = (plan: SchedulePlan): Promise<void> =>
    call('change the schedule', () =>
      handleOf(plan.id).update<typeof scheduledImportWorkflow>(() => optionsOf(plan, taskQueue)),
    );

  return {
    async put(plan) {
      try {
        if ((await describe(plan.id)) === null) await create(plan);
        else await update(plan);
      } catch (error) {
        // What the server says of a specification it cannot keep.
        if (error instanceof TypeError)
          throw invalid({ [plan.timing.kind === 'cron' ? 'cron' : 'interval_seconds']: [error.message] });
        throw error;
      }
      const description = await describe(plan.id);
      if (description === null) throw new Error(`Temporal has lost the schedule ${plan.id} that it just took`);
      return keptOf(description);
    },
    async find(id) {
      const description = await describe(id);
      return description && keptOf(description);
    },
    async trigger(id, overlap) {
      return unlessGone(() => call('start a run', () => handleOf(id).trigger(OVERLAPS[overlap])));
    },
    async remove(id) {
      await unlessGone(() => call('remove the schedule', () => handleOf(id).delete()));
    },
    async list() {
      return call('list the schedules', async () => {
        const ids: string[] = [];
        for await (const { scheduleId, memo } of client.schedule.list()) {
          if (memo?.[OWNER] === taskQueue && scheduleId.startsWith(PREFIX)) ids.push(scheduleId.slice(PREFIX.length));
        }
        return ids;
      });
    },
  };
}

async function unlessGone(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

function optionsOf(plan: SchedulePlan, taskQueue: string): ScheduleUpdateOptions<Action> {
  return {
    spec: specOf(plan),
    action: {
      type: 'startWorkflow',
      workflowType: 'scheduledImportWorkflow',
      workflowId: `scheduled-import-${plan.id}`,
      taskQueue,
      args: [{ scheduleId: plan.id }],
      typedSearchAttributes: [
        { key: TENANT_ATTRIBUTE, value: plan.tenantId },
        ...(plan.profileId === null ? [] : [{ key: PROFILE_ATTRIBUTE, value: plan.profileId }]),
      ],
    },
    policies: {
      overlap: OVERLAPS[plan.overlap],
      catchupWindow: plan.catchupWindowSeconds * 1000,
      pauseOnFailure: false,
    },
    state: { paused: plan.paused },
  };
}

function specOf({ timing, timezone }: SchedulePlan): ScheduleSpec {
  if (timing.kind === 'interval') return { intervals: [{ every: timing.seconds * 1000 }], timezone };
  return { calendars: timing.calendars.map(calendarOf), timezone };
}

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

function calendarOf(calendar: CronCalendar): CalendarSpec {
  return {
    second: 0,
    minute: [...calendar.minute],
    hour: [...calendar.hour],
    dayOfMonth: [...calendar.dayOfMonth],
    month: calendar.month.map(({ start, end }) => ({
      start: MONTHS[start - 1] ?? 'JANUARY',
      end: MONTHS[end - 1] ?? 'DECEMBER',
    })),
    dayOfWeek: calendar.dayOfWeek.map(({ start, end }) => ({
      start: DAYS[start] ?? 'SUNDAY',
      end: DAYS[end] ?? 'SATURDAY',
    })),
  };
}

function keptOf({ spec, action, policies, state, info }: ScheduleDescription): KeptSchedule {
  const { workflowType, workflowId, taskQueue, args } = action;
  const kept = JSON.stringify([
    spec,
    policies,
    workflowType,
    workflowId,
    taskQueue,
    args,
    state.remainingActions ?? null,
  ]);
  return {
    paused: state.paused,
    digest: createHash('sha256').update(kept).digest('hex'),
    nextRuns: state.paused ? [] : info.nextActionTimes,
    recentRuns: info.recentActions.map(({ scheduledAt, action: { workflow } }) => ({
      workflowId: workflow.workflowId,
      scheduledAt,
    })),
    openRuns: info.runningActions.map(({ workflow }) => workflow.workflowId),
  };
}
