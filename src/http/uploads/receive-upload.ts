import type { IncomingMessage } from 'node:http';
import { AppError, invalid } from '../../domain/errors.ts';
import { TWO_FILES } from '../../dialects/upload-fields.ts';
import { cleanFileName } from '../../platform/file-name.ts';
import { tooLarge } from '../../platform/storage/measured.ts';
import type { ObjectStorage, StoredFile } from '../../platform/storage/object-storage.ts';
import { drain } from './drain.ts';
import { readForm } from './multipart.ts';
import type { FormPart } from './multipart.ts';

export interface UploadOptions {
  readonly storage: ObjectStorage;
  /** Under which the file is stored: made by us, never of what was sent. */
  readonly key: string;
  /** The names of which the form's one file may have any. */
  readonly fileFields: readonly string[];
  /** Bytes the file may have: so many are taken, one more is `too_large`. */
  readonly maxBytes: number;
  /** Bytes of one text field; 1 MiB by default. */
  readonly maxFieldBytes?: number;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
  /** Milliseconds in which the caller has to send something; 60,000 by default. */
  readonly stallMs?: number;
}

export interface UploadedFile extends StoredFile {
  readonly key: string;
  /** The form's name for it, one of `fileFields`. */
  readonly field: string;
  /** What the caller calls it, fit to be shown; data, never part of a path. */
  readonly name: string | null;
  readonly contentType: string | null;
  /** The charset that its part of the form says it has. */
  readonly charset: string | null;
}

export interface Upload {
  /** Null when the form had none. */
  readonly file: UploadedFile | null;
  /** Text fields before and after the file; a name may come several times. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const MAX_PARTS = 200;
const FIELD_BYTES = 1_048_576;
/** What all text fields and the heads of all parts may have together. */
const BESIDES_BYTES = 8_388_608;
const STALL_MS = 60_000;

/**
 * Stores the file of a multipart form while it comes, and gathers the text fields. It is stored when the form has ended
 * as it should: when it is broken, has anything wrong with it, or the caller goes away, nothing of it stays. Files under
 * other names are passed over.
 * @throws AppError `bad_request`: no form, or a broken one; `too_large`; `validation`: two files; the signal's reason
 */
export async function receiveUpload(request: IncomingMessage, options: UploadOptions): Promise<Upload> {
  const { maxBytes, maxFieldBytes = FIELD_BYTES, signal, stallMs = STALL_MS } = options;
  const fields = new Map<string, string[]>();
  let file: UploadedFile | null = null;
  let begun = false;
  let textBytes = 0;
  const take = async (part: FormPart, whole: Promise<void>): Promise<void> => {
    const { name, isFile, fileName, contentType, charset, body } = part;
    if (!isFile) {
      const { text, bytes } = await readText(part, maxFieldBytes);
      textBytes += bytes;
      if (textBytes > BESIDES_BYTES) throw tooMuchText();
      fields.set(name, [...(fields.get(name) ?? []), text]);
    } else if (!options.fileFields.includes(name)) {
      body.resume();
    } else {
      if (begun) throw invalid({ [name]: [TWO_FILES] });
      begun = true;
      const stored = await options.storage.put(options.key, untilWhole(body, whole), {
        signal,
        maxBytes,
        release: true,
      });
      // What a browser sends of an input in which no file was chosen.
      if (stored.size === 0 && fileName === '') await options.storage.remove(options.key);
      else file = { ...stored, key: options.key, field: name, name: cleanFileName(fileName), contentType, charset };
    }
  };
  try {
    if (Number(request.headers['content-length']) > maxBytes + BESIDES_BYTES) throw tooLarge(maxBytes);
    await readForm(request, { maxBytes: maxBytes + BESIDES_BYTES, maxParts: MAX_PARTS, stallMs }, signal, take);
    return { file, fields };
  } catch (error) {
    drain(request);
    signal.throwIfAborted();
    throw error;
  }
}

/** The file's bytes; they end only when the form has, so that storage keeps no file of a form that broke after it. */
async function* untilWhole(
  body: AsyncIterable<Uint8Array>,
  whole: Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* body;
  await whole;
}

async function readText({ name, body }: FormPart, maxBytes: number): Promise<{ text: string; bytes: number }> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new AppError('too_large', `The field ${name} is larger than the ${maxBytes} bytes that are allowed.`);
    }
    pieces.push(piece);
  }
  return { text: Buffer.concat(pieces).toString('utf8'), bytes };
}

function tooMuchText(): AppError {
  return new AppError('too_large', `The fields of the form are larger than ${BESIDES_BYTES} bytes together.`);
}
