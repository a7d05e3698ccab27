import type { TargetSpec } from '../domain/target.ts';
import { builtin, email, externalId, text, timestamp } from './fields.ts';

/** People who answer: the staff of a help desk. */
export const agents: TargetSpec = builtin({
  type: 'agents',
  label: 'Agents',
  anyOf: ['external_id', 'name', 'email'],
  fields: [
    externalId,
    text('name'),
    text('first_name'),
    text('last_name'),
    email,
    text('phone', { identifying: true }),
    text('job_title'),
    text('role'),
    text('status'),
    text('timezone'),
    text('notes'),
    timestamp('source_created_at'),
  ],
});
