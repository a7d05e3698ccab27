import type { MatchedField } from './likeness.ts';
import { MOST_BITS } from './likeness.ts';
import { haveOneWording } from './packed-row.ts';
import type { RowValues } from './packed-row.ts';
import { shorten } from './shorten.ts';
import type { Matcher, MatchRecord, PairKind } from './match/matcher.ts';
import { areOfPersons } from './match/trait.ts';

/** Judges pairs by a model. */
export interface Judge {
  /** log2 odds that two records are the same thing; -Infinity when they are two for certain. */
  bits(a: MatchRecord, b: MatchRecord, kind: PairKind): number;
  /** How each field that both have agrees; `other` are the values of `b`. */
  explain(a: MatchRecord, b: MatchRecord, kind: PairKind, other: RowValues): Readonly<Record<string, MatchedField>>;
}

const EQUAL = 100;

/** @param primary fields of which one has to agree wholly, or null when none has to */
export function createJudge(matcher: Matcher, primary: readonly string[] | null): Judge {
  const names = matcher.model.fields.map((field) => field.name);
  const byWording = !areOfPersons(matcher.model.traits);
  const isPrimary = names.map((name) => primary?.includes(name) === true);
  const agrees = (a: MatchRecord, b: MatchRecord, kind: PairKind): boolean =>
    primary === null ||
    matcher
      .explain(a, b, kind)
      .evidence.some(({ fields, likeness }) => likeness === EQUAL && fields.some((at) => isPrimary[at] === true));
  return {
    bits(a, b, kind) {
      // Two persons may have one name and one address; of anything else the same row again is the same thing.
      const isAgain = byWording && kind === 'between' && haveOneWording(a.row, b.row);
      const bits = isAgain ? MOST_BITS : matcher.bits(a, b, kind);
      return bits <= -MOST_BITS || agrees(a, b, kind) ? bits : -MOST_BITS;
    },
    explain(a, b, kind, other) {
      const explained = new Map<string, MatchedField>();
      const isTold = (at: number): boolean => (other.at(at) ?? '') !== '';
      for (const { fields, likeness, weight } of matcher.explain(a, b, kind).evidence) {
        const told = fields.length === 1 ? fields : fields.filter(isTold);
        for (const at of told) {
          if (!isTold(at)) continue;
          const name = names[at] ?? '';
          // A full name is compared as two: it is as alike as they are, and tells what they tell together.
          const known = explained.get(name);
          explained.set(name, {
            confidence: known ? Math.round((known.confidence + likeness) / 2) : likeness,
            matchedValue: shorten(other.at(at) ?? ''),
            weight: Math.round(((known?.weight ?? 0) + weight / told.length) * 100) / 100,
          });
        }
      }
      return Object.fromEntries(explained);
    },
  };
}
