import { z } from 'zod';
import { DELIVERY_STATUSES, MAX_WEBHOOK_URL, urlMistake, WEBHOOK_EVENTS } from '../../domain/webhook.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { idParams, optionalText, queryInteger, queryValue, text, uuid } from '../inputs.ts';
import { guarded } from '../route.ts';
import { deliveryAnswer, listOf, NEW_WEBHOOK_EXAMPLE, newWebhookAnswer, webhookAnswer } from './answers.ts';
import { presentDelivery, presentWebhook } from './present-webhook.ts';

const url = text(MAX_WEBHOOK_URL).superRefine((value, context) => {
  const mistake = urlMistake(value);
  if (mistake !== null) context.addIssue({ code: 'custom', message: mistake });
});
const events = z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(100);

const newWebhook = z.object({
  url,
  events: events.default([...WEBHOOK_EVENTS]),
  description: optionalText(1_000),
});
const changedWebhook = z.object({
  url: url.optional(),
  events: events.optional(),
  description: z.string().max(1_000).nullable().optional(),
  active: z.boolean().optional(),
});

const paging = { page: queryInteger(1, 1_000_000, 1), limit: queryInteger(1, 1_000, 20) };
const RIGHT = { permission: 'pages.import.manage' } as const;
const ONE = { ...RIGHT, params: idParams, subject: 'Webhook' } as const;

/** Addresses that are told of imports, and what was sent to them. */
export function webhookRoutes({ webhooks }: Pick<Engine, 'webhooks'>): readonly Route[] {
  return [
    guarded('get', '/webhooks', {
      ...RIGHT,
      summary: 'Lists webhooks, newest first, without their secrets.',
      query: z.object(paging),
      status: 200,
      answers: listOf(webhookAnswer),
      act: ({ actor, query }) => webhooks.list(actor, { page: query.page, perPage: query.limit }),
      present: ({ rows, total }) => ({ body: { items: rows.map(presentWebhook), total } }),
    }),
    guarded('post', '/webhooks', {
      ...RIGHT,
      summary: 'Makes a webhook and shows its secret, this once. Messages are signed as Standard Webhooks has it.',
      body: newWebhook,
      example: NEW_WEBHOOK_EXAMPLE,
      status: 201,
      answers: newWebhookAnswer,
      act: ({ actor, body }) => webhooks.create(actor, body),
      present: ({ secret, ...view }) => ({ body: { ...presentWebhook(view), secret } }),
    }),
    guarded('get', '/webhooks/:id', {
      ...ONE,
      summary: 'Shows a webhook and whether it works.',
      status: 200,
      answers: webhookAnswer,
      act: ({ actor, params }) => webhooks.get(actor, params.id),
      present: (view) => ({ body: presentWebhook(view) }),
    }),
    guarded('put', '/webhooks/:id', {
      ...ONE,
      summary: 'Changes a webhook; what is left out stays. `active` switches it off and on.',
      body: changedWebhook,
      status: 200,
      answers: webhookAnswer,
      act: ({ actor, params, body }) => webhooks.change(actor, params.id, body),
      present: (view) => ({ body: presentWebhook(view) }),
    }),
    guarded('delete', '/webhooks/:id', {
      ...ONE,
      summary: 'Deletes a webhook; what is on its way to it is not sent.',
      status: 204,
      act: ({ actor, params }) => webhooks.remove(actor, params.id),
      present: () => ({ body: null }),
    }),
    guarded('get', '/webhooks/:id/deliveries', {
      ...ONE,
      summary: 'Lists what was sent to a webhook, or is on its way, newest first, with the last attempts at each.',
      query: z.object({ ...paging, status: queryValue(z.enum(DELIVERY_STATUSES)) }),
      status: 200,
      answers: listOf(deliveryAnswer),
      act: ({ actor, params, query }) =>
        webhooks.deliveries(actor, params.id, { page: query.page, perPage: query.limit, status: query.status }),
      present: ({ rows, total }) => ({ body: { items: rows.map(presentDelivery), total } }),
    }),
    guarded('post', '/webhooks/:id/deliveries/:delivery/redeliver', {
      ...ONE,
      summary: 'Sends a delivery again, at once, under the same id.',
      params: z.object({ id: uuid, delivery: uuid }),
      subject: 'Delivery',
      status: 202,
      answers: deliveryAnswer,
      act: ({ actor, params }) => webhooks.redeliver(actor, params.id, params.delivery),
      present: (view) => ({ body: presentDelivery(view) }),
    }),
  ];
}
