import type { TargetSpec } from '../domain/target.ts';
import { builtin, email, externalId, text, timestamp } from './fields.ts';

/** Organisations that are served. */
export const accounts: TargetSpec = builtin({
  type: 'accounts',
  label: 'Accounts',
  anyOf: ['external_id', 'name'],
  fields: [
    externalId,
    text('name'),
    email,
    text('phone', { identifying: true }),
    text('website'),
    text('industry'),
    text('street'),
    text('city'),
    text('state'),
    text('postcode'),
    text('country'),
    text('notes'),
    timestamp('source_created_at'),
  ],
});
