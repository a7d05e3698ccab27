import type { CopyValue } from './copy-text.ts';
import { customerAt, isOnlyCopy } from './freescout-people.ts';
import type { Customer } from './freescout-people.ts';
import { AWKWARD } from './freescout-words.ts';
import { agentEmail } from './freescout-office.ts';
import { randomOf } from './random.ts';
import { timestamp } from './freescout-time.ts';

/** A row of `emails` but for its id; the ids of one customer's rows rise in the order of the list. */
export interface CustomerEmail {
  readonly email: string;
  /** 1 work, 2 home, 3 other. */
  readonly type: number;
}

const STREAM_EMAILS = 3;
const STREAM_ROW = 4;

/** Customers by id and by place; see `freescoutCustomers`. */
export interface Customers {
  readonly count: number;
  /** The customer with an id from 1 to `count`. */
  readonly byId: (id: number) => Customer;
  readonly emailsOf: (id: number) => readonly CustomerEmail[];
  /** What an importer must take for the customer's e-mail: the first of type 1, else the first, else none. */
  readonly emailOf: (id: number) => string | null;
  readonly customerRows: () => Iterable<readonly CopyValue[]>;
  readonly emailRows: () => Iterable<readonly CopyValue[]>;
}

function inverse(factor: number, modulus: number): number {
  let [a, b, x, y] = [factor % modulus, modulus, 1, 0];
  while (b !== 0) [a, b, x, y] = [b, a % b, y, x - Math.floor(a / b) * y];
  return ((x % modulus) + modulus) % modulus;
}

const slug = (name: string | null): string =>
  (name ?? '')
    .normalize('NFD')
    .replace(/[^a-z]/gi, '')
    .toLowerCase();

/** E-mails as an imported row of `customers` might have them: by id, in the order of their own ids. */
function inventEmails(seed: number, customer: Customer): CustomerEmail[] {
  const random = randomOf(seed, STREAM_EMAILS, customer.id);
  const share = random.fraction();
  if (share < 0.05) return [];
  const count = share < 0.8 ? 1 : share < 0.95 ? 2 : 3;
  const [first, last] = [slug(customer.firstName), slug(customer.lastName)];
  const locals = [
    `${first}.${last}.${customer.id}`,
    `${first.slice(0, 1)}${last}${customer.id}`,
    `${last}-${customer.id}`,
  ];
  const domains = ['example.com', 'example.org', 'mail.example.net'];
  return locals.slice(0, count).map((local, index) => ({
    email: `${local.replace(/^\.+/, '')}@${domains[index] ?? ''}`,
    type: random.chance(index === 0 ? 0.85 : 0.4) ? 1 : 2 + random.below(2),
  }));
}

/**
 * The customers of a generated help desk. Duplicates stand side by side in the order of places; ids are scattered over
 * the places, so that neighbours by id have nothing to do with each other and rows do not lie in the order of ids.
 */
export function freescoutCustomers(seed: number, count: number, users: number): Customers {
  const step = [7919, 104_729, 1_299_709].find((prime) => count % prime !== 0) ?? 1;
  const back = inverse(step, count);
  const idAt = (place: number): number => ((place * step) % count) + 1;
  const placeOf = (id: number): number => ((id - 1) * back) % count;
  const byId = (id: number): Customer => customerAt(seed, placeOf(id), id);

  const emailsOf = (id: number): readonly CustomerEmail[] => {
    // A few agents write to their own help desk.
    const agent = id % 1000 === 11 ? (id - 11) / 1000 + 1 : 0;
    if (agent > 0 && agent <= users) return [{ email: agentEmail(seed, agent), type: 1 }];
    const place = placeOf(id);
    const own = inventEmails(seed, byId(id));
    if (!isOnlyCopy(place) || place % 8 !== 0) return own;
    const original = emailsOf(idAt(place - 1));
    // The same mailbox again, written in capitals: the unique index lets it pass.
    return original.map(({ email, type }) => ({ email: email.toUpperCase(), type }));
  };
  const emailOf = (id: number): string | null => {
    const emails = emailsOf(id);
    return (emails.find(({ type }) => type === 1) ?? emails[0])?.email ?? null;
  };

  function* customerRows(): Generator<readonly CopyValue[]> {
    for (let place = 0; place < count; place++) {
      const id = idAt(place);
      const customer = customerAt(seed, place, id);
      const random = randomOf(seed, STREAM_ROW, id);
      const digits = (customer.phone ?? '').replace(/\D/g, '');
      const phones = JSON.stringify([{ value: customer.phone, type: 1 + random.below(4), n: digits }]);
      const created = random.chance(0.001) ? null : timestamp(id * 11);
      yield [
        id,
        customer.firstName,
        customer.lastName,
        customer.company,
        customer.jobTitle,
        id % 1200 === 7 ? phones.slice(0, -5) : random.chance(0.08) ? null : phones,
        random.chance(0.1) ? JSON.stringify([`https://www.example.com/${id}`]) : null,
        random.chance(0.05) ? random.pick(AWKWARD) : null,
        customer.address,
        customer.city,
        customer.state,
        customer.zip,
        customer.country,
        created,
        created === null ? null : timestamp(id * 11 + 1440),
      ];
    }
  }

  function* emailRows(): Generator<readonly CopyValue[]> {
    let last = 0;
    for (let place = 0; place < count; place++) {
      const id = idAt(place);
      const emails = emailsOf(id);
      const rows = emails.map(({ email, type }, index) => [last + index + 1, id, email, type]);
      last += emails.length;
      // Whoever takes the first row he meets instead of the lowest id finds another one.
      yield* rows.toReversed();
    }
    for (let stray = 1; stray <= 3; stray++)
      yield [last + stray, count + 1000 + stray, `nobody.${stray}@example.com`, 1];
  }

  return { count, byId, emailsOf, emailOf, customerRows, emailRows };
}

export const CUSTOMER_COLUMNS: readonly string[] =
  'id first_name last_name company job_title phones websites notes address city state zip country created_at updated_at'.split(
    ' ',
  );
export const EMAIL_COLUMNS: readonly string[] = ['id', 'customer_id', 'email', 'type'];
