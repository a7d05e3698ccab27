import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { createGuardedAgents } from '../../platform/outbound-agent.ts';
import { connectionFailure } from './failures.ts';
import { DEFAULT_STALL_MS, rejected, silent } from './opened.ts';
import type { OpenOptions } from './opened.ts';

export interface UrlSource {
  /** http or https. A user and password in it are sent as basic authentication, to its own host alone. */
  readonly url: string;
  /** Certificates to trust besides the usual ones, in PEM. */
  readonly ca?: string;
}

const MOST_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Asks for a file and goes where it is sent, until there is an answer that is no redirect. */
export async function follow(
  source: UrlSource,
  options: OpenOptions,
  headers: Readonly<Record<string, string>>,
): Promise<{ response: IncomingMessage; url: URL }> {
  let url = checkedUrl(source.url, null);
  const authorization = basicAuthorization(url);
  const { origin } = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const own = url.origin === origin && authorization !== null ? { Authorization: authorization } : {};
    const response = await ask(url, { ...headers, ...own }, source, options);
    const { location } = response.headers;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) return { response, url };
    response.destroy();
    url = checkedUrl(location, url);
  }
  throw rejected(hostOf(url), `redirects more than ${MOST_REDIRECTS} times`);
}

function checkedUrl(text: string, from: URL | null): URL {
  const host = from === null ? 'The address' : hostOf(from);
  const url = URL.parse(text, from?.href);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    const what = 'is not one of http or https';
    throw rejected(host, from === null ? what : 'redirects to an address that is not one of http or https');
  }
  if (from?.protocol === 'https:' && url.protocol === 'http:') {
    throw rejected(host, 'redirects from https to an address without encryption');
  }
  return url;
}

function basicAuthorization(url: URL): string | null {
  if (url.username === '' && url.password === '') return null;
  const words = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
  return `Basic ${Buffer.from(words).toString('base64')}`;
}

/** A URL's host as the guard and people know it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/u, '$1');
}

export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

/** What a part of a URL stands for; itself when it is no right one. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One request up to the head of its answer. */
async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { ca }: UrlSource,
  { guard, signal, stallMs = DEFAULT_STALL_MS }: OpenOptions,
): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const [host, port] = [hostOf(url), portOf(url)];
  const secure = url.protocol === 'https:';
  const agents = createGuardedAgents(guard);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = (secure ? https : http).request({
    host,
    port,
    path: url.pathname + url.search,
    headers: { Host: url.host, Accept: '*/*', 'User-Agent': 'Lading', ...headers },
    agent: secure ? agents.https : agents.http,
    signal,
    ...(ca === undefined ? {} : { ca }),
  });
  const timer = setTimeout(() => request.destroy(silent(host, stallMs)), stallMs);
  request.once('response', resolve).once('error', reject).end();
  try {
    return await promise;
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFailure(error, { host, port });
  } finally {
    clearTimeout(timer);
    // Once there is an answer its body tells what breaks.
    request.on('error', () => undefined);
  }
}
