import { RE2JS } from 're2js';
import { IMPORTER_LIMITS } from '../../domain/importer.ts';

/** Instructions a compiled pattern may have: `(a{1000}){1000}` is short and would have a million. */
const MAX_PROGRAM = 5_000;

/** A regular expression of a user's; where in a text it matches does not matter unless it says so. */
export interface Pattern {
  test(text: string): boolean;
}

const CLASS = String.raw`\[\^?(?:\\[dw.-]|[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _@#%&:;,<>=~"'!/+.*()])+\]`;
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
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
    if (compiled.programSize() > MAX_PROGRAM) return { mistake: 'is too large once its repetitions are written out.' };
    return SIMPLE.test(source) ? new RegExp(source, 'u') : compiled;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /u, '') : 'it cannot be read';
    return { mistake: `is no valid regular expression: ${why}.` };
  }
}
