import { randomBytes, randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { secretBinding } from '../../domain/webhook.ts';
import { ImportWebhook } from '../../store/entities/import-webhook.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import type { WebhookInput } from './webhook-input.ts';
import { viewWebhook } from './webhook-view.ts';
import type { WebhookView } from './webhook-view.ts';

/** Webhooks a tenant may have. */
const MAX_WEBHOOKS = 100;

/** Standard Webhooks 1.0.0, "Signature scheme": at least 24 bytes. */
const SECRET_BYTES = 32;

/** Makes a webhook. The secret is shown this once; throws `conflict` for more than a tenant may have. */
export async function createWebhook(
  { orm, sealer }: Pick<EngineDeps, 'orm' | 'sealer'>,
  actor: Actor,
  input: Omit<WebhookInput, 'active'>,
): Promise<WebhookView & { readonly secret: string }> {
  requirePermission(actor, 'pages.import.manage');
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  const owner = { id: randomUUID(), tenantId: actor.tenantId };
  return orm.em.fork().transactional(async (tx) => {
    if ((await tx.count(ImportWebhook, { tenantId: actor.tenantId })) >= MAX_WEBHOOKS) {
      throw new AppError('conflict', `There are ${MAX_WEBHOOKS} webhooks already: delete one that is not needed.`);
    }
    const now = new Date();
    const webhook = tx.create(ImportWebhook, {
      ...owner,
      url: input.url,
      events: [...new Set(input.events)],
      description: input.description,
      secretSealed: sealer.seal(secret, secretBinding(owner)),
      createdById: actor.userId,
      createdAt: now,
      updatedAt: now,
    });
    await tx.flush();
    await audit(tx, actor, 'webhook.created', { type: 'import_webhook', id: owner.id }, { url: hostOf(input.url) });
    return { ...viewWebhook(webhook), secret };
  });
}

/** What of an address may be written down: paths of receivers often hold a token. */
export function hostOf(url: string): string {
  return new URL(url).origin;
}
