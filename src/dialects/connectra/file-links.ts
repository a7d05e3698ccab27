import { z } from 'zod';
import type { FileLink } from '../../engine/directory-jobs/file-links.ts';

/** What stands in a link of ours behind its question mark; anything else makes a link of nobody's. */
export const linkQuery = z.object({
  expires: z
    .string()
    .regex(/^\d{1,15}$/u)
    .transform(Number)
    .catch(0),
  signature: z.string().catch(''),
});

/** A link as a URL; one of ours leads to where the caller has reached us. */
export function urlOf({ url, key, expires, signature }: FileLink, origin: string): string {
  return url ?? `${origin}/common/files/${key}?expires=${expires}&signature=${signature}`;
}
