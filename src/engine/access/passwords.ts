import { hash, verify } from '@node-rs/argon2';

/** Argon2id as OWASP advises: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A hash that no password fits, of the same cost as a real one. */
const DECOY = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** The password as it may be stored: Argon2id with a random salt, in PHC form. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/**
 * Whether the password fits the stored hash. With null, for a user who does not exist, it does the same work before it
 * says no, so that the time an answer takes does not tell which e-mails are known.
 */
export async function passwordFits(stored: string | null, password: string): Promise<boolean> {
  const fits = await verify(stored ?? DECOY, password);
  return fits && stored !== null;
}
