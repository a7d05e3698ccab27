import ipaddr from 'ipaddr.js';
import { classifyAddress, effectiveAddress, inNetwork, namesOnly } from './address-classes.ts';
import type { IpAddress, Network } from './address-classes.ts';

/** One entry of `LADING_OUTBOUND_ALLOW`: a network or a host name, perhaps on one port only. */
export type OutboundRule =
  | { readonly kind: 'network'; readonly network: Network; readonly port: number | null }
  | { readonly kind: 'host'; readonly host: string; readonly port: number | null };

const HOST = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/**
 * Reads a comma-separated list of networks (`10.0.0.0/8`, `fd00::/8`), addresses (`127.0.0.1`, `[::1]:5432`) and
 * hosts (`db.internal`, `db.internal:5432`); each may have a port.
 * @returns the rules, and a sentence for every entry that is none
 */
export function parseOutboundRules(text: string): { rules: OutboundRule[]; mistakes: string[] } {
  const rules: OutboundRule[] = [];
  const mistakes: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const rule = parseRule(entry);
    if (rule) rules.push(rule);
    else mistakes.push(`"${entry}" is neither a network, an address nor a host name, with or without a port.`);
  }
  return { rules, mistakes };
}

/** Whether a connection to this address is allowed when this host and port were asked for. */
export function isAllowed(
  rules: readonly OutboundRule[],
  target: { host: string; port: number; address: IpAddress },
): boolean {
  const kind = classifyAddress(target.address);
  if (kind === 'public') return true;
  if (kind === 'never') return false;
  return rules.some((rule) => {
    if (rule.port !== null && rule.port !== target.port) return false;
    if (rule.kind === 'host') return kind === 'private' && rule.host === normaliseHost(target.host);
    if (kind === 'named' && !namesOnly(rule.network)) return false;
    return inNetwork(target.address, rule.network) || inNetwork(effectiveAddress(target.address), rule.network);
  });
}

/** A host name as rules compare it: lower case, without the root's dot or an IPv6 literal's brackets. */
export function normaliseHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function parseRule(entry: string): OutboundRule | null {
  const { name, port } = splitPort(entry);
  if (port !== null && !(port >= 1 && port <= 65_535)) return null;
  const network = parseNetwork(name);
  if (network) return { kind: 'network', network, port };
  const host = normaliseHost(name);
  // A name of digits and dots alone is a mistyped address, never a host.
  return HOST.test(host) && !/^[\d.]+$/.test(host) ? { kind: 'host', host, port } : null;
}

function splitPort(entry: string): { name: string; port: number | null } {
  const bracketed = /^\[([^\]]+)\](\/\d+)?(?::(\d+))?$/.exec(entry);
  if (bracketed) {
    const [, address = '', bits = '', port] = bracketed;
    return { name: address + bits, port: port === undefined ? null : Number(port) };
  }
  const plain = /^([^:]+):(\d+)$/.exec(entry);
  return plain ? { name: plain[1] ?? '', port: Number(plain[2]) } : { name: entry, port: null };
}

function parseNetwork(text: string): Network | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return [ipaddr.IPv4.parse(text), 32];
  if (ipaddr.IPv6.isValid(text)) return [ipaddr.IPv6.parse(text), 128];
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return ipaddr.IPv4.parseCIDR(text);
  return ipaddr.IPv6.isValidCIDR(text) ? ipaddr.IPv6.parseCIDR(text) : null;
}
