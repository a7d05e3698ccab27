import type { TargetSpec } from '../domain/target.ts';
import { builtin, externalId, numeric, reference, text, timestamp } from './fields.ts';

/** Time somebody worked on a ticket; `duration` is in minutes. */
export const timeEntries: TargetSpec = builtin({
  type: 'time_entries',
  label: 'Time Entries',
  fields: [
    externalId,
    numeric('duration'),
    text('description'),
    reference('ticket_id', 'tickets'),
    reference('agent_id', 'agents'),
    timestamp('started_at'),
    timestamp('source_created_at'),
    timestamp('source_updated_at'),
  ],
});
