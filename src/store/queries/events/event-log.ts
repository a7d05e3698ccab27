import type { EntityManager } from '@mikro-orm/postgresql';
import type { DomainEvent, EventType } from '../../../domain/event.ts';

/** Which events of the log: those of one tenant, and of them only those of a job, profile or user where one is named. */
export interface EventFilter {
  readonly tenantId: string;
  readonly jobId?: string;
  readonly profileId?: string;
  readonly userId?: string;
  /** Leaves out what tells of other users' jobs. */
  readonly jobsOnlyOf?: string;
}

/** A stretch of the log: ids after `after`, up to and with `upTo`, the first `limit` of them. */
export interface EventRange {
  readonly after: number;
  readonly upTo?: number;
  readonly limit: number;
}

interface EventRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly type: EventType;
  readonly job_id: string | null;
  readonly profile_id: string | null;
  readonly user_id: string | null;
  readonly at: string | Date;
  readonly data: Readonly<Record<string, unknown>>;
}

const COLUMNS = `"id", "tenant_id", "type", "job_id", "profile_id", "user_id", "at", "data"`;

/** What events and progress have in common: whom and what they concern. */
export type Concern = Pick<DomainEvent, 'tenantId' | 'jobId' | 'profileId' | 'userId'>;

/** Whether a filter takes an event or a job's progress; the same rule as `readEvents` has in SQL. */
export function takesEvent(filter: EventFilter, event: Concern): boolean {
  return (
    filter.tenantId === event.tenantId &&
    (filter.jobId === undefined || filter.jobId === event.jobId) &&
    (filter.profileId === undefined || filter.profileId === event.profileId) &&
    (filter.userId === undefined || filter.userId === event.userId) &&
    (filter.jobsOnlyOf === undefined || event.jobId === null || filter.jobsOnlyOf === event.userId)
  );
}

/** Events of a filter in a range of the log, in their order. */
export async function readEvents(em: EntityManager, filter: EventFilter, range: EventRange): Promise<DomainEvent[]> {
  const conditions = ['"tenant_id" = ?', '"id" > ?'];
  const values: (string | number)[] = [filter.tenantId, range.after];
  const and = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  and('"id" <= ?', range.upTo);
  and('"job_id" = ?', filter.jobId);
  and('"profile_id" = ?', filter.profileId);
  and('"user_id" = ?', filter.userId);
  and('("job_id" is null or "user_id" = ?)', filter.jobsOnlyOf);
  const rows: EventRow[] = await em.execute(
    `select ${COLUMNS} from "import_events" where ${conditions.join(' and ')} order by "id" limit ?`,
    [...values, range.limit],
  );
  return rows.map(eventOf);
}

/** Events of all tenants after an id, in their order: what a relay has not handed out yet. */
export async function readEventsAfter(em: EntityManager, after: number, limit: number): Promise<DomainEvent[]> {
  const rows: EventRow[] = await em.execute(
    `select ${COLUMNS} from "import_events" where "id" > ? order by "id" limit ?`,
    [after, limit],
  );
  return rows.map(eventOf);
}

/** The id of the newest event anybody may have seen; 0 for an empty log. */
export async function lastEventId(em: EntityManager): Promise<number> {
  const rows: { id: string | null }[] = await em.execute(`select max("id") as "id" from "import_events"`);
  return Number(rows[0]?.id ?? 0);
}

function eventOf(row: EventRow): DomainEvent {
  return {
    id: Number(row.id),
    tenantId: row.tenant_id,
    type: row.type,
    jobId: row.job_id,
    profileId: row.profile_id,
    userId: row.user_id,
    at: new Date(row.at),
    data: row.data,
  };
}
