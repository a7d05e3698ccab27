import type { A_Const, CaseExpr, ColumnRef, Node, TypeCast } from 'libpg-query';
import { builtinType, CAST_TYPES } from './builtin-types.ts';
import { compileBoolean, compileOperator, compileTest } from './expression-operators.ts';
import { compileCall, compileList } from './expression-calls.ts';
import { LEVEL, atom, nodeName, wrapped } from './expression-piece.ts';
import type { ExpressionContext, Piece } from './expression-piece.ts';
import { joinSql } from './fragment.ts';
import type { Sql } from './fragment.ts';
import { Refusal, parseExpression } from './parse-sql.ts';
import { columnSql, resolveColumn } from './scope.ts';
import type { ResolvedColumn, ScopeRelation } from './scope.ts';

/** An expression of a user's, made anew from its syntax tree: nothing of his text is in it. */
export interface CompiledExpression {
  readonly sql: Sql;
  /** The same as one side of an AND. */
  readonly asConjunct: Sql;
  /** Every column it mentions. */
  readonly columns: readonly ResolvedColumn[];
  /** The one column it is, when it is nothing else. */
  readonly column: ResolvedColumn | null;
  /** The parts that AND joins, from which it can be told what a join compares with what. */
  readonly conjuncts: readonly Conjunct[];
}

/** A part of a condition; `equality` when it is `left = right`. */
export interface Conjunct {
  readonly equality: { readonly left: CompiledExpression; readonly right: CompiledExpression } | null;
}

const MAX_DEPTH = 120;

/**
 * Takes an expression in only when its whole syntax tree is made of columns of the scope's relations, constants and
 * what is on the lists of `builtin-functions.ts`, and writes it anew. Numbers, booleans and nulls are written as such;
 * text constants become parameters, whose type the server infers as it would a literal's (given as text where a
 * function takes any type).
 * @throws Refusal naming the first thing that is not allowed and its place
 */
export function compileExpression(text: string, scope: readonly ScopeRelation[]): CompiledExpression {
  const { node, position } = parseExpression(text);
  return compileNode(node, scope, position);
}

function compileNode(
  root: Node,
  scope: readonly ScopeRelation[],
  position: (location: number | undefined) => number | null,
): CompiledExpression {
  const columns: ResolvedColumn[] = [];
  let depth = 0;
  const context: ExpressionContext = {
    refuse: (message, location) => new Refusal(message, position(location)),
    compile: (node) => {
      if (node === undefined) throw new Refusal('The expression is incomplete.');
      depth += 1;
      if (depth > MAX_DEPTH) throw new Refusal('The expression is nested too deeply.');
      const piece = compileAny(node, context);
      depth -= 1;
      return piece;
    },
    column: (ref) => {
      const column = resolveReference(ref, scope, context);
      columns.push(column);
      return column;
    },
  };
  const piece = context.compile(root);
  const only = 'ColumnRef' in root ? (columns[0] ?? null) : null;
  return {
    sql: piece.sql,
    asConjunct: wrapped(piece, LEVEL.and),
    columns,
    column: only,
    conjuncts: conjunctsOf(root).map((node) => ({ equality: equalityOf(node, scope, position) })),
  };
}

function compileAny(node: Node, context: ExpressionContext): Piece {
  if ('ColumnRef' in node) return atom(columnSql(context.column(node.ColumnRef)));
  if ('A_Const' in node) return compileConstant(node.A_Const, context);
  if ('A_Expr' in node) return compileOperator(node.A_Expr, context);
  if ('BoolExpr' in node) return compileBoolean(node.BoolExpr, context);
  if ('NullTest' in node || 'BooleanTest' in node) return compileTest(node, context);
  if ('CaseExpr' in node) return compileCase(node.CaseExpr, context);
  if ('TypeCast' in node) return compileCast(node.TypeCast, context);
  if ('FuncCall' in node) return compileCall(node.FuncCall, context);
  if ('CoalesceExpr' in node) return compileList('COALESCE', node.CoalesceExpr.args ?? [], context);
  if ('MinMaxExpr' in node) {
    const { op, args = [] } = node.MinMaxExpr;
    return compileList(op === 'IS_LEAST' ? 'LEAST' : 'GREATEST', args, context);
  }
  const [kind = ''] = Object.keys(node);
  throw context.refuse(`${REFUSED[kind] ?? `${kind} nodes`} are not allowed in expressions`, locationOf(node));
}

