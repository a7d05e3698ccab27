import type { TargetSpec } from '../domain/target.ts';
import { builtin, date, email, externalId, text, timestamp } from './fields.ts';

/** People who write in: the customers of a help desk. */
export const customerUsers: TargetSpec = builtin({
  type: 'customer_users',
  label: 'Customer Users',
  anyOf: ['external_id', 'name', 'email'],
  fields: [
    externalId,
    text('name'),
    text('first_name'),
    text('last_name'),
    email,
    text('phone', { identifying: true }),
    text('company'),
    text('job_title'),
    text('street'),
    text('city'),
    text('state'),
    text('postcode'),
    text('country'),
    date('birth_date'),
    text('notes'),
    timestamp('source_created_at'),
  ],
});
