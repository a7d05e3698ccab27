import { randomUUID } from 'node:crypto';
import type { Route } from '../../dialects/dialect.ts';
import type { Stage } from '../../dialects/request-state.ts';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import { receiveUpload } from './receive-upload.ts';

export interface UploadPlace {
  readonly storage: ObjectStorage;
  /** Bytes of a file where the route says nothing else. */
  readonly maxBytes: number;
}

/**
 * Reads the form of a route that takes a file: the file goes to storage while it comes. Of a request that is refused
 * after all nothing stays.
 */
export function uploadForm(route: Route, { storage, maxBytes }: UploadPlace): Stage | null {
  const { upload } = route;
  if (upload === undefined) return null;
  return async function readForm(ctx, next) {
    if (!ctx.is('multipart/form-data')) return next();
    const key = `uploads/${randomUUID()}`;
    const { signal } = ctx.state;
    let taken = false;
    try {
      const form = await receiveUpload(ctx.req, {
        storage,
        key,
        fileFields: upload.fileFields,
        maxBytes: upload.maxBytes ?? maxBytes,
        signal,
      });
      const fields = [...form.fields].map(([name, values]) => [name, values.at(-1)] as const);
      ctx.state.json = { ...Object.fromEntries(fields), file: form.file ?? undefined };
      await next();
      taken = ctx.status < 400;
      return undefined;
    } finally {
      if (!taken) await storage.remove(key);
    }
  };
}
