import { Dicer } from '@fastify/busboy';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AppError } from '../../domain/errors.ts';
import { parseParameters } from '../../platform/header-parameters.ts';
import { watched } from '../../platform/watched.ts';

/** One part of a form, as its head describes it. */
export interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  /** What the sender calls the file; empty where he calls it nothing. */
  readonly fileName: string;
  readonly contentType: string | null;
  readonly charset: string | null;
  readonly body: Readable;
}

export interface FormLimits {
  /** Bytes of the whole request. */
  readonly maxBytes: number;
  readonly maxParts: number;
  /** Milliseconds in which the sender has to send something. */
  readonly stallMs: number;
}

const MAX_BOUNDARY = 200;
const MAX_HEAD_BYTES = 16_384;
const MAX_HEADERS = 32;
const MAX_NAME = 200;

type Head = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * Reads a form part by part. `take` reads the part's body to its end; its second argument settles when the form has come
 * to its end as a form should. Resolves when all of it is read and taken.
 * @throws AppError `bad_request`: no form, or a broken one; `too_large`; what `take` throws; the signal's reason
 */
export async function readForm(
  request: IncomingMessage,
  limits: FormLimits,
  signal: AbortSignal,
  take: (part: FormPart, whole: Promise<void>) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const parser = new Dicer({
    boundary: boundaryOf(request),
    maxHeaderPairs: MAX_HEADERS,
    maxHeaderSize: MAX_HEAD_BYTES,
  } as ConstructorParameters<typeof Dicer>[0]);
  const failed = new AbortController();
  const stop = failed.signal;
  const whole = Promise.withResolvers<void>();
  const taken: Promise<void>[] = [];
  const bodies = new Set<Readable>();
  const fail = (error: unknown): void => {
    if (stop.aborted) return;
    failed.abort(error);
    whole.reject(error instanceof Error ? error : broken());
    // Whoever waits for the rest of a part waits in vain.
    for (const body of bodies) body.destroy(broken());
  };
  whole.promise.catch(() => undefined);
  signal.addEventListener('abort', () => fail(signal.reason), { once: true });

  let finished = false;
  let parts = 0;
  parser.on('finish', () => {
    finished = true;
    // A part whose head is cut off is no part that may be lost.
    if (parts === taken.length) whole.resolve();
    else fail(broken());
    // A parser that comes to the form's end while a part is still being read never says that it has room again.
    parser.emit('drain');
  });
  parser.on('error', () => fail(broken()));
  parser.on('part', (body: Readable) => {
    if (stop.aborted) return void body.destroy();
    parts++;
    bodies.add(body);
    // What breaks in the form the parser tells; a body that nobody wants any more breaks, too.
    body.once('close', () => bodies.delete(body)).on('error', () => undefined);
    body.once('header', (head: Head) => {
      if (taken.length === limits.maxParts) return fail(tooManyParts(limits.maxParts));
      const part = describe(head, body);
      if (part === null) return fail(new AppError('bad_request', 'A part of the form has no usable name.'));
      const done = take(part, whole.promise);
      done.catch(fail);
      taken.push(done);
    });
  });

  let bytes = 0;
  // The connection has to outlive what is wrong with the body: it carries the answer.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of watched(chunks, { signal: stop, stallMs: limits.stallMs, onStall: stalled })) {
      bytes += chunk.length;
      if (bytes > limits.maxBytes) throw tooLong(limits.maxBytes);
      if (!finished && !parser.write(chunk)) await once(parser, 'drain', { signal: stop });
    }
    if (!finished) parser.end();
    await whole.promise;
    await Promise.all(taken);
  } catch (error) {
    fail(request.errored === error ? broken() : error);
    // What was being taken is undone before anybody is told.
    await Promise.allSettled(taken);
    throw reasonOf(stop);
  }
}

function boundaryOf(request: IncomingMessage): string {
  const { value, parameters } = parseParameters(request.headers['content-type'] ?? '');
  const boundary = parameters.get('boundary') ?? '';
  if (value === 'multipart/form-data' && boundary !== '' && boundary.length <= MAX_BOUNDARY) return boundary;
  throw unreadable('The request body must be a form with a file (Content-Type: multipart/form-data).');
}

function describe(head: Head, body: Readable): FormPart | null {
  const disposition = parseParameters(head['content-disposition']?.[0] ?? '');
  const type = parseParameters(head['content-type']?.[0] ?? '');
  const name = unescaped(disposition.parameters.get('name') ?? '');
  if (disposition.value !== 'form-data' || name === '' || name.length > MAX_NAME) return null;
  return {
    name,
    isFile: disposition.parameters.has('filename') || type.value === 'application/octet-stream',
    fileName: unescaped(disposition.parameters.get('filename') ?? ''),
    contentType: type.value === '' ? null : type.value,
    charset: type.parameters.get('charset') ?? null,
    body,
  };
}

/** What browsers escape in the names of forms: these three and nothing else. */
function unescaped(name: string): string {
  return name.replaceAll('%22', '"').replaceAll(/%0D/giu, '\r').replaceAll(/%0A/giu, '\n');
}

function broken(): AppError {
  return unreadable('The form is broken, or was broken off.');
}

function stalled(): AppError {
  return unreadable('The upload has stood still for too long.');
}

function unreadable(message: string): AppError {
  return new AppError('bad_request', message, { details: { body: 'unreadable' } });
}

function tooManyParts(most: number): AppError {
  return new AppError('too_large', `The form has more than ${most} parts.`);
}

function tooLong(most: number): AppError {
  return new AppError('too_large', `The form is larger than ${most} bytes.`);
}

function reasonOf(stop: AbortSignal): Error {
  return stop.reason instanceof Error ? stop.reason : broken();
}
