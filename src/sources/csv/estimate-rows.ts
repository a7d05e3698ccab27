const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/** How many rows a text file of `size` bytes has below its header, if it goes on as it begins. */
export function estimateRows(sample: Buffer, size: number): number {
  let ends = 0;
  let lastEnd = 0;
  let quoted = false;
  for (let at = 0; at < sample.length; at++) {
    const byte = sample[at];
    if (byte === QUOTE) quoted = !quoted;
    if (quoted || (byte !== LINE_FEED && (byte !== CARRIAGE_RETURN || sample[at + 1] === LINE_FEED))) continue;
    ends += 1;
    lastEnd = at + 1;
  }
  if (ends === 0) return 0;
  // A last line needs no end.
  const isWhole = size <= sample.length;
  if (isWhole) return ends - 1 + (lastEnd < sample.length ? 1 : 0);
  return Math.max(0, Math.round((ends * size) / lastEnd) - 1);
}
