import type { EntityManager } from '@mikro-orm/postgresql';
import { jobFactsOf } from '../../../domain/job-facts.ts';
import { FAILING_DAYS, MAX_RETRY_AFTER, RETRY_SCHEDULE, TOLD_KINDS } from '../../../domain/webhook.ts';
import type { ToldJob, WebhookEvent } from '../../../domain/webhook.ts';

/** An event that webhooks may be told of, as it is written. */
export interface ToldEvent {
  readonly id: number;
  readonly tenantId: string;
  readonly jobId: string;
  readonly event: WebhookEvent;
}

/** Puts an event on its way to every webhook that wants it, in the transaction that writes it. */
export async function queueDeliveries(tx: EntityManager, { id, tenantId, jobId, event }: ToldEvent): Promise<void> {
  await tx.execute(
    `insert into "import_webhook_deliveries" ("id", "webhook_id", "event_id", "event")
     select gen_random_uuid(), "w"."id", ?, ? from "import_webhooks" as "w"
     join "import_jobs" as "j" on "j"."id" = ?::uuid and "j"."kind" = any(?::text[])
     where "w"."tenant_id" = ?::uuid and "w"."disabled_at" is null and ? = any("w"."events")`,
    [id, event, jobId, `{${TOLD_KINDS.join(',')}}`, tenantId, event],
    'run',
  );
}

/** An attempt that is so many minutes late has lost its workflow. */
const LOST_MINUTES = 10;

/** Deliveries that no workflow carries: new ones, and those whose workflow was ended from outside. */
export async function strandedDeliveries(em: EntityManager, limit: number): Promise<string[]> {
  const rows: { id: string }[] = await em.execute(
    `select "id" from "import_webhook_deliveries" where "status" = 'pending'
       and ("started_at" is null or "next_attempt_at" < clock_timestamp() - make_interval(mins => ?))
     order by "next_attempt_at" limit ?`,
    [LOST_MINUTES, limit],
  );
  return rows.map(({ id }) => id);
}

/** Writes down that a delivery has a workflow. */
export async function markStarted(em: EntityManager, id: string): Promise<void> {
  await em.execute(
    `update "import_webhook_deliveries" set "started_at" = clock_timestamp(),
       "next_attempt_at" = greatest("next_attempt_at", clock_timestamp())
     where "id" = ?::uuid and "status" = 'pending'`,
    [id],
    'run',
  );
}

/** A delivery with all it takes to attempt it. */
export interface DueDelivery {
  readonly webhook: { readonly id: string; readonly tenantId: string };
  readonly url: string;
  readonly secretSealed: string;
  readonly event: WebhookEvent;
  readonly eventAt: Date;
  readonly job: ToldJob;
  /** The database's clock. */
  readonly now: Date;
}

interface DueRow {
  readonly webhook_id: string;
  readonly tenant_id: string;
  readonly url: string;
  readonly secret_sealed: string;
  readonly event: WebhookEvent;
  readonly at: string;
  readonly job_id: string;
  readonly profile_id: string | null;
  readonly importer_id: string | null;
  readonly context: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly created_at: string;
  readonly now: string;
}

/** A delivery that is to be attempted; null when it has arrived, was given up, or is wanted no more. */
export async function dueDelivery(em: EntityManager, id: string): Promise<DueDelivery | null> {
  const [row]: DueRow[] = await em.execute(
    `select "w"."id" as "webhook_id", "w"."tenant_id", "w"."url", "w"."secret_sealed", "d"."event", "e"."at",
       "e"."job_id", "e"."profile_id", "e"."data", "j"."created_at", "j"."importer_id",
       "j"."targets" #> '{0,file,embedded,context}' as "context", clock_timestamp() as "now"
     from "import_webhook_deliveries" as "d"
     join "import_webhooks" as "w" on "w"."id" = "d"."webhook_id"
     join "import_events" as "e" on "e"."id" = "d"."event_id"
     join "import_jobs" as "j" on "j"."id" = "e"."job_id"
     where "d"."id" = ?::uuid and "d"."status" = 'pending' and "w"."disabled_at" is null`,
    [id],
  );
  if (row === undefined) return null;
  return {
    webhook: { id: row.webhook_id, tenantId: row.tenant_id },
    url: row.url,
    secretSealed: row.secret_sealed,
    event: row.event,
    eventAt: new Date(row.at),
    job: {
      ...jobFactsOf(row.data),
      jobId: row.job_id,
      profileId: row.profile_id,
      importerId: row.importer_id,
      context: row.context ?? null,
      createdAt: new Date(row.created_at).toISOString(),
    },
    now: new Date(row.now),
  };
}

/** What came of an attempt. */
export interface Attempt {
  readonly at: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly retryAfter: number | null;
  readonly error: string | null;
  /** Which attempt of this round it was, from 0. */
  readonly round: number;
}

const GONE = 410;

/**
 * Writes an attempt down and what follows from it, for the delivery and for its webhook, which is switched off when its
 * server says that it is gone or nothing has arrived for days. Returns the seconds until the next attempt, or null when
 * there is none.
 */
