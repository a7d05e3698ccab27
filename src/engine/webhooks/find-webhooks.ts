import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportWebhook } from '../../store/entities/import-webhook.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { viewWebhook } from './webhook-view.ts';
import type { WebhookView } from './webhook-view.ts';

/** The tenant's webhooks, newest first. */
export async function listWebhooks(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  { page, perPage }: Page,
): Promise<{ rows: WebhookView[]; total: number }> {
  requirePermission(actor, 'pages.import.manage');
  const where = { tenantId: actor.tenantId };
  const [rows, total] = await orm.em.fork().findAndCount(ImportWebhook, where, {
    orderBy: { createdAt: 'desc', id: 'desc' },
    limit: perPage,
    offset: (page - 1) * perPage,
  });
  return { rows: rows.map(viewWebhook), total };
}

export async function getWebhook({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<WebhookView> {
  return viewWebhook(await findWebhook(orm.em.fork(), actor, id));
}

/** A webhook of the actor's tenant, for himself or held against others. Throws `not_found`. */
export async function findWebhook(
  em: EntityManager,
  actor: Actor,
  id: string,
  lockMode: LockMode.NONE | LockMode.PESSIMISTIC_WRITE = LockMode.NONE,
): Promise<ImportWebhook> {
  requirePermission(actor, 'pages.import.manage');
  const where = { id, tenantId: actor.tenantId };
  const webhook = isUuid(id) ? await em.findOne(ImportWebhook, where, { lockMode }) : null;
  if (!webhook) throw notFound('Webhook');
  return webhook;
}
