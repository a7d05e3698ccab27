const LONGEST = 64;
const takenLeft = new Uint8Array(LONGEST);
const takenRight = new Uint8Array(LONGEST);
const rowBefore = new Uint8Array(LONGEST + 1);
const rowAbove = new Uint8Array(LONGEST + 1);
const rowNow = new Uint8Array(LONGEST + 1);

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

/** The edits between what is left of two texts when their equal beginnings and ends are taken off. */
function editsBetween(a: string, b: string, start: number, endA: number, endB: number, limit: number): number {
  let before = rowBefore;
  let above = rowAbove;
  let row = rowNow;
  const m = endB - start;
  for (let j = 0; j <= m; j++) above[j] = j;
  for (let i = 1; start + i <= endA; i++) {
    row[0] = i;
    let best = i;
    const code = a.charCodeAt(start + i - 1);
    for (let j = 1; j <= m; j++) {
      const other = b.charCodeAt(start + j - 1);
      let edits = (above[j - 1] ?? 0) + (code === other ? 0 : 1);
      const removed = (above[j] ?? 0) + 1;
      const added = (row[j - 1] ?? 0) + 1;
      if (removed < edits) edits = removed;
      if (added < edits) edits = added;
      if (i > 1 && j > 1 && code === b.charCodeAt(start + j - 2) && a.charCodeAt(start + i - 2) === other) {
        const swapped = (before[j - 2] ?? 0) + 1;
        if (swapped < edits) edits = swapped;
      }
      row[j] = edits;
      if (edits < best) best = edits;
    }
    if (best > limit) return limit + 1;
    const oldest = before;
    before = above;
    above = row;
    row = oldest;
  }
  return Math.min(above[m] ?? limit + 1, limit + 1);
}

/**
 * Edits from one text to the other, where a neighbour swap is one edit (optimal string alignment), or `limit + 1` when
 * there are more than `limit`. Texts that differ over more than 64 characters are as far apart as can be.
 */
export function editsWithin(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  let endA = a.length;
  let endB = b.length;
  if (Math.abs(endA - endB) > limit) return limit + 1;
  while (endA > 0 && endB > 0 && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--;
    endB--;
  }
  let start = 0;
  const least = Math.min(endA, endB);
  while (start < least && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  const n = endA - start;
  const m = endB - start;
  if (n === 0 || m === 0) return Math.min(Math.max(n, m), limit + 1);
  if (n === 1 && m === 1) return 1;
  if (limit === 1) {
    const swapped =
      n === 2 &&
      m === 2 &&
      a.charCodeAt(start) === b.charCodeAt(start + 1) &&
      a.charCodeAt(start + 1) === b.charCodeAt(start);
    return swapped ? 1 : 2;
  }
  if (n > LONGEST || m > LONGEST) return limit + 1;
  return editsBetween(a, b, start, endA, endB, limit);
}

/** One word is the other with a slip of the keyboard: one edit in a word of four letters, two in one of eight. */
export function isTypo(a: string, b: string): boolean {
  const longest = Math.max(a.length, b.length);
  const limit = longest < 4 ? 0 : longest < 8 ? 1 : 2;
  return a === b || (limit > 0 && editsWithin(a, b, limit) <= limit);
}
