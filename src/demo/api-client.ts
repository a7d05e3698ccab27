import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** An answer that is not what was asked for. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(request: string, status: number, body: unknown) {
    super(`${request} was answered with ${status}: ${JSON.stringify(body)}`);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

const tokens = z.object({ access_token: z.string() });
const MAX_WAIT_S = 90;

/** A client of the public HTTP API, such as anybody could write. It waits as long as a rate limit tells it to. */
export class ApiClient {
  readonly baseUrl: string;
  readonly #signal: AbortSignal | undefined;
  readonly #credentials: { readonly email: string; readonly password: string };
  #token = '';

  private constructor(baseUrl: string, credentials: { email: string; password: string }, signal?: AbortSignal) {
    this.baseUrl = baseUrl;
    this.#credentials = credentials;
    this.#signal = signal;
  }

  /** Logs in; every later request carries the token. Aborting `signal` ends what is under way. */
  static async login(baseUrl: string, email: string, password: string, signal?: AbortSignal): Promise<ApiClient> {
    const client = new ApiClient(baseUrl, { email, password }, signal);
    await client.#login();
    return client;
  }

  /** The token of the session, for sockets and for showing how to call. */
  get token(): string {
    return this.#token;
  }

  get<T>(path: string, answer: z.ZodType<T>): Promise<T> {
    return this.#ask('GET', path, undefined, answer);
  }

  post<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    return this.#ask('POST', path, body, answer);
  }

  put<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    return this.#ask('PUT', path, body, answer);
  }

  delete<T>(path: string, answer: z.ZodType<T>, body?: unknown): Promise<T> {
    return this.#ask('DELETE', path, body, answer);
  }

  async #login(): Promise<void> {
    const response = await this.#send('POST', '/api/v1/auth/login', this.#credentials);
    if (response.status !== 200) throw new ApiError('Logging in', response.status, response.body);
    this.#token = tokens.parse(response.body).access_token;
  }

  async #ask<T>(method: Method, path: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    let renewed = false;
    for (;;) {
      const response = await this.#send(method, path, body);
      if (response.status >= 200 && response.status < 300) return answer.parse(response.body);
      if (response.status === 429 && response.retryAfter <= MAX_WAIT_S) {
        await delay(response.retryAfter * 1000, undefined, this.#signal ? { signal: this.#signal } : {});
      } else if (response.status === 401 && !renewed) {
        // Access tokens are short-lived; a long watch outlives one.
        await this.#login();
        renewed = true;
      } else {
        throw new ApiError(`${method} ${path}`, response.status, response.body);
      }
    }
  }

  async #send(
    method: Method,
    path: string,
    body: unknown,
  ): Promise<{ status: number; body: unknown; retryAfter: number }> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(this.#signal ? { signal: this.#signal } : {}),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return {
      status: response.status,
      body: json ? JSON.parse(text) : text,
      retryAfter: Number(response.headers.get('retry-after') ?? '1'),
    };
  }
}
