import type { CopyValue } from './copy-text.ts';
import {
  CONVERSATION_COLUMNS,
  freescoutConversations,
  THREAD_COLUMNS,
  TIMELOG_COLUMNS,
} from './freescout-conversations.ts';
import type { Conversations } from './freescout-conversations.ts';
import { CUSTOMER_COLUMNS, EMAIL_COLUMNS, freescoutCustomers } from './freescout-customers.ts';
import type { Customers } from './freescout-customers.ts';
import {
  agentsAmong,
  folderRows,
  MAILBOX_COLUMNS,
  mailboxRows,
  mailboxUserRows,
  USER_COLUMNS,
  userRows,
} from './freescout-office.ts';
import { timestamp } from './freescout-time.ts';

export interface FreescoutOptions {
  /** The same seed and sizes give the same database, byte for byte. */
  readonly seed: number;
  readonly customers: number;
  readonly conversations: number;
  /** At least four: the last three are disabled, deleted and a robot. */
  readonly users: number;
}

export const DEMO_SIZE: FreescoutOptions = { seed: 20_261_121, customers: 4000, conversations: 2000, users: 14 };

/** A table to be filled: its rows are made while they are read and never held. */
export interface GeneratedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: () => Iterable<readonly CopyValue[]>;
}

/** How many rows each target type must get out of the database: a fact of how it was made, not of any query. */
export interface FreescoutTruth {
  readonly agents: number;
  readonly customer_users: number;
  readonly tickets: number;
  readonly time_entries: number;
}

/** A help desk that can be looked at row by row, and its tables. */
export interface Freescout {
  readonly options: FreescoutOptions;
  readonly customers: Customers;
  readonly conversations: Conversations;
  readonly tables: readonly GeneratedTable[];
  readonly truth: FreescoutTruth;
}

function countTruth(options: FreescoutOptions, conversations: Conversations): FreescoutTruth {
  let tickets = 0;
  let timeEntries = 0;
  for (let id = 1; id <= conversations.count; id++) {
    if (conversations.isTicket(id)) tickets++;
    const logs = conversations.timelogsOf(id);
    timeEntries += logs.filter(
      ({ finished, conversationId }) => finished && conversations.isTicket(conversationId),
    ).length;
  }
  return { agents: agentsAmong(options.users), customer_users: options.customers, tickets, time_entries: timeEntries };
}

function* everyNth(
  count: number,
  step: number,
  row: (id: number, of: number) => readonly CopyValue[],
): Generator<readonly CopyValue[]> {
  for (let id = 1; id * step <= count; id++) yield row(id, id * step);
}

/**
 * Describes a help desk in the shape of FreeScout's real schema: numbers for statuses and types, no foreign keys, no
 * `customers.email`; customers with duplicates, households, several e-mails or none; conversations in every state with
 * letters of up to a megabyte; and rows that point to what is gone. Nothing is made before it is asked for.
 */
export function describeFreescout(options: FreescoutOptions = DEMO_SIZE): Freescout {
  const { seed, users } = options;
  const customers = freescoutCustomers(seed, options.customers, users);
  const conversations = freescoutConversations(seed, options.conversations, customers, users);
  const { count } = conversations;
  const table = (
    name: string,
    columns: readonly string[] | string,
    rows: () => Iterable<readonly CopyValue[]>,
  ): GeneratedTable => ({
    name,
    columns: typeof columns === 'string' ? columns.split(' ') : columns,
    rows,
  });
  const tables = [
    table('users', USER_COLUMNS, () => userRows(seed, users)),
    table('mailboxes', MAILBOX_COLUMNS, () => mailboxRows(seed)),
    table('mailbox_user', 'id mailbox_id user_id', () => mailboxUserRows(users)),
    table('folders', 'id mailbox_id type', () => folderRows()),
    table('customers', CUSTOMER_COLUMNS, customers.customerRows),
    table('emails', EMAIL_COLUMNS, customers.emailRows),
    table('customer_channel', 'id customer_id channel channel_id', () =>
      everyNth(options.customers, 50, (id, customer) => [id, customer, 1 + (id % 3), `channel-${customer}`]),
    ),
    table('conversations', CONVERSATION_COLUMNS, conversations.conversationRows),
    table('conversation_folder', 'id folder_id conversation_id', () =>
      everyNth(count, 1, (id) => [id, 1 + (id % 7), id]),
    ),
    table('threads', THREAD_COLUMNS, conversations.threadRows),
    table('attachments', 'id thread_id file_dir file_name mime_type type size', () =>
      everyNth(count, 30, (id, thread) => [
        id,
        thread,
        '1/2',
        id % 3 === 0 ? '../../etc/passwd' : `scan ${id}.pdf`,
        'application/pdf',
        5,
        id * 100,
      ]),
    ),
    table('followers', 'id conversation_id user_id', () =>
      everyNth(count, 15, (id, conversation) => [id, conversation, 1 + (id % users)]),
    ),
    table('send_logs', 'id thread_id user_id email mail_type status created_at', () =>
      everyNth(count, 10, (id, thread) => [id, thread, 1, `someone.${id}@example.com`, 1, 1, timestamp(id)]),
    ),
    table('timelogs', TIMELOG_COLUMNS, conversations.timelogRows),
  ];
  return { options, customers, conversations, tables, truth: countTruth(options, conversations) };
}
