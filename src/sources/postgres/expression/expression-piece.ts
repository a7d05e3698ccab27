import type { ColumnRef, Node } from 'libpg-query';
import type { Sql } from './fragment.ts';
import type { Refusal } from './parse-sql.ts';
import type { ResolvedColumn } from './scope.ts';

/** SQL of a part of an expression and how tightly it holds together, so that parentheses go where they are needed. */
export interface Piece {
  readonly sql: Sql;
  readonly level: number;
}

/** How tightly things bind, as in PostgreSQL. */
export const LEVEL = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  pattern: 6,
  other: 7,
  sum: 8,
  product: 9,
  sign: 10,
  cast: 11,
  atom: 12,
} as const;

/** What the parts of the expression compiler have in common. */
export interface ExpressionContext {
  readonly refuse: (message: string, location: number | undefined) => Refusal;
  readonly compile: (node: Node | undefined) => Piece;
  readonly column: (ref: ColumnRef) => ResolvedColumn;
}

export function atom(sql: Sql): Piece {
  return { sql, level: LEVEL.atom };
}

/** A part's SQL, in parentheses when it holds together less tightly than its place asks for. */
export function wrapped({ sql, level }: Piece, least: number): Sql {
  return level < least ? ['(', ...sql, ')'] : sql;
}

/** The text of a name's node. */
export function nodeName(node: Node): string {
  return 'String' in node ? (node.String.sval ?? '') : '';
}
