const MAX_LENGTH = 255;
/** Control characters, and those that turn the direction of writing: a name is shown to people. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A file's name as somebody else gave it, fit to be shown: without folders and unseen characters, 255 long at most;
 * null when nothing is left. It is data and never part of a path or key.
 */
export function cleanFileName(given: string): string | null {
  const name = given.replaceAll(UNSEEN, '').split(/[/\\]/u).at(-1)?.trim() ?? '';
  if (name === '' || name === '.' || name === '..') return null;
  if (name.length <= MAX_LENGTH) return name;
  const ending = /\.[^.]{1,16}$/u.exec(name)?.[0] ?? '';
  // Never half of a character that takes two places.
  return (
    name
      .slice(0, MAX_LENGTH - ending.length)
      .toWellFormed()
      .replace(/\ufffd$/u, '') + ending
  );
}
