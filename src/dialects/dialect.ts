import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Actor, Permission } from '../domain/actor.ts';
import type { AppError, FieldMistakes } from '../domain/errors.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The browser's session cookie as an answer sets it; the mount knows its name and attributes. */
export interface SessionCookie {
  readonly token: string;
  readonly expiresAt: Date;
}

/** An answer as data; only the mount touches the socket. */
export interface Wire {
  /** 200 unless said otherwise. */
  readonly status?: number;
  /** JSON; a string is sent as text and a `Readable` is streamed, both with the content type the headers name. */
  readonly body?: string | Readable | object | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sets the session cookie, or clears it when null. */
  readonly session?: SessionCookie | null;
}

/** What a route is given: everything parsed, nothing of the transport but what it may need to know of it. */
export interface Accepted<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly requestId: string;
  /** The caller's network address, for rate limits of those who are not logged in. */
  readonly address: string;
  /** Where the caller has reached us, for links to ourselves: `https://import.example.com`. */
  readonly origin: string;
  /** The login session that brought the caller here; null for an API token and for strangers. */
  readonly sessionId: string | null;
  /** The API token that did; null for a login session and for strangers. */
  readonly tokenId: string | null;
  /** A request header by its name in lower case, or null. */
  readonly header: (name: string) => string | null;
  /** The body as it comes, of a route that says `stream`; to be read once. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** An accepted request of somebody who is logged in. */
export interface Authorised<P, Q, B> extends Accepted<P, Q, B> {
  readonly actor: Actor;
}

/** A form with a file, in place of a JSON body: its text fields are the body, and the file is in it under `file`. */
export interface UploadForm {
  /** The names of which the form's one file may have any. */
  readonly fileFields: readonly string[];
  /** Bytes the file may have; what the installation allows when absent. */
  readonly maxBytes?: number;
}

/** A body of any length, which the route reads itself as it comes (`bytes`), in place of one that is parsed. */
export interface StreamedBody {
  /** It is JSON and holds this, for the API page; a file of any type when absent. */
  readonly json?: z.ZodType;
  /** As many bytes as the route cares to read when absent. */
  readonly maxBytes?: number;
}

interface Shape<P, Q, B> {
  /** One sentence for the API page. */
  readonly summary: string;
  /** What breaks this is answered like something that does not exist: 404. */
  readonly params?: z.ZodType<P>;
  /** Query strings hold text: coerce. `filter[name]=x` arrives as `{filter: {name: 'x'}}`, `ids[]=x` as an array. */
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** A body as a document prints it, for the API page. */
  readonly example?: object;
  /** What a successful answer holds, for the API page. */
  readonly answers?: z.ZodType;
  /** The content type of that when it is no JSON. */
  readonly answersAs?: string;
  /** The status of a successful answer that presents none itself. */
  readonly status?: number;
  /** What the path's parameters name ("Import profile"), for the 404 of an id that cannot exist. */
  readonly subject?: string;
  /** The dialect's rate limit group this route counts in. */
  readonly limit?: string;
  /** Bytes of a JSON body; 1 MiB unless said otherwise. */
  readonly bodyLimit?: number;
  /** The route takes a form with a file, too. */
  readonly upload?: UploadForm;
  readonly stream?: StreamedBody;
}

/** A route of a logged-in actor. */
export interface GuardedRoute<P, Q, B, R> extends Shape<P, Q, B> {
  readonly permission?: Permission;
  /** Any further rule of who may come in; throws `forbidden`. Asked before the input is looked at. */
  readonly authorise?: (actor: Actor) => void;
  /**
   * What the engine finds wrong in a body, without acting; asked when the body has been `told` other mistakes, with
   * what is sound of it, so that all are named at once.
   */
  readonly check?: (request: Authorised<P, Q, B>, told: FieldMistakes) => Promise<FieldMistakes>;
  readonly act: (request: Authorised<P, Q, B>) => Promise<R>;
  readonly present: (result: R, request: Authorised<P, Q, B>) => Wire;
}

/** A route that needs no login. */
export interface OpenRoute<P, Q, B, R> extends Shape<P, Q, B> {
  readonly act: (request: Accepted<P, Q, B>) => Promise<R>;
  readonly present: (result: R, request: Accepted<P, Q, B>) => Wire;
}

/** A request as the mount hands it to a route of erased types. */
export type AnyRequest = Accepted<unknown, unknown, unknown> & { readonly actor: Actor | null };

/** One endpoint of a dialect, its types erased so that endpoints can stand in one list. */
export interface Route {
  readonly method: Method;
  /** Below the dialect's prefix, parameters as `:name`; literal paths stand before parameters in the list. */
  readonly path: string;
  readonly open: boolean;
  readonly summary: string;
  readonly permission: Permission | undefined;
  readonly subject: string | undefined;
  readonly limit: string | undefined;
  readonly bodyLimit: number | undefined;
  readonly upload: UploadForm | undefined;
  readonly stream: StreamedBody | undefined;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  readonly example: object | undefined;
  readonly answers: z.ZodType | undefined;
  readonly answersAs: string | undefined;
  readonly status: number | undefined;
  /** Throws `forbidden` unless this actor may use the route. */
  readonly authorise: (actor: Actor) => void;
  /** Further mistakes of a body that has some; see `GuardedRoute`. */
  readonly check: ((request: AnyRequest, told: FieldMistakes) => Promise<FieldMistakes>) | undefined;
  /** Acts and presents; the mount has parsed the input with the route's own schemas. */
  readonly answer: (request: AnyRequest) => Promise<Wire>;
}

/** Requests a minute of one user, by group. */
export type RateLimits = Readonly<Record<string, number>>;

/** One wire language: routes, the form of its errors, its rate limits. It holds no state. */
export interface Dialect {
  readonly name: string;
  readonly prefix: string;
  /** The path heads below the prefix that are this dialect's; all of them when absent. */
  readonly roots?: readonly string[];
  readonly routes: readonly Route[];
  /** Paths below the prefix that begin with this may be asked by pages of any origin; none when absent. */
  readonly anyOrigin?: string;
  readonly limits: RateLimits;
  /** The names its errors have, where they have any, for the API page. */
  readonly errors?: Readonly<Record<string, { readonly status: number; readonly means: string }>>;
  readonly presentError: (error: AppError) => Wire;
}