function compileConstant(constant: A_Const, { refuse }: ExpressionContext): Piece {
  if (constant.isnull === true) return atom([{ word: 'null' }]);
  if (constant.boolval) return atom([{ word: constant.boolval.boolval === true ? 'true' : 'false' }]);
  if (constant.sval) return atom([{ value: constant.sval.sval ?? '', cast: null }]);
  const number = constant.ival ? String(constant.ival.ival ?? 0) : constant.fval?.fval;
  if (number === undefined || !/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number)) {
    throw refuse('Only numbers, texts, true, false and null are allowed as constants', constant.location);
  }
  return { sql: [number], level: number.startsWith('-') ? LEVEL.sign : LEVEL.atom };
}

function compileCase({ arg, args = [], defresult }: CaseExpr, context: ExpressionContext): Piece {
  const branches = args.flatMap((node): Sql => {
    if (!('CaseWhen' in node)) throw context.refuse('This CASE is not understood', locationOf(node));
    const { expr, result } = node.CaseWhen;
    return [
      ' ',
      { word: 'when' },
      ' ',
      ...context.compile(expr).sql,
      ' ',
      { word: 'then' },
      ' ',
      ...context.compile(result).sql,
    ];
  });
  const subject = arg === undefined ? [] : [' ', ...wrapped(context.compile(arg), LEVEL.atom)];
  const otherwise = defresult === undefined ? [] : [' ', { word: 'else' }, ' ', ...context.compile(defresult).sql];
  return atom([{ word: 'case' }, ...subject, ...branches, ...otherwise, ' ', { word: 'end' }]);
}

function compileCast({ arg, typeName, location }: TypeCast, context: ExpressionContext): Piece {
  const names = (typeName?.names ?? []).map(nodeName);
  const name = names.length === 2 && names[0] === 'pg_catalog' ? names[1] : names.length === 1 ? names[0] : undefined;
  const type = CAST_TYPES.get(name ?? '');
  const at = typeName?.location ?? location;
  if (name === undefined || !type || typeName?.setof === true || typeName?.arrayBounds || typeName?.pct_type === true) {
    throw context.refuse(`A cast to ${names.join('.')}${typeName?.arrayBounds ? '[]' : ''} is not allowed`, at);
  }
  const modifiers = (typeName?.typmods ?? []).map((node) => {
    // The parser leaves a zero out.
    const length = 'A_Const' in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : undefined;
    if (length === undefined || length < 0 || length > 10_485_760)
      throw context.refuse('This length of a type is not allowed', at);
    return [String(length)];
  });
  if (modifiers.length > type.modifiers) throw context.refuse(`The type ${type.shown} takes no length`, at);
  const length: Sql = modifiers.length === 0 ? [] : ['(', ...joinSql(modifiers, ','), ')'];
  const sql: Sql = [...wrapped(context.compile(arg), LEVEL.cast), '::', builtinType(name, type.shown), ...length];
  return { sql, level: LEVEL.cast };
}

function resolveReference(
  { fields = [], location }: ColumnRef,
  scope: readonly ScopeRelation[],
  { refuse }: ExpressionContext,
): ResolvedColumn {
  if (fields.some((field) => !('String' in field))) throw refuse('* is not allowed; name the column', location);
  try {
    return resolveColumn(scope, fields.map(nodeName));
  } catch (error) {
    throw error instanceof Refusal ? refuse(error.message, location) : error;
  }
}

function conjunctsOf(node: Node): Node[] {
  const conjunction = 'BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR';
  return conjunction ? (node.BoolExpr.args ?? []).flatMap(conjunctsOf) : [node];
}

function equalityOf(
  node: Node,
  scope: readonly ScopeRelation[],
  position: (location: number | undefined) => number | null,
): Conjunct['equality'] {
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return null;
  const { name = [], lexpr, rexpr } = node.A_Expr;
  if (!lexpr || !rexpr || name.map(nodeName).join('.') !== '=') return null;
  return { left: compileNode(lexpr, scope, position), right: compileNode(rexpr, scope, position) };
}

function locationOf(node: Node): number | undefined {
  const [body] = Object.values(node) as { location?: number }[];
  return body?.location;
}

/** What people call the kinds of nodes that are most often tried. */
const REFUSED: Readonly<Record<string, string>> = {
  SubLink: 'Sub-queries',
  ParamRef: 'Parameters such as $1',
  SQLValueFunction: 'CURRENT_DATE, CURRENT_USER and their like',
  CollateClause: 'COLLATE clauses',
  A_ArrayExpr: 'ARRAY[…] constructors',
  RowExpr: 'Row values',
  A_Indirection: 'Subscripts and field selections',
  A_Star: 'Stars',
  XmlExpr: 'XML functions',
  XmlSerialize: 'XML functions',
  GroupingFunc: 'GROUPING calls',
  SetToDefault: 'DEFAULT values',
  NamedArgExpr: 'Named arguments',
};
