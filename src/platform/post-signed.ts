import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { Webhook } from 'standardwebhooks';
import { networkFailure } from './network-failure.ts';
import { createGuardedAgents } from './outbound-agent.ts';
import type { OutboundGuard } from './outbound-guard.ts';

/** A message for a webhook; `id` stays the same however often it is sent. */
export interface SignedMessage {
  readonly url: string;
  readonly id: string;
  /** When it is sent, which is signed too, so that nobody can send it again later. */
  readonly at: Date;
  /** `whsec_` and at least 24 bytes in base64. */
  readonly secret: string;
  readonly body: string;
}

/** What a server answered, or why there is no answer. */
export interface PostResult {
  readonly status: number | null;
  /** Seconds the server asks to be left alone for. */
  readonly retryAfter: number | null;
  readonly error: string | null;
}

/** Within what Standard Webhooks 1.0.0 recommends, "Request timeouts": 15 to 30 seconds. */
const TIMEOUT_MS = 20_000;

/**
 * Sends a message as Standard Webhooks 1.0.0 has it, through the guard. Redirects are not followed and count as what
 * they are; what the server writes is not read. Never throws for what the other side does; throws the signal's reason.
 */
export async function postSigned(
  guard: OutboundGuard,
  { url, id, at, secret, body }: SignedMessage,
  signal: AbortSignal,
): Promise<PostResult> {
  signal.throwIfAborted();
  const target = new URL(url);
  const agents = createGuardedAgents(guard);
  const [client, agent] = target.protocol === 'https:' ? [https, agents.https] : [http, agents.http];
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'Lading',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const stop = AbortSignal.any([signal, deadline]);
  const request = client.request(target, { method: 'POST', agent, headers, signal: stop });
  try {
    request.end(body);
    const [response] = (await once(request, 'response', { signal: stop })) as [http.IncomingMessage];
    response.on('error', () => undefined);
    return {
      status: response.statusCode ?? null,
      retryAfter: secondsToWait(response.headers['retry-after'], at),
      error: null,
    };
  } catch (error) {
    signal.throwIfAborted();
    const failed = (words: string): PostResult => ({ status: null, retryAfter: null, error: words });
    if (deadline.aborted) return failed(`no answer within ${TIMEOUT_MS / 1_000} seconds`);
    return failed(networkFailure(error, target.hostname, Number(target.port)).message);
  } finally {
    request.on('error', () => undefined);
    request.destroy();
    agent.destroy();
  }
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function secondsToWait(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/u.test(header)) return Number(header);
  const until = Date.parse(header);
  return Number.isNaN(until) ? null : Math.max(0, Math.ceil((until - now.getTime()) / 1_000));
}
