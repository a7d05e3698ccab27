import type { FuncCall, Node } from 'libpg-query';
import { BUILTIN_FUNCTIONS, EXTRACT_FIELDS, MAX_PADDED_LENGTH } from './builtin-functions.ts';
import type { BuiltinFunction } from './builtin-functions.ts';
import { builtinType } from './builtin-types.ts';
import { LEVEL, atom, nodeName, wrapped } from './expression-piece.ts';
import type { ExpressionContext, Piece } from './expression-piece.ts';
import { joinSql } from './fragment.ts';
import type { Sql } from './fragment.ts';

/** All a plain call has; anything more makes an aggregate, a window or a variadic call of it. */
const PLAIN_CALL = new Set(['funcname', 'args', 'funcformat', 'location']);

export function compileCall(call: FuncCall, context: ExpressionContext): Piece {
  const { args = [], location } = call;
  const name = functionName(call, context);
  const extra = Object.entries(call).find(([key, value]) => !PLAIN_CALL.has(key) && value !== false);
  if (extra !== undefined) {
    throw context.refuse(
      `${name} may be called with plain arguments only (no *, DISTINCT, ORDER BY, FILTER, OVER or VARIADIC)`,
      location,
    );
  }
  if (name === 'extract') return compileExtract(args, context, location);
  const known = BUILTIN_FUNCTIONS.get(name);
  if (!known) throw context.refuse(`The function ${name} is not allowed`, location);
  if (args.length < known.minArguments || args.length > known.maxArguments) {
    throw context.refuse(`The function ${name} takes ${argumentsOf(known)}, not ${args.length}`, location);
  }
  const parts = args.map((node, index) => compileArgument(node, { known, name, index, context }));
  const shown = name.toUpperCase();
  return atom([{ builtin: known.name ?? name, display: shown }, '(', ...joinSql(parts, ', '), ')']);
}

/** `COALESCE(…)` and its kin, which are grammar and no functions. */
export function compileList(word: string, args: readonly Node[], context: ExpressionContext): Piece {
  const parts = args.map((node) => context.compile(node).sql);
  return atom([{ word: word.toLowerCase() }, '(', ...joinSql(parts, ', '), ')']);
}

/** The parser puts `pg_catalog` in front of what has a grammar of its own (`trim(both …)`); people may not. */
function functionName({ funcname = [], funcformat, location }: FuncCall, { refuse }: ExpressionContext): string {
  const names = funcname.map(nodeName);
  const [first = '', second] = names;
  if (second === undefined) return first;
  if (names.length === 2 && first === 'pg_catalog' && funcformat === 'COERCE_SQL_SYNTAX') return second;
  throw refuse(`The function ${names.join('.')} is not allowed`, location);
}

function compileArgument(
  node: Node,
  { known, name, index, context }: { known: BuiltinFunction; name: string; index: number; context: ExpressionContext },
): Sql {
  if (index === known.length) checkLength(node, name, context);
  const piece = context.compile(node);
  if (known.integers?.includes(index) && !isInteger(node)) {
    if ('A_Const' in node) throw context.refuse(`The function ${name} takes a number here`, node.A_Const.location);
    return [...wrapped(piece, LEVEL.cast), '::', builtinType('int4', 'integer')];
  }
  const text = known.anyType === true && 'A_Const' in node && node.A_Const.sval !== undefined;
  return text ? [{ value: node.A_Const.sval?.sval ?? '', cast: 'pg_catalog.text' }] : piece.sql;
}

function compileExtract(args: readonly Node[], context: ExpressionContext, location: number | undefined): Piece {
  const [what, from] = args;
  const field = what && 'A_Const' in what ? (what.A_Const.sval?.sval ?? '').toLowerCase() : '';
  if (args.length !== 2 || !EXTRACT_FIELDS.has(field)) throw context.refuse('This EXTRACT is not allowed', location);
  // As grammar: until PostgreSQL 13 there was no function of this name.
  return atom([{ word: 'extract' }, '(', field, ' ', { word: 'from' }, ' ', ...context.compile(from).sql, ')']);
}

function checkLength(node: Node, name: string, { refuse }: ExpressionContext): void {
  const constant = 'A_Const' in node ? node.A_Const : undefined;
  const length = constant?.ival?.ival ?? (constant?.ival ? 0 : undefined);
  if (length === undefined || length > MAX_PADDED_LENGTH) {
    throw refuse(`The length that ${name} fills up to must be a number up to ${MAX_PADDED_LENGTH}`, constant?.location);
  }
}

function isInteger(node: Node): boolean {
  return 'A_Const' in node && node.A_Const.ival !== undefined;
}

function argumentsOf({ minArguments, maxArguments }: BuiltinFunction): string {
  if (minArguments === maxArguments) return minArguments === 1 ? '1 argument' : `${minArguments} arguments`;
  return `${minArguments} to ${maxArguments} arguments`;
}
