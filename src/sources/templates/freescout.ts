import type { QueryConfiguration } from '../../domain/query.ts';
import type { SystemTemplate } from './template.ts';

/**
 * FreeScout's own schema: kinds and states are numbers, nothing has a foreign key, a customer's e-mails are rows of
 * their own, a conversation's text is the body of its first thread. References carry the ids of the source.
 */

const NAME = (table: string): string =>
  `NULLIF(CONCAT_WS(' ', NULLIF(${table}.first_name, ''), NULLIF(${table}.last_name, '')), '')`;

/** States of a conversation: 1 draft, 2 published, 3 deleted. Statuses: 1 active, 2 pending, 3 closed, 4 spam. */
const IMPORTED_CONVERSATIONS = [
  { field: 'conversations.state', operator: '=', value: 2 },
  { field: 'conversations.status', operator: '!=', value: 4 },
];

const customerUsers: QueryConfiguration = {
  name: 'Customer Users Import',
  baseTable: 'customers',
  joins: [
    { type: 'left', table: 'derived:customer_email', on: 'customer_email.customer_id = customers.id' },
    { type: 'left', table: 'derived:customer_phone', on: 'customer_phone.customer_id = customers.id' },
  ],
  fields: [
    { source: 'customers.id', target: 'external_id' },
    { source: NAME('customers'), target: 'name', transformation: 'custom' },
    { source: 'customers.first_name', target: 'first_name' },
    { source: 'customers.last_name', target: 'last_name' },
    { source: 'customer_email.email', target: 'email' },
    { source: 'customer_phone.phone', target: 'phone' },
    { source: 'customers.company', target: 'company' },
    { source: 'customers.job_title', target: 'job_title' },
    { source: 'customers.address', target: 'street' },
    { source: 'customers.city', target: 'city' },
    { source: 'customers.state', target: 'state' },
    { source: 'customers.zip', target: 'postcode' },
    { source: 'customers.country', target: 'country' },
    { source: 'customers.notes', target: 'notes' },
    { source: 'customers.created_at', target: 'source_created_at' },
  ],
  filters: [],
  targetType: 'customer_users',
};

const agents: QueryConfiguration = {
  name: 'Agents Import',
  baseTable: 'users',
  joins: [],
  fields: [
    { source: 'users.id', target: 'external_id' },
    { source: NAME('users'), target: 'name', transformation: 'custom' },
    { source: 'users.first_name', target: 'first_name' },
    { source: 'users.last_name', target: 'last_name' },
    { source: 'users.email', target: 'email' },
    { source: 'users.phone', target: 'phone' },
    { source: 'users.job_title', target: 'job_title' },
    {
      source: "CASE users.role WHEN 1 THEN 'user' WHEN 2 THEN 'admin' ELSE users.role::text END",
      target: 'role',
      transformation: 'case_when',
    },
    {
      source: "CASE users.status WHEN 1 THEN 'active' WHEN 2 THEN 'disabled' ELSE users.status::text END",
      target: 'status',
      transformation: 'case_when',
    },
    { source: 'users.timezone', target: 'timezone' },
    { source: 'users.created_at', target: 'source_created_at' },
  ],
  // Types: 1 a person, 2 a robot. Status 3 is deleted.
  filters: [
    { field: 'users.type', operator: '!=', value: 2 },
    { field: 'users.status', operator: '!=', value: 3 },
  ],
  targetType: 'agents',
};

const tickets: QueryConfiguration = {
  name: 'Tickets Import',
  baseTable: 'conversations',
  joins: [{ type: 'left', table: 'derived:first_thread', on: 'first_thread.conversation_id = conversations.id' }],
  fields: [
    { source: 'conversations.id', target: 'external_id' },
    { source: 'conversations.number', target: 'number' },
    { source: 'conversations.subject', target: 'subject' },
    {
      source:
        "CASE conversations.status WHEN 1 THEN 'open' WHEN 2 THEN 'pending' WHEN 3 THEN 'closed' ELSE conversations.status::text END",
      target: 'status',
      transformation: 'case_when',
    },
    {
      source:
        "CASE conversations.type WHEN 1 THEN 'email' WHEN 2 THEN 'phone' WHEN 3 THEN 'chat' ELSE conversations.type::text END",
      target: 'channel',
      transformation: 'case_when',
    },
    { source: 'first_thread.body', target: 'description' },
    { source: 'conversations.customer_id::text', target: 'customer_user_id', transformation: 'custom' },
    { source: 'conversations.user_id::text', target: 'agent_id', transformation: 'custom' },
    { source: 'conversations.closed_at', target: 'closed_at' },
    { source: 'conversations.created_at', target: 'source_created_at' },
    { source: 'conversations.updated_at', target: 'source_updated_at' },
  ],
  filters: IMPORTED_CONVERSATIONS,
  targetType: 'tickets',
};

const timeEntries: QueryConfiguration = {
  name: 'Time Entries Import',
  baseTable: 'timelogs',
  joins: [{ type: 'inner', table: 'conversations', on: 'conversations.id = timelogs.conversation_id' }],
  fields: [
    { source: 'timelogs.id', target: 'external_id' },
    // Kept in seconds there, in minutes here.
    { source: 'ROUND(timelogs.time_spent / 60.0)', target: 'duration', transformation: 'math' },
    { source: 'timelogs.conversation_id::text', target: 'ticket_id', transformation: 'custom' },
    { source: 'timelogs.user_id::text', target: 'agent_id', transformation: 'custom' },
    { source: 'timelogs.created_at', target: 'source_created_at' },
    { source: 'timelogs.updated_at', target: 'source_updated_at' },
  ],
  filters: [{ field: 'timelogs.finished', operator: '=', value: true }, ...IMPORTED_CONVERSATIONS],
  targetType: 'time_entries',
};

export const freescoutTemplate: SystemTemplate = {
  name: 'FreeScout Platform',
  platform: 'freescout',
  databaseType: 'postgresql',
  description: 'Pre-configured import for FreeScout help desk platform',
  supportedTypes: ['customer_users', 'tickets', 'time_entries', 'agents'],
  queries: { customer_users: customerUsers, tickets, time_entries: timeEntries, agents },
};
