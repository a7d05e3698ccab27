import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = readonly [IpAddress, number];

/**
 * How far an address may be reached:
 * `public` by anybody; `private` when a rule covers it; `named` (link-local, metadata services) when a rule is about
 * nothing else; `never` because it is no single host (unspecified, multicast, broadcast).
 */
export type AddressClass = 'public' | 'private' | 'named' | 'never';

const SEVERITY: readonly AddressClass[] = ['public', 'private', 'named', 'never'];

/** Cloud metadata services outside the link-local networks: AWS over IPv6, Alibaba, Azure, Oracle. */
const METADATA = ['fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'].map((text) => ipaddr.parse(text));

const LINK_LOCAL: readonly Network[] = [ipaddr.parseCIDR('169.254.0.0/16'), ipaddr.parseCIDR('fe80::/10')];
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/** The address a connection really goes to: the IPv4 address inside an IPv4-mapped or NAT64 one, else itself. */
export function effectiveAddress(address: IpAddress): IpAddress {
  if (!isIPv6(address)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (inNetwork(address, NAT64)) return embedded(address, 12);
  return address;
}

/** The class of an address; tunnelled forms count at least as strictly as the IPv4 address they carry. */
export function classifyAddress(given: IpAddress): AddressClass {
  const address = effectiveAddress(given);
  const own = classifyPlain(address);
  const inner = isIPv6(address) ? tunnelled(address) : null;
  return inner === null ? own : strictest(own, classifyPlain(inner));
}

/** Whether the network has nothing in it but addresses of the class `named`: then a rule of it names them. */
export function namesOnly([address, bits]: Network): boolean {
  const single = bits === (isIPv6(address) ? 128 : 32);
  return single || LINK_LOCAL.some(([base, size]) => bits >= size && inNetwork(address, [base, size]));
}

export function inNetwork(address: IpAddress, [base, bits]: Network): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

export function sameAddress(a: IpAddress, b: IpAddress): boolean {
  const [x, y] = [effectiveAddress(a), effectiveAddress(b)];
  return inNetwork(x, [y, isIPv6(y) ? 128 : 32]);
}

function classifyPlain(address: IpAddress): AddressClass {
  if (METADATA.some((service) => sameAddress(service, address))) return 'named';
  const range: string = address.range();
  if (range === 'linkLocal') return 'named';
  if (range === 'unspecified' || range === 'multicast' || range === 'broadcast') return 'never';
  if (range !== 'unicast') return 'private';
  // Of IPv6 only 2000::/3 is given out; what ipaddr.js knows no name for outside it is not the public network.
  return isIPv6(address) && !inNetwork(address, GLOBAL_UNICAST) ? 'private' : 'public';
}

/** The IPv4 address that a 6to4, Teredo, IPv4-compatible or translated address carries. */
function tunnelled(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const range: string = address.range();
  if (range === '6to4') return embedded(address, 2);
  if (range === 'teredo') return new ipaddr.IPv4(embedded(address, 12).octets.map((octet) => octet ^ 0xff));
  if (range === 'rfc6145' || range === 'rfc6052') return embedded(address, 12);
  const compatible = address.parts.slice(0, 6).every((part) => part === 0);
  return compatible && range === 'unicast' ? embedded(address, 12) : null;
}

function embedded(address: ipaddr.IPv6, offset: number): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(offset, offset + 4));
}

function strictest(a: AddressClass, b: AddressClass): AddressClass {
  return SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b;
}

function isIPv6(address: IpAddress): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}
