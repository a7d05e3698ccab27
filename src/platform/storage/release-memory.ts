/** Smaller memory is not worth it, and may be part of something that is used again. */
const LEAST_BYTES = 16_384;

/**
 * Gives the memory of bytes that nobody needs any more back at once, where it holds nothing else. What streams leave
 * behind is found by the garbage collector late, and it walks through all of the heap for it, each 64 MB.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  const isAlone = byteLength >= LEAST_BYTES && byteLength === buffer.byteLength;
  if (isAlone && buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
