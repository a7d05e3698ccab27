import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded, open } from '../route.ts';
import { namedMistake } from './errors.ts';

/** What stands in a link of ours behind its question mark; anything else is a link of nobody's. */
export const linkQuery = z.object({
  expires: z
    .string()
    .regex(/^\d{1,15}$/u)
    .transform(Number)
    .catch(0),
  signature: z.string().catch(''),
});

/** Where the caller has reached us: links lead there, too. */
export function originOf(header: (name: string) => string | null): string {
  const secure = /^https\b/u.test(header('x-forwarded-proto') ?? '');
  return `http${secure ? 's' : ''}://${header('host') ?? ''}`;
}

/** A link of ours to a stored file. */
export function linkTo(origin: string, { key, expires, signature }: { key: string; expires: number; signature: string }) {
  return `${origin}/common/files/${key}?expires=${expires}&signature=${signature}`;
}

/** As Go writes a duration. */
function goDuration(seconds: number): string {
  return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m${seconds % 60}s`;
}

/** Places for files, and the files themselves where storage takes none from others. */
export function uploadRoutes({ directoryJobs }: Pick<Engine, 'directoryJobs'>): readonly Route[] {
  return [
    guarded('get', '/common/upload-url', {
      permission: 'system.import',
      summary: 'Gives a URL that takes one file, by PUT, within a day and without a login.',
      query: z.object({ filename: z.string().max(1_000).optional() }),
      act: ({ actor, query }) => {
        const name = query.filename?.trim() ?? '';
        if (name === '') throw namedMistake('ERR_MISSING_FILENAME', 'The query parameter filename is missing.');
        return directoryJobs.placeUpload(actor, name);
      },
      present: (place, { header }) => ({
        body: {
          success: true,
          upload_url: place.url ?? linkTo(originOf(header), place),
          s3_key: place.key,
          expires_in: goDuration(place.seconds),
        },
      }),
    }),
    open('put', '/common/files/uploads/:name', {
      summary: 'Takes the file of an upload URL.',
      takesBytes: true,
      params: z.object({ name: z.string() }),
      query: linkQuery,
      act: ({ params, query, header, bytes, signal }) =>
        directoryJobs.receiveUpload({ key: `uploads/${params.name}`, ...query }, bytes(), {
          declared: Number(header('content-length') ?? 0),
          signal,
        }),
      present: ({ sha256 }) => ({ status: 200, body: '', headers: { ETag: `"${sha256}"` } }),
    }),
  ];
}
