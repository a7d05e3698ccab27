import type { CopyValue } from './copy-text.ts';
import type { Customers } from './freescout-customers.ts';
import { folderOf, MAILBOXES } from './freescout-office.ts';
import { timestamp } from './freescout-time.ts';
import { AWKWARD, SENTENCES, SUBJECTS } from './freescout-words.ts';
import { randomOf } from './random.ts';
import type { Random } from './random.ts';

const STREAM_CONVERSATION = 6;
const STREAM_THREADS = 7;
const STREAM_TIME = 8;

/** Numbers of FreeScout: status 1 active, 2 pending, 3 closed, 4 spam; state 1 draft, 2 published, 3 deleted. */
export interface Conversation {
  readonly id: number;
  readonly status: number;
  readonly state: number;
  readonly subject: string | null;
  readonly mailbox: number;
  readonly userId: number | null;
  /** May be the number of a customer who is no longer there. */
  readonly customerId: number | null;
  readonly createdMinutes: number;
}

/** A message, note or log line; exactly one of a conversation's is its first, unless others were merged into it. */
export interface Thread {
  readonly type: number;
  readonly first: boolean;
  readonly body: string | null;
}

export interface Timelog {
  readonly conversationId: number;
  readonly userId: number;
  readonly seconds: number;
  readonly finished: boolean;
}

/** Conversations with what hangs on them, each made again from its number whenever it is asked for. */
export interface Conversations {
  readonly count: number;
  readonly byId: (id: number) => Conversation;
  readonly threadsOf: (id: number) => readonly Thread[];
  readonly timelogsOf: (id: number) => readonly Timelog[];
  /** Published and not spam: what becomes a ticket. */
  readonly isTicket: (id: number) => boolean;
  readonly conversationRows: () => Iterable<readonly CopyValue[]>;
  readonly threadRows: () => Iterable<readonly CopyValue[]>;
  readonly timelogRows: () => Iterable<readonly CopyValue[]>;
}

function body(random: Random, id: number, opening: boolean): string {
  const sentences = Array.from({ length: 1 + random.below(4) }, () => random.pick(SENTENCES));
  if (random.chance(0.1)) sentences.push(random.pick(AWKWARD));
  const text = `<div>${sentences.join('<br>\r\n')}</div>`;
  // One letter as large as some mail programs make it, and a few of the size of a quoted correspondence.
  if (opening && id === 5) return text.padEnd(1_048_576, 'ß and so on. ');
  return opening && id % 97 === 3 ? text.padEnd(66_000, '&gt; quoted line\r\n') : text;
}

