import { randomUUID } from 'node:crypto';
import type { Route } from '../../dialects/dialect.ts';
import type { Stage } from '../../dialects/request-state.ts';
import { AppError } from '../../domain/errors.ts';
import type { FilePlaces } from '../../platform/storage/file-places.ts';
import { REPLAYED } from '../middleware/idempotency-key.ts';
import { receiveUpload } from './receive-upload.ts';

/** Where uploaded files go, and how large they may be where the route says nothing else. */
export type UploadPlaces = Pick<FilePlaces, 'storage' | 'maxBytes'>;

/**
 * Reads the form of a route that takes a file: the file goes to storage while it comes. Of a request that is refused
 * after all, or that was answered before, nothing stays.
 */
export function uploadForm(route: Route, { storage, maxBytes }: UploadPlaces): Stage | null {
  const { upload } = route;
  if (upload === undefined) return null;
  return async function readForm(ctx, next) {
    if (!ctx.is('multipart/form-data')) return next();
    const key = `uploads/${randomUUID()}`;
    const { signal } = ctx.state;
    const form = await receiveUpload(ctx.req, {
      storage,
      key,
      fileFields: upload.fileFields,
      maxBytes: upload.maxBytes ?? maxBytes,
      signal,
    });
    const fields = [...form.fields].map(([name, values]) => [name, values.at(-1)] as const);
    ctx.state.json = { ...Object.fromEntries(fields), file: form.file ?? undefined };
    // Where it lies is ours: the same file sent again is the same request.
    ctx.state.fingerprint = [fields, form.file && { ...form.file, key: null }];
    try {
      await next();
    } catch (error) {
      if (isRefusal(error)) await storage.remove(key);
      throw error;
    }
    const isRepeated = ctx.res.hasHeader(REPLAYED);
    if (isRepeated || (ctx.status >= 400 && ctx.status < 500)) await storage.remove(key);
    return undefined;
  };
}

/** Whether a request was refused before anything was done. What fails on our side may have made a job of its file. */
function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code !== 'internal' && error.code !== 'unavailable';
}
