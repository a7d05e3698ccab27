/** Finds where SQL statements end in a script that is read line by line. */
export interface StatementScanner {
  /**
   * Reads on in a line (bytes as Latin-1 characters, its newline may be missing) and answers with the place after the
   * `;` that ends the statement begun here or in earlier lines, or -1 when it goes on in the next line.
   */
  readonly scan: (line: string, from: number) => number;
}

type Mode = 'plain' | 'string' | 'escape string' | 'name' | 'comment' | 'dollar';

const TOKEN =
  /--.*|\/\*|e'|'|"|\$(?:[a-z_\x80-\xff][\w\x80-\xff]*)?\$|[a-z_\x80-\xff][\w$\x80-\xff]*|[();]|[\s,.\d]+|[^]/giy;
const ROUTINE = /^create (?:or replace )?(?:function|procedure) /;
const WORD = /^[a-z_\x80-\xff]/i;

/**
 * A scanner at the start of a statement. It knows what psql knows: strings with and without escapes, quoted names,
 * dollar quotes, nested comments, rules in parentheses, and bodies from `begin atomic` to `end` in routines, in all of
 * which a semicolon ends nothing.
 */
export function statementScanner(): StatementScanner {
  let mode: Mode = 'plain';
  let tag = '';
  let comments = 0;
  let parentheses = 0;
  let blocks = 0;
  let opening = '';

  const word = (text: string): void => {
    const lower = text.toLowerCase();
    if (opening.length < 40) opening += `${lower} `;
    if (parentheses > 0 || !ROUTINE.test(opening)) return;
    if (lower === 'begin' || (lower === 'case' && blocks > 0)) blocks++;
    else if (lower === 'end' && blocks > 0) blocks--;
  };

  /** Reads one token of plain SQL; true when it ends the statement. */
  const plain = (token: string): boolean => {
    if (token === ';') return parentheses === 0 && blocks === 0;
    if (token === '(') parentheses++;
    else if (token === ')') parentheses = Math.max(0, parentheses - 1);
    else if (token === "'") mode = 'string';
    else if (token === '"') mode = 'name';
    else if (token === "e'" || token === "E'") mode = 'escape string';
    else if (token === '/*') [mode, comments] = ['comment', 1];
    else if (token.length > 1 && token.startsWith('$')) [mode, tag] = ['dollar', token];
    else if (WORD.test(token)) word(token);
    return false;
  };

  /** The place after what is quoted or commented out, or the end of the line when that goes on. */
  const skip = (line: string, from: number): number => {
    if (mode === 'comment') {
      const [opens, closes] = [line.indexOf('/*', from), line.indexOf('*/', from)];
      if (opens === -1 && closes === -1) return line.length;
      const deeper = opens !== -1 && (closes === -1 || opens < closes);
      comments += deeper ? 1 : -1;
      if (comments === 0) mode = 'plain';
      return (deeper ? opens : closes) + 2;
    }
    if (mode === 'escape string') {
      let at = from;
      while (at < line.length) {
        if (line[at] === '\\' || (line[at] === "'" && line[at + 1] === "'")) at += 2;
        else if (line[at++] === "'") {
          mode = 'plain';
          return at;
        }
      }
      return line.length;
    }
    // A doubled quote ends the string and begins it again, which comes to the same.
    const end = mode === 'dollar' ? tag : mode === 'name' ? '"' : "'";
    const at = line.indexOf(end, from);
    if (at === -1) return line.length;
    mode = 'plain';
    return at + end.length;
  };

  const scan = (line: string, from: number): number => {
    let at = from;
    while (at < line.length) {
      if (mode !== 'plain') {
        at = skip(line, at);
        continue;
      }
      TOKEN.lastIndex = at;
      const token = TOKEN.exec(line)?.[0] ?? '';
      at += Math.max(1, token.length);
      if (plain(token)) return at;
    }
    return -1;
  };
  return { scan };
}
