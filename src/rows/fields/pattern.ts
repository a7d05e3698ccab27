import { RE2JS } from 're2js';
import { IMPORTER_LIMITS } from '../../domain/importer.ts';

/** Instructions a compiled pattern may have, which is what a character of a text costs when things go badly. */
const MAX_PROGRAM = 1_000;
/** What the counted repetitions of a pattern may add up to: `a{1000}` is short, and long once it is written out. */
const MAX_REPETITIONS = 500;
/** Longer texts are not matched. */
export const MAX_MATCHED_LENGTH = 4_000;

/** A regular expression of a user's; where in a text it matches does not matter unless it says so. */
export interface Pattern {
  test(text: string): boolean;
}

const CLASS = String.raw`\[\^?(?:\\[dw.-]|[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _@#%&:;,<>=~"'!/+.*()])+-?\]`;
const ATOM = String.raw`(?:\\[dw./+]|[A-Za-z0-9 _@#%&:;,<>=~"'!/-]|${CLASS})`;
const FIXED = String.raw`${ATOM}(?:\{\d{1,3}\})?`;
/**
 * Patterns that mean the same to JavaScript's own engine, which is many times faster, and that it cannot tire of: from the
 * text's beginning on one character after the other, and only one of them any number of times.
 */
const SIMPLE = new RegExp(String.raw`^\^(?:${FIXED})*(?:${ATOM}(?:[*+?]|\{\d{1,3},\d{0,3}\}))?(?:${FIXED})*\$?$`, 'u');

/**
 * Compiles a pattern in RE2's syntax, whose matching takes time in proportion to the text whatever the pattern is. A
 * sentence when it is none, or one that RE2 has no way to match, as one with a backreference.
 */
export function compilePattern(source: string): Pattern | { readonly mistake: string } {
  if (source.length > IMPORTER_LIMITS.patternLength) {
    return { mistake: `must not be longer than ${IMPORTER_LIMITS.patternLength} characters.` };
  }
  if (repetitionsOf(source) > MAX_REPETITIONS) return TOO_LARGE;
  try {
    if (SIMPLE.test(source)) return new RegExp(source, 'u');
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
    return compiled.programSize() > MAX_PROGRAM ? TOO_LARGE : compiled;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /u, '') : 'it cannot be read';
    return { mistake: `is no valid regular expression: ${why}.` };
  }
}

const TOO_LARGE = { mistake: 'is too large once its repetitions are written out.' } as const;

function repetitionsOf(source: string): number {
  const counted = source.matchAll(/\{(\d+)(?:,(\d*))?\}/gu);
  return [...counted].reduce((sum, [, least, most]) => sum + Math.max(Number(least), Number(most ?? 0)), 0);
}