export async function recordAttempt(em: EntityManager, id: string, attempt: Attempt): Promise<number | null> {
  return em.fork().transactional(async (tx) => {
    // The webhook before its delivery, as everybody takes them.
    const [webhook]: { id: string }[] = await tx.execute(
      `select "w"."id" from "import_webhooks" as "w"
       where "w"."id" = (select "webhook_id" from "import_webhook_deliveries" where "id" = ?::uuid)
       for no key update`,
      [id],
    );
    const [pending]: unknown[] = await tx.execute(
      `select from "import_webhook_deliveries" where "id" = ?::uuid and "status" = 'pending' for update`,
      [id],
    );
    if (webhook === undefined || pending === undefined) return null;
    const { status, error } = attempt;
    const delivered = status !== null && status >= 200 && status <= 299;
    const pause = delivered || status === GONE ? null : pauseAfter(attempt);
    await tx.execute(
      `with "attempted" as (
         update "import_webhook_deliveries" set "attempts" = "attempts" + 1, "response_status" = ?, "error" = ?,
           "status" = ?, "finished_at" = case when ?::boolean then clock_timestamp() end,
           "next_attempt_at" = clock_timestamp() + make_interval(secs => ?)
         where "id" = ?::uuid returning "id", "attempts"
       )
       insert into "import_webhook_attempts" ("delivery_id", "number", "at", "duration_ms", "response_status", "error")
       select "id", "attempts", ?, ?, ?, ? from "attempted"`,
      [
        status,
        error,
        delivered ? 'delivered' : pause === null ? 'failed' : 'pending',
        delivered || pause === null,
        pause,
        id,
        attempt.at,
        attempt.durationMs,
        status,
        error,
      ],
      'run',
    );
    await tellWebhook(tx, webhook.id, delivered, status === GONE);
    return pause;
  });
}

/** The schedule's next pause, a tenth longer or shorter so that what failed together does not come back together. */
function pauseAfter({ round, retryAfter }: Attempt): number | null {
  const next = RETRY_SCHEDULE[round + 1];
  if (next === undefined) return null;
  const spread = next * (0.9 + Math.random() * 0.2);
  return Math.max(spread, Math.min(retryAfter ?? 0, MAX_RETRY_AFTER));
}

async function tellWebhook(tx: EntityManager, webhookId: string, delivered: boolean, gone: boolean): Promise<void> {
  if (delivered) {
    await tx.execute(
      `update "import_webhooks" set "failing_since" = null where "id" = ?::uuid and "failing_since" is not null`,
      [webhookId],
      'run',
    );
    return;
  }
  await tx.execute(
    `update "import_webhooks" set "failing_since" = coalesce("failing_since", clock_timestamp()),
       "disabled_at" = case when ?::boolean or "failing_since" < clock_timestamp() - make_interval(days => ?)
         then coalesce("disabled_at", clock_timestamp()) else "disabled_at" end,
       "disabled_reason" = case when "disabled_at" is not null then "disabled_reason" when ?::boolean then 'gone'
         when "failing_since" < clock_timestamp() - make_interval(days => ?) then 'failing' end
     where "id" = ?::uuid`,
    [gone, FAILING_DAYS, gone, FAILING_DAYS, webhookId],
    'run',
  );
}

/** Gives up what is on its way to a webhook that is told nothing any more. */
export async function giveUp(em: EntityManager, id: string): Promise<void> {
  await em.execute(
    `update "import_webhook_deliveries" set "status" = 'failed', "error" = 'the webhook is switched off',
       "finished_at" = clock_timestamp(), "next_attempt_at" = null
     where "id" = ?::uuid and "status" = 'pending'`,
    [id],
    'run',
  );
}

/** Puts a delivery on its way again; false when there is none of that id for the webhook. */
export async function requeueDelivery(tx: EntityManager, webhookId: string, id: string): Promise<boolean> {
  const rows: unknown[] = await tx.execute(
    `update "import_webhook_deliveries" set "status" = 'pending', "finished_at" = null, "started_at" = null,
       "next_attempt_at" = clock_timestamp()
     where "id" = ?::uuid and "webhook_id" = ?::uuid returning "id"`,
    [id, webhookId],
  );
  return rows.length > 0;
}

/** One attempt, as it is shown. */
export interface RecordedAttempt {
  readonly number: number;
  readonly at: Date;
  readonly durationMs: number;
  readonly responseStatus: number | null;
  readonly error: string | null;
}

/** Attempts shown of each delivery: the last ones. */
const SHOWN_ATTEMPTS = 20;

/** The last attempts at deliveries, the newest first, by the delivery's id. */
export async function attemptsOf(
  em: EntityManager,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly RecordedAttempt[]>> {
  const rows: {
    delivery_id: string;
    number: number;
    at: string;
    duration_ms: number;
    response_status: number | null;
    error: string | null;
  }[] = await em.execute(
    `select "a".* from unnest(?::uuid[]) as "d" ("id")
       cross join lateral (select * from "import_webhook_attempts" where "delivery_id" = "d"."id"
         order by "number" desc limit ?) as "a"`,
    [`{${ids.join(',')}}`, SHOWN_ATTEMPTS],
  );
  const found = new Map<string, RecordedAttempt[]>();
  for (const row of rows) {
    const { delivery_id: id, number, at, duration_ms: durationMs, response_status: responseStatus, error } = row;
    const attempt = { number, at: new Date(at), durationMs, responseStatus, error };
    found.set(id, [...(found.get(id) ?? []), attempt]);
  }
  return found;
}
