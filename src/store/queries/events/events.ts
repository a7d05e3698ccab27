import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventType } from '../../../domain/event.ts';
import { webhookEventOf } from '../../../domain/webhook.ts';
import { queueDeliveries } from './webhook-deliveries.ts';

export interface NewEvent {
  readonly tenantId: string;
  readonly type: EventType;
  readonly jobId?: string | null;
  readonly profileId?: string | null;
  readonly userId?: string | null;
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * Writes an event in the caller's transaction and notifies `lading_events` with its id when that commits. Ids are
 * handed out under a lock held until commit, so they become visible in their own order and a reader who asks for what
 * is after the last id he saw misses nothing. Webhooks that want to know get a delivery. Keep transactions that call
 * this short.
 */
export async function appendEvent(em: EntityManager, event: NewEvent): Promise<number> {
  if (!em.isInTransaction()) throw new Error('an event belongs in the transaction of the change it tells of');
  const rows: { id: string }[] = await em.execute(
    `with "in_order" as materialized (select pg_advisory_xact_lock(hashtext('lading.events'))),
       "written" as (
         insert into "import_events" ("tenant_id", "type", "job_id", "profile_id", "user_id", "data")
         select ?::uuid, ?, ?::uuid, ?::uuid, ?::uuid, ?::jsonb from "in_order"
         returning "id"
       )
     select "id", pg_notify('lading_events', "id"::text) from "written"`,
    [
      event.tenantId,
      event.type,
      event.jobId ?? null,
      event.profileId ?? null,
      event.userId ?? null,
      JSON.stringify(event.data ?? {}),
    ],
  );
  const id = Number(rows[0]?.id);
  const told = webhookEventOf(event.type, event.data ?? {});
  if (told && event.jobId) await queueDeliveries(em, { id, tenantId: event.tenantId, jobId: event.jobId, event: told });
  return id;
}
