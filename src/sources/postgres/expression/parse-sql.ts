import { hasSqlDetails, loadModule, parseSync, scanSync } from 'libpg-query';
import type { Node, RangeVar, ScanToken, SelectStmt } from 'libpg-query';

/** Why a text of a user's is not taken, and where: the character from 1, null when it is about all of it. */
export class Refusal extends Error {
  readonly position: number | null;

  constructor(message: string, position: number | null = null) {
    super(message);
    this.position = position;
  }

  /** The sentence with its place. */
  get sentence(): string {
    return this.position === null ? this.message : `${this.message} (at character ${this.position})`;
  }
}

const MAX_SQL_CHARACTERS = 4_000;

const EXPRESSION_PREFIX = 'select ';
const TABLE_PREFIX = 'select from ';
const EXPRESSION_KEYS = new Set(['targetList', 'limitOption', 'op']);
const TABLE_KEYS = new Set(['fromClause', 'limitOption', 'op']);

/** A parsed expression and how its nodes' locations translate to characters of the user's text. */
export interface ParsedExpression {
  readonly node: Node;
  readonly position: (location: number | undefined) => number | null;
}

/** Has PostgreSQL's parser ready; to be awaited once before the functions of this file are called. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/**
 * Parses a text as exactly one SQL expression by PostgreSQL's own grammar.
 * @throws Refusal when it is none, or has what no expression of ours has: comments, several statements, parameters,
 *   strings in another form than '…'
 */
export function parseExpression(text: string): ParsedExpression {
  checkText(text);
  const position = locator(text, EXPRESSION_PREFIX);
  const select = parseSelect(text, EXPRESSION_PREFIX, EXPRESSION_KEYS);
  checkTokens(text, EXPRESSION_PREFIX, position);
  const [target, ...more] = select.targetList ?? [];
  if (target === undefined) throw new Refusal('The expression is empty.');
  if (more.length > 0) throw new Refusal('Only one expression is allowed; found several, separated by commas');
  if (!('ResTarget' in target) || target.ResTarget.val === undefined) throw new Refusal('This is no expression.');
  if (target.ResTarget.name !== undefined) {
    throw new Refusal(
      'An expression has no name of its own; the target field names it',
      position(target.ResTarget.location),
    );
  }
  return { node: target.ResTarget.val, position };
}

/**
 * Parses a text as one table: `table`, `schema.table`, either with `as name`.
 * @throws Refusal when it is anything else
 */
export function parseTable(text: string): RangeVar & { readonly relname: string } {
  checkText(text);
  const position = locator(text, TABLE_PREFIX);
  const select = parseSelect(text, TABLE_PREFIX, TABLE_KEYS);
  checkTokens(text, TABLE_PREFIX, position);
  const [item, ...more] = select.fromClause ?? [];
  if (item === undefined || more.length > 0 || !('RangeVar' in item))
    throw new Refusal('This is not the name of one table.');
  const table = item.RangeVar;
  if (table.inh !== true || table.catalogname !== undefined || (table.alias?.colnames?.length ?? 0) > 0) {
    throw new Refusal('A table is given as table, schema.table or "table as name".');
  }
  return { ...table, relname: table.relname ?? '' };
}

function checkText(text: string): void {
  if (text.trim() === '') throw new Refusal('The expression is empty.');
  if (text.length > MAX_SQL_CHARACTERS) throw new Refusal(`This is longer than ${MAX_SQL_CHARACTERS} characters.`);
  if (text.includes('\0')) throw new Refusal('A zero byte is not allowed.', text.indexOf('\0') + 1);
}

function parseSelect(text: string, prefix: string, allowed: ReadonlySet<string>): SelectStmt {
  const statements = parseStatements(text, prefix);
  const [first, ...more] = statements;
  if (first === undefined || more.length > 0 || !('SelectStmt' in first)) {
    throw new Refusal('Only one expression is allowed, not several statements');
  }
  const select = first.SelectStmt;
  const extra = Object.keys(select).find((key) => !allowed.has(key));
  if (extra !== undefined || select.op !== 'SETOP_NONE') {
    throw new Refusal(`Only an expression is allowed here, no ${CLAUSES[extra ?? 'op'] ?? 'query'}`);
  }
  return select;
}

function parseStatements(text: string, prefix: string): Node[] {
  try {
    return (parseSync(prefix + text).stmts ?? []).flatMap(({ stmt }) => stmt ?? []);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const at = hasSqlDetails(error) ? error.sqlDetails?.cursorPosition : undefined;
    throw new Refusal(error.message, at === undefined ? null : Math.max(1, at - prefix.length + 1));
  }
}

/** What the tree no longer shows: comments, and the spellings of strings that serve to hide what they say. */
function checkTokens(text: string, prefix: string, position: (location: number | undefined) => number | null): void {
  let before: ScanToken | null = null;
  for (const token of scanSync(prefix + text).tokens) {
    // What touches a string's first quote is a prefix of it (N'…'), which changes what the string means.
    const prefixed = token.tokenName === 'SCONST' && before?.end === token.start && /[\w$]$/.test(before.text);
    const reason = prefixed ? PREFIXED : refusedToken(token);
    if (reason !== null) throw new Refusal(reason, position(token.start));
    before = token;
  }
}

const PREFIXED = 'Strings are written \'…\' and names "…", without a prefix';

function refusedToken({ tokenName, text }: ScanToken): string | null {
  if (tokenName === 'SQL_COMMENT' || tokenName === 'C_COMMENT') return 'Comments are not allowed';
  if (text === ';') return 'Only one expression is allowed, without a semicolon';
  if (tokenName === 'PARAM') return 'Parameters such as $1 are not allowed';
  if (tokenName === 'SCONST' && !text.startsWith("'")) return "Strings are written '…', without E or dollar quotes";
  if (/^(u&|[bxn]')/i.test(text)) return PREFIXED;
  return null;
}

/** PostgreSQL counts bytes of UTF-8; people count characters. */
function locator(text: string, prefix: string): (location: number | undefined) => number | null {
  const bytes = Buffer.from(text, 'utf8');
  return (location) => {
    if (location === undefined || location < prefix.length) return null;
    return Array.from(bytes.toString('utf8', 0, location - prefix.length)).length + 1;
  };
}

const CLAUSES: Readonly<Record<string, string>> = {
  distinctClause: 'DISTINCT',
  intoClause: 'INTO',
  fromClause: 'FROM',
  whereClause: 'WHERE',
  groupClause: 'GROUP BY',
  havingClause: 'HAVING',
  windowClause: 'WINDOW',
  valuesLists: 'VALUES',
  sortClause: 'ORDER BY',
  limitOffset: 'OFFSET',
  limitCount: 'LIMIT',
  lockingClause: 'FOR UPDATE',
  withClause: 'WITH',
  op: 'UNION',
};
