import type { CopyValue } from './copy-text.ts';
import { FIRST_NAMES, LAST_NAMES } from './freescout-words.ts';
import { randomOf } from './random.ts';
import { timestamp } from './freescout-time.ts';

const STREAM_USER = 5;

/** FreeScout's numbers: status 1 active, 2 disabled, 3 deleted; type 1 user, 2 robot. */
interface User {
  readonly id: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly status: number;
  readonly type: number;
}

function user(seed: number, id: number, count: number): User {
  const random = randomOf(seed, STREAM_USER, id);
  const fromEnd = count - id;
  const status = fromEnd === 2 ? 2 : fromEnd === 1 ? 3 : 1;
  return {
    id,
    firstName: random.pick(FIRST_NAMES),
    lastName: random.pick(LAST_NAMES),
    status,
    type: fromEnd === 0 ? 2 : 1,
  };
}

/** The address of a user, which a few customers share. */
export function agentEmail(seed: number, id: number): string {
  const { firstName } = user(seed, id, Number.POSITIVE_INFINITY);
  return `${firstName
    .normalize('NFD')
    .replace(/[^a-z]/gi, '')
    .toLowerCase()}.${id}@desk.example.org`;
}

/** Users: the last three of them are disabled, deleted and a robot. */
export function* userRows(seed: number, count: number): Generator<readonly CopyValue[]> {
  for (let id = 1; id <= count; id++) {
    const { firstName, lastName, status, type } = user(seed, id, count);
    const secret = `$2y$10$CANARY${String(seed)}user${String(id)}`;
    const made = timestamp(id);
    const role = id <= 2 ? 2 : 1;
    yield [
      id,
      firstName,
      lastName,
      agentEmail(seed, id),
      secret,
      role,
      'Europe/Oslo',
      type,
      status,
      id <= 2 ? 'Head' : 'Agent',
      made,
      made,
    ];
  }
}
export const USER_COLUMNS: readonly string[] =
  'id first_name last_name email password role timezone type status job_title created_at updated_at'.split(' ');

/** How many users are neither robots nor deleted; disabled ones count. */
export const agentsAmong = (users: number): number => users - 2;

export const MAILBOXES: readonly string[] = ['Sales', 'Shipping', 'Support'];
/** FreeScout's kinds of folder: unassigned, mine, drafts, assigned, closed, spam, deleted. */
const FOLDER_TYPES: readonly number[] = [1, 20, 30, 40, 60, 80, 110];

/** The folder of a mailbox for a kind that stands at an index of the list above. */
export const folderOf = (mailbox: number, kind: number): number => (mailbox - 1) * FOLDER_TYPES.length + kind + 1;

export function* mailboxRows(seed: number): Generator<readonly CopyValue[]> {
  for (const [index, name] of MAILBOXES.entries()) {
    const local = name.toLowerCase();
    yield [
      index + 1,
      name,
      `${local}@desk.example.org`,
      `CANARY${String(seed)}mailbox${String(index)}`,
      timestamp(0),
      timestamp(0),
    ];
  }
}
export const MAILBOX_COLUMNS: readonly string[] = ['id', 'name', 'email', 'in_password', 'created_at', 'updated_at'];

export function* mailboxUserRows(users: number): Generator<readonly CopyValue[]> {
  let id = 0;
  for (let mailbox = 1; mailbox <= MAILBOXES.length; mailbox++) {
    for (let person = mailbox; person <= users; person += 2) yield [++id, mailbox, person];
  }
}

export function* folderRows(): Generator<readonly CopyValue[]> {
  for (let mailbox = 1; mailbox <= MAILBOXES.length; mailbox++) {
    for (const [kind, type] of FOLDER_TYPES.entries()) yield [folderOf(mailbox, kind), mailbox, type];
  }
}
