import type { Comparable } from './comparable.ts';
import { agreement, INITIAL } from './compare-values.ts';
import type { Trait } from './trait.ts';

/** A row made ready: its values by trait. */
export type MatchRecord = readonly Comparable[];

/** Fills in the level of each trait of a pair. Names that changed places agree as they would in their places. */
export function pairLevels(traits: readonly Trait[], a: MatchRecord, b: MatchRecord, levels: Int8Array): void {
  let given = -1;
  let family = -1;
  for (let at = 0; at < traits.length; at++) {
    const trait = traits[at];
    const left = a[at];
    const right = b[at];
    if (trait === undefined || left === undefined || right === undefined) continue;
    levels[at] = agreement(trait.kind, left, right);
    if (trait.kind === 'given') given = at;
    if (trait.kind === 'family') family = at;
  }
  if (given < 0 || family < 0 || (levels[given] ?? -1) > 0 || (levels[family] ?? -1) > 0) return;
  crossNames(a, b, given, family, levels);
}

/**
 * Names that agree in no place may have changed places. Then the pair with the more usual given name in the place of the
 * given name is that of the given names.
 */
function crossNames(a: MatchRecord, b: MatchRecord, given: number, family: number, levels: Int8Array): void {
  const [ag, af, bg, bf] = [a[given], a[family], b[given], b[family]];
  if (ag === undefined || af === undefined || bg === undefined || bf === undefined) return;
  const inPlace = ag.text !== '' && (bg.text === '' || ag.rarity >= bg.rarity);
  const [g1, g2, f1, f2] = inPlace ? [ag, bf, af, bg] : [af, bg, ag, bf];
  const asGiven = agreement('given', g1, g2);
  const asFamily = agreement('family', f1, f2);
  if (asGiven <= INITIAL && asFamily < 2) return;
  levels[given] = asGiven;
  levels[family] = asFamily;
}
