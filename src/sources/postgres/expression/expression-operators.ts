import type { A_Expr, BoolExpr, BooleanTest, Node, NullTest } from 'libpg-query';
import { BINARY_OPERATORS } from './builtin-operators.ts';
import { LEVEL, atom, nodeName, wrapped } from './expression-piece.ts';
import type { ExpressionContext, Piece } from './expression-piece.ts';
import { joinSql } from './fragment.ts';
import type { Sql } from './fragment.ts';

const PATTERN_WORDS: Readonly<Record<string, string>> = {
  '~~': 'like',
  '!~~': 'not like',
  '~~*': 'ilike',
  '!~~*': 'not ilike',
};

const TEST_WORDS: Readonly<Record<string, string>> = {
  IS_NULL: 'is null',
  IS_NOT_NULL: 'is not null',
  IS_TRUE: 'is true',
  IS_NOT_TRUE: 'is not true',
  IS_FALSE: 'is false',
  IS_NOT_FALSE: 'is not false',
  IS_UNKNOWN: 'is unknown',
  IS_NOT_UNKNOWN: 'is not unknown',
};

export function compileOperator(expression: A_Expr, context: ExpressionContext): Piece {
  const { kind, name = [], lexpr, rexpr, location } = expression;
  // A schema in front of an operator (OPERATOR(schema.+)) chooses one of somebody's making.
  if (name.length !== 1) throw context.refuse('Operators with a schema are not allowed', location);
  const operator = name.map(nodeName).join('');
  switch (kind) {
    case 'AEXPR_OP':
      return lexpr ? binary(operator, expression, context) : sign(operator, expression, context);
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return pattern(operator, expression, context);
    case 'AEXPR_IN':
      return membership(operator, expression, context);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
      return between(kind === 'AEXPR_BETWEEN' ? 'between' : 'not between', expression, context);
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT': {
      const word = kind === 'AEXPR_DISTINCT' ? 'is distinct from' : 'is not distinct from';
      return infix(lexpr, [' ', { word }, ' '], rexpr, { level: LEVEL.is, context });
    }
    case 'AEXPR_NULLIF': {
      const parts = [lexpr, rexpr].map((node) => context.compile(node).sql);
      return atom([{ word: 'nullif' }, '(', ...joinSql(parts, ', '), ')']);
    }
    default:
      throw context.refuse(`${REFUSED_KINDS[kind ?? ''] ?? 'This kind of comparison'} is not allowed`, location);
  }
}

export function compileBoolean({ boolop, args = [] }: BoolExpr, context: ExpressionContext): Piece {
  const pieces = args.map((node) => context.compile(node));
  if (boolop === 'NOT_EXPR') {
    const operand = pieces[0] ?? atom([]);
    return { sql: [{ word: 'not' }, ' ', ...wrapped(operand, LEVEL.is)], level: LEVEL.not };
  }
  const [word, level] = boolop === 'AND_EXPR' ? (['and', LEVEL.and] as const) : (['or', LEVEL.or] as const);
  const parts = pieces.map((piece) => wrapped(piece, level + 1));
  return { sql: joinSql(parts, [' ', { word }, ' ']), level };
}

export function compileTest(
  node: { NullTest: NullTest } | { BooleanTest: BooleanTest },
  context: ExpressionContext,
): Piece {
  const { arg, test } =
    'NullTest' in node
      ? { arg: node.NullTest.arg, test: node.NullTest.nulltesttype }
      : { arg: node.BooleanTest.arg, test: node.BooleanTest.booltesttype };
  const word = TEST_WORDS[test ?? ''] ?? 'is null';
  return { sql: [...wrapped(context.compile(arg), LEVEL.comparison), ' ', { word }], level: LEVEL.is };
}

function binary(operator: string, { lexpr, rexpr, location }: A_Expr, context: ExpressionContext): Piece {
  if (!BINARY_OPERATORS.has(operator)) throw context.refuse(`The operator ${operator} is not allowed`, location);
  const shown = operator === '<>' ? '!=' : operator;
  return infix(lexpr, [` ${shown} `], rexpr, { level: levelOf(operator), context });
}

function sign(operator: string, { rexpr, location }: A_Expr, context: ExpressionContext): Piece {
  if (operator !== '-' && operator !== '+') throw context.refuse(`The operator ${operator} is not allowed`, location);
  // A sign directly before another would begin a comment.
  return { sql: [operator, ' ', ...wrapped(context.compile(rexpr), LEVEL.sign + 1)], level: LEVEL.sign };
}

function pattern(operator: string, { lexpr, rexpr, location }: A_Expr, context: ExpressionContext): Piece {
  const word = PATTERN_WORDS[operator];
  if (word === undefined) throw context.refuse(`The operator ${operator} is not allowed`, location);
  return infix(lexpr, [' ', { word }, ' '], rexpr, { level: LEVEL.pattern, context });
}

function membership(operator: string, { lexpr, rexpr, location }: A_Expr, context: ExpressionContext): Piece {
  const items = rexpr && 'List' in rexpr ? (rexpr.List.items ?? []) : [];
  if (items.length === 0) throw context.refuse('IN takes a list of values', location);
  const list = joinSql(
    items.map((node) => context.compile(node).sql),
    ', ',
  );
  const word = operator === '=' ? 'in' : 'not in';
  const left = wrapped(context.compile(lexpr), LEVEL.pattern + 1);
  return { sql: [...left, ' ', { word }, ' (', ...list, ')'], level: LEVEL.pattern };
}

function between(word: string, { lexpr, rexpr, location }: A_Expr, context: ExpressionContext): Piece {
  const [from, to] = rexpr && 'List' in rexpr ? (rexpr.List.items ?? []) : [];
  if (!from || !to) throw context.refuse('BETWEEN takes two values', location);
  const part = (node: Node | undefined): Sql => wrapped(context.compile(node), LEVEL.pattern + 1);
  return {
    sql: [...part(lexpr), ' ', { word }, ' ', ...part(from), ' ', { word: 'and' }, ' ', ...part(to)],
    level: LEVEL.pattern,
  };
}

/** Left to right for arithmetic; both sides in parentheses where PostgreSQL knows no order (`a = b = c`). */
function infix(
  left: Node | undefined,
  between: Sql,
  right: Node | undefined,
  { level, context }: { level: number; context: ExpressionContext },
): Piece {
  const leftLeast = level >= LEVEL.other ? level : level + 1;
  return {
    sql: [...wrapped(context.compile(left), leftLeast), ...between, ...wrapped(context.compile(right), level + 1)],
    level,
  };
}

function levelOf(operator: string): number {
  if (/^(=|<>|<|<=|>|>=)$/.test(operator)) return LEVEL.comparison;
  if (operator === '+' || operator === '-') return LEVEL.sum;
  return /^[*/%]$/.test(operator) ? LEVEL.product : LEVEL.other;
}

const REFUSED_KINDS: Readonly<Record<string, string>> = {
  AEXPR_OP_ANY: 'A comparison with ANY (…)',
  AEXPR_OP_ALL: 'A comparison with ALL (…)',
  AEXPR_SIMILAR: 'SIMILAR TO',
  AEXPR_BETWEEN_SYM: 'BETWEEN SYMMETRIC',
  AEXPR_NOT_BETWEEN_SYM: 'BETWEEN SYMMETRIC',
};
