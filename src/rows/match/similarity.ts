const LONGEST = 64;
const takenLeft = new Uint8Array(LONGEST);
const takenRight = new Uint8Array(LONGEST);

/**
 * Jaro–Winkler similarity, 0 to 1, of the first 64 characters (Winkler 1990: up to four equal first characters count
 * for 0.1 each of what is missing). Symmetric; allocates nothing.
 */
export function jaroWinkler(left: string, right: string): number {
  if (left === right) return 1;
  const a = left.length <= right.length ? left : right;
  const b = left.length <= right.length ? right : left;
  const n = Math.min(a.length, LONGEST);
  const m = Math.min(b.length, LONGEST);
  if (n === 0) return 0;
  const reach = Math.max(0, (m >> 1) - 1);
  takenLeft.fill(0, 0, n);
  takenRight.fill(0, 0, m);
  let common = 0;
  for (let i = 0; i < n; i++) {
    const code = a.charCodeAt(i);
    const to = Math.min(m - 1, i + reach);
    for (let j = Math.max(0, i - reach); j <= to; j++) {
      if (takenRight[j] === 1 || b.charCodeAt(j) !== code) continue;
      takenLeft[i] = 1;
      takenRight[j] = 1;
      common++;
      break;
    }
  }
  if (common === 0) return 0;
  let moved = 0;
  let j = 0;
  for (let i = 0; i < n; i++) {
    if (takenLeft[i] === 0) continue;
    while (takenRight[j] === 0) j++;
    if (a.charCodeAt(i) !== b.charCodeAt(j)) moved++;
    j++;
  }
  const jaro = (common / n + common / m + (common - moved / 2) / common) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < n && a.charCodeAt(prefix) === b.charCodeAt(prefix)) prefix++;
  return jaro + prefix * 0.1 * (1 - jaro);
}

/** Jaro–Winkler similarity of at least so much, of texts that begin alike: others hardly ever come near. */
export function isAlike(left: string, right: string, least: number): boolean {
  return left.charCodeAt(0) === right.charCodeAt(0) && jaroWinkler(left, right) >= least;
}

/**
 * Whether what follows in two texts from a place in each is so few edits apart: past what is equal each kind of edit
 * is tried. With one or two edits those are few ways, most of which end at once.
 */
function isWithin(a: string, fromA: number, b: string, fromB: number, edits: number): boolean {
  let i = fromA;
  let j = fromB;
  while (i < a.length && j < b.length && a.charCodeAt(i) === b.charCodeAt(j)) {
    i++;
    j++;
  }
  const longer = a.length - i - (b.length - j);
  if (longer > edits || -longer > edits) return false;
  if (i === a.length || j === b.length) return true;
  if (edits === 0) return false;
  const left = edits - 1;
  if (longer <= left && -longer <= left) {
    if (isWithin(a, i + 1, b, j + 1, left)) return true;
    const swapped = a.charCodeAt(i) === b.charCodeAt(j + 1) && a.charCodeAt(i + 1) === b.charCodeAt(j);
    if (swapped && isWithin(a, i + 2, b, j + 2, left)) return true;
  }
  return (longer > -edits && isWithin(a, i + 1, b, j, left)) || (longer < edits && isWithin(a, i, b, j + 1, left));
}

/**
 * Edits from one text to the other, where a neighbour swap is one edit (optimal string alignment), or `limit` + 1, 3 at
 * the most, when there are more.
 */
export function editsWithin(a: string, b: string, limit: 1 | 2): number {
  if (a === b) return 0;
  const longer = a.length - b.length;
  if (longer > limit || -longer > limit) return limit + 1;
  if (isWithin(a, 0, b, 0, 1)) return 1;
  return limit === 2 && isWithin(a, 0, b, 0, 2) ? 2 : limit + 1;
}

/** One word is the other with a slip of the keyboard: one edit in a word of four letters, two in one of eight. */
export function isTypo(a: string, b: string): boolean {
  const longest = Math.max(a.length, b.length);
  return a === b || (longest >= 4 && editsWithin(a, b, longest < 8 ? 1 : 2) <= (longest < 8 ? 1 : 2));
}
