const FIRST = 2_654_435_761;
const SECOND = 1_597_334_677;
const BLANK = 32;

/**
 * A hash of 53 bits, so that it is an exact number here and a bigint in a database (cyrb53, public domain, by bryc;
 * MurmurHash-like mixing of two 32-bit halves). Equal texts have equal hashes for ever: they are stored.
 * The hash of two texts is that of both with a blank between them.
 */
export function hash53(text: string, seed: number = 0, second?: string): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, FIRST);
    low = Math.imul(low ^ code, SECOND);
  }
  if (second !== undefined) {
    high = Math.imul(high ^ BLANK, FIRST);
    low = Math.imul(low ^ BLANK, SECOND);
    for (let at = 0; at < second.length; at++) {
      const code = second.charCodeAt(at);
      high = Math.imul(high ^ code, FIRST);
      low = Math.imul(low ^ code, SECOND);
    }
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
