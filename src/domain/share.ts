/** A part of a whole in percent, to one decimal; null where there is no whole to be a part of. */
export function share(part: number, whole: number): number | null {
  return whole > 0 ? toOneDecimal((100 * part) / whole) : null;
}

/** A number as figures are shown. */
export function toOneDecimal(value: number): number {
  return Math.round(value * 10) / 10;
}
