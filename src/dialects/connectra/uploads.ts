import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded, open } from '../route.ts';
import { uploadUrlAnswer } from './answers.ts';
import { namedMistake } from './errors.ts';
import { linkQuery, urlOf } from './file-links.ts';

/** Places for files, and the files themselves where storage takes none from others. */
export function uploadRoutes({ directoryJobs }: Pick<Engine, 'directoryJobs'>): readonly Route[] {
  return [
    guarded('get', '/common/upload-url', {
      permission: 'system.import',
      summary: 'Gives a URL that takes one file, by PUT, within a day and without a login.',
      status: 200,
      answers: uploadUrlAnswer,
      query: z.object({ filename: z.string().max(1_000).optional() }),
      act: ({ actor, query }) => {
        const name = query.filename?.trim() ?? '';
        if (name === '') throw namedMistake('ERR_MISSING_FILENAME', 'The query parameter filename is missing.');
        return directoryJobs.placeUpload(actor, name);
      },
      present: (link, { origin }) => ({
        // As Go writes a day.
        body: { success: true, upload_url: urlOf(link, origin), s3_key: link.key, expires_in: '24h0m0s' },
      }),
    }),
    open('put', '/common/files/uploads/:name', {
      summary: 'Takes the file of an upload URL.',
      status: 200,
      answers: z.literal(''),
      answersAs: 'text/plain',
      stream: {},
      params: z.object({ name: z.string() }),
      query: linkQuery,
      act: ({ params, query, header, bytes, signal }) =>
        directoryJobs.receiveUpload({ key: `uploads/${params.name}`, ...query }, bytes(), {
          declared: Number(header('content-length') ?? 0),
          signal,
        }),
      present: ({ sha256 }) => ({ body: '', headers: { ETag: `"${sha256}"` } }),
    }),
  ];
}