export function freescoutConversations(
  seed: number,
  count: number,
  customers: Customers,
  users: number,
): Conversations {
  const byId = (id: number): Conversation => {
    const random = randomOf(seed, STREAM_CONVERSATION, id);
    const [forState, forStatus, forCustomer] = [random.fraction(), random.fraction(), random.fraction()];
    const someone = 1 + random.below(customers.count);
    return {
      id,
      state: forState < 0.94 ? 2 : forState < 0.97 ? 1 : 3,
      status: forStatus < 0.12 ? 1 : forStatus < 0.2 ? 2 : forStatus < 0.96 ? 3 : 4,
      customerId: forCustomer < 0.01 ? null : forCustomer < 0.02 ? customers.count + 500 + someone : someone,
      userId: random.chance(0.2) ? null : 1 + random.below(users),
      mailbox: 1 + random.below(MAILBOXES.length),
      subject: random.chance(0.01)
        ? null
        : random.chance(0.1)
          ? random.pick(AWKWARD)
          : `${random.pick(SUBJECTS)} (${id + 1000})`,
      createdMinutes: id * 37,
    };
  };

  const threadsOf = (id: number): readonly Thread[] => {
    const random = randomOf(seed, STREAM_THREADS, id);
    if (random.chance(0.01)) return [];
    const answers = Array.from({ length: random.below(5) }, (): Thread => {
      const type = random.pick([1, 2, 2, 3, 4]);
      return { type, first: false, body: type === 4 ? null : body(random, id, false) };
    });
    const opening: Thread = { type: random.chance(0.9) ? 1 : 2, first: true, body: body(random, id, true) };
    const threads = [opening, ...answers];
    // A log line that got its number before the letter did.
    if (id % 50 === 7) threads.unshift({ type: 4, first: false, body: null });
    // Another conversation was merged in and kept its own first letter.
    if (id % 90 === 11) threads.push({ ...opening, body: '<p>merged from elsewhere</p>' });
    return threads;
  };

  const timelogsOf = (id: number): readonly Timelog[] => {
    const random = randomOf(seed, STREAM_TIME, id);
    const amount = random.chance(0.4) ? 1 + random.below(2) : 0;
    return Array.from({ length: amount }, () => ({
      conversationId: random.chance(0.01) ? count + 700 + id : id,
      userId: 1 + random.below(users),
      seconds: random.below(240) * 60 + (random.chance(0.2) ? random.below(60) : 0),
      finished: !random.chance(0.04),
    }));
  };

  const isTicket = (id: number): boolean => {
    if (id < 1 || id > count) return false;
    const { state, status } = byId(id);
    return state === 2 && status !== 4;
  };

  function* conversationRows(): Generator<readonly CopyValue[]> {
    for (let id = 1; id <= count; id++) {
      const { state, status, subject, mailbox, userId, customerId, createdMinutes } = byId(id);
      const email = customerId === null || customerId > customers.count ? null : customers.emailOf(customerId);
      const closed = status === 3 ? timestamp(createdMinutes + 600) : null;
      const made = timestamp(createdMinutes);
      const folder = folderOf(mailbox, state === 1 ? 2 : state === 3 ? 6 : status === 4 ? 5 : status === 3 ? 4 : 3);
      const threads = threadsOf(id).filter(({ type }) => type !== 4).length;
      const preview = (subject ?? '').slice(0, 120);
      yield [
        id,
        id + 1000,
        threads,
        1,
        folder,
        status,
        state,
        subject,
        email,
        preview,
        mailbox,
        userId,
        customerId,
        1,
        1,
        closed,
        made,
        closed ?? made,
      ];
    }
  }

  function* threadRows(): Generator<readonly CopyValue[]> {
    let id = 0;
    for (let conversation = 1; conversation <= count; conversation++) {
      const { userId, customerId, createdMinutes } = byId(conversation);
      for (const [index, thread] of threadsOf(conversation).entries()) {
        const made = timestamp(createdMinutes + index * 45);
        const message = thread.type === 4 ? null : `${String(seed)}-${String(++id)}@desk.example.org`;
        const by = thread.type === 1 ? null : userId;
        yield [
          message === null ? ++id : id,
          conversation,
          by,
          thread.type,
          1,
          2,
          thread.body,
          message,
          1,
          1,
          customerId,
          thread.first,
          made,
          made,
        ];
      }
    }
    for (let stray = 1; stray <= 5; stray++) {
      yield [
        id + stray,
        count + 900 + stray,
        null,
        1,
        1,
        2,
        'of a conversation that is gone',
        null,
        1,
        1,
        null,
        true,
        null,
        null,
      ];
    }
  }

  function* timelogRows(): Generator<readonly CopyValue[]> {
    let id = 0;
    for (let conversation = 1; conversation <= count; conversation++) {
      const { status, createdMinutes } = byId(conversation);
      for (const log of timelogsOf(conversation)) {
        const made = timestamp(createdMinutes + 30);
        yield [++id, log.conversationId, log.userId, status, log.seconds, !log.finished, log.finished, made, made];
      }
    }
  }

  return { count, byId, threadsOf, timelogsOf, isTicket, conversationRows, threadRows, timelogRows };
}

export const CONVERSATION_COLUMNS: readonly string[] = (
  'id number threads_count type folder_id status state subject customer_email preview mailbox_id user_id customer_id ' +
  'source_via source_type closed_at created_at updated_at'
).split(' ');
export const THREAD_COLUMNS: readonly string[] =
  'id conversation_id user_id type status state body message_id source_via source_type customer_id first created_at updated_at'.split(
    ' ',
  );
export const TIMELOG_COLUMNS: readonly string[] =
  'id conversation_id user_id conversation_status time_spent paused finished created_at updated_at'.split(' ');
