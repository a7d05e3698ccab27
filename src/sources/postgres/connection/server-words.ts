/** What a connection is opened with, as far as a server's words may speak of it. */
export interface SpokenOf {
  readonly password: string;
  readonly username?: string;
  readonly database?: string;
}

/** What a code means, for when the server's own words cannot be told. */
const MEANINGS: readonly (readonly [sqlState: RegExp, meaning: string])[] = [
  [/^28P01$/, 'password authentication failed'],
  [/^28/, 'the server does not let this user in'],
  [/^3D000$/, 'the database does not exist'],
  [/^42501$/, 'permission denied'],
  [/^42P01$/, 'a table or view does not exist'],
  [/^42703$/, 'a column does not exist'],
  [/^42883$/, 'there is no function or operator for these types'],
  [/^42/, 'syntax error or access rule violation'],
  [/^22/, 'a value does not fit its type'],
  [/^25006$/, 'the transaction is read-only'],
  [/^53300$/, 'too many connections'],
  [/^53/, 'the server is short of resources'],
  [/^57014$/, 'the statement was cancelled'],
  [/^57/, 'the server is starting up or shutting down'],
  [/^08/, 'could not connect to server'],
];

/**
 * The words of a source's server, as they may be shown. A server can repeat what it was sent, and where the password is
 * part of its words they are not told at all: what the code means stands in their place. Blotting the password out of
 * them would show it by the gap that it leaves in a well-known sentence (`*** authentication failed`), and a short one
 * would leave nothing readable. What PostgreSQL says of the user and the database it was asked for is told whatever
 * the password is, since it says the same with any.
 */
export function serverWords(words: string, sqlState: string, about: SpokenOf): string {
  if (about.password === '' || !words.includes(about.password) || usual(about).includes(words)) return words;
  return MEANINGS.find(([codes]) => codes.test(sqlState))?.[1] ?? 'the server refused this';
}

function usual({ username, database }: SpokenOf): string[] {
  return [
    `password authentication failed for user "${username}"`,
    `role "${username}" does not exist`,
    `role "${username}" is not permitted to log in`,
    `database "${database}" does not exist`,
    `permission denied for database "${database}"`,
    'sorry, too many clients already',
    'the database system is starting up',
    'the database system is shutting down',
    'terminating connection due to administrator command',
    'canceling statement due to statement timeout',
  ];
}
