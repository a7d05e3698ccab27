import type { WebhookEvent } from '../../domain/webhook.ts';

/** What somebody asks of a webhook; its address is one that `urlMistake` finds nothing wrong with. */
export interface WebhookInput {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description: string | null;
  readonly active: boolean;
}
