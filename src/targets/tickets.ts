import type { TargetSpec } from '../domain/target.ts';
import { builtin, externalId, reference, text, timestamp } from './fields.ts';

/** Conversations of a customer with the help desk. */
export const tickets: TargetSpec = builtin({
  type: 'tickets',
  label: 'Tickets',
  fields: [
    externalId,
    text('number'),
    text('subject'),
    text('status'),
    text('priority'),
    text('channel'),
    text('description'),
    reference('customer_user_id', 'customer_users'),
    reference('agent_id', 'agents'),
    reference('account_id', 'accounts'),
    timestamp('closed_at'),
    timestamp('source_created_at'),
    timestamp('source_updated_at'),
  ],
});
