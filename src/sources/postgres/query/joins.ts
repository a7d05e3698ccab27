import type { JoinType, QueryJoin } from '../../../domain/query.ts';
import { compileExpression } from '../expression/expression.ts';
import type { CompiledExpression } from '../expression/expression.ts';
import { joinSql } from '../expression/fragment.ts';
import type { Sql } from '../expression/fragment.ts';
import { Refusal } from '../expression/parse-sql.ts';
import { relationSql } from '../catalog/relations.ts';
import type { QueryRelation } from '../catalog/relations.ts';
import type { ScopeRelation } from '../expression/scope.ts';

/** A join made anew from a configuration. */
export interface CompiledJoin {
  readonly type: JoinType;
  readonly relation: QueryRelation;
  /** `left join … on …` */
  readonly sql: Sql;
  /** No row on the left finds more than one partner: the ON fixes a unique key of the joined relation. */
  readonly toOne: boolean;
  /** The relations that the ON mentions. */
  readonly mentions: ReadonlySet<ScopeRelation>;
}

/** A mistake in one part of a join. */
export class JoinRefusal extends Error {
  readonly part: 'on' | 'condition';

  constructor(part: 'on' | 'condition', message: string) {
    super(message);
    this.part = part;
  }
}

/**
 * Compiles a join's ON (its `on` and `condition`).
 * @param scope the relations joined so far, the new one last
 * @throws JoinRefusal naming the part at fault
 */
export function compileJoin(
  join: QueryJoin,
  relation: QueryRelation,
  scope: readonly ScopeRelation[],
  place: string,
): CompiledJoin {
  const on = compilePart('on', join.on, scope);
  const condition = hasText(join.condition) ? compilePart('condition', join.condition, scope) : null;
  const mentions = new Set([...on.columns, ...(condition?.columns ?? [])].map((column) => column.relation));
  if (!mentions.has(relation.scope) || mentions.size < 2) {
    throw new JoinRefusal('on', `The condition must compare ${relation.scope.alias} with another table of the query`);
  }
  const fixed = fixedColumns(relation.scope, [on, ...(condition ? [condition] : [])]);
  const parts: Sql[] = [[{ place: `${place}.on`, sql: condition ? on.asConjunct : on.sql }]];
  if (condition) parts.push([{ place: `${place}.condition`, sql: condition.asConjunct }]);
  const onSql = joinSql(parts, [' ', { word: 'and' }, ' ']);
  const key = relation.derived ? (fixed.get(relation.derived.relation.key) ?? null) : null;
  return {
    type: join.type,
    relation,
    sql: [' ', { word: `${join.type} join` }, ' ', ...relationSql(relation, key), ' ', { word: 'on' }, ' ', ...onSql],
    toOne: hasUniqueKey(relation, new Set(fixed.keys())),
    mentions,
  };
}

function compilePart(part: 'on' | 'condition', text: string, scope: readonly ScopeRelation[]): CompiledExpression {
  try {
    return compileExpression(text, scope);
  } catch (error) {
    if (error instanceof Refusal) throw new JoinRefusal(part, error.sentence);
    throw error;
  }
}

/** The columns of the relation that the conditions set equal to something that does not come from it, and to what. */
function fixedColumns(relation: ScopeRelation, conditions: readonly CompiledExpression[]): Map<string, Sql> {
  const fixed = new Map<string, Sql>();
  for (const { equality } of conditions.flatMap(({ conjuncts }) => conjuncts)) {
    if (!equality) continue;
    const { left, right } = equality;
    for (const [side, other] of [[left, right] as const, [right, left] as const]) {
      const own = side.column?.relation === relation;
      if (own && other.columns.every((column) => column.relation !== relation)) {
        fixed.set(side.column?.column.name ?? '', other.sql);
      }
    }
  }
  return fixed;
}

function hasUniqueKey({ table, derived }: QueryRelation, fixed: ReadonlySet<string>): boolean {
  if (derived) return fixed.has(derived.relation.key);
  if (table?.keysHold !== true) return false;
  return table.indexes.some(({ unique, columns }) => unique && columns.every(({ name }) => fixed.has(name)));
}

export function hasText(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text.trim() !== '';
}
