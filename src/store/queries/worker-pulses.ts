import type { MikroORM } from '@mikro-orm/postgresql';

export interface WorkerProcess {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

/** How often a worker says that it lives, and after how long a silent one counts as gone. */
export const PULSE_MS = 2_000;
const GONE_AFTER_SECONDS = 6;

/** Says that a worker lives, and forgets those that have been silent for an hour. */
export async function beatWorker(orm: MikroORM, worker: WorkerProcess): Promise<void> {
  await orm.em.fork().execute(
    `with "forgotten" as (
       delete from "worker_pulses" where "seen_at" < clock_timestamp() - interval '1 hour'
     )
     insert into "worker_pulses" ("id", "host", "pid") values (?, ?, ?)
     on conflict ("id") do update set "seen_at" = clock_timestamp()`,
    [worker.id, worker.host, worker.pid],
  );
}

/** Says that a worker has ended. */
export async function endWorker(orm: MikroORM, workerId: string): Promise<void> {
  await orm.em.fork().execute(`delete from "worker_pulses" where "id" = ?`, [workerId]);
}

/** Whether any worker is alive. */
export async function hasLivingWorker(orm: MikroORM): Promise<boolean> {
  const [row]: { alive: boolean }[] = await orm.em.fork().execute(
    `select exists (
       select from "worker_pulses" where "seen_at" > clock_timestamp() - make_interval(secs => ?)
     ) as "alive"`,
    [GONE_AFTER_SECONDS],
  );
  return row?.alive === true;
}
