import { AppError } from '../../../domain/errors.ts';
import type { SourceRelationship, SourceSchema } from '../../../domain/source-schema.ts';
import { quoteName, quoteNameIfNeeded } from '../expression/fragment.ts';
import { findJoinCandidates } from './join-candidates.ts';
import type { JoinCandidate } from './join-candidates.ts';
import type { Likeness } from './name-likeness.ts';
import type { SourceSession } from '../connection/session.ts';
import { findTable } from './table-names.ts';

export interface JoinSuggestion {
  /** Listed name of the table that is referred to. */
  readonly fromTable: string;
  /** Listed name of the table that refers. */
  readonly toTable: string;
  /** SQL for a join's `on`, names quoted where needed. */
  readonly joinCondition: string;
  /**
   * 0 to 1: 1 is a foreign key; else how exactly the names say it (0.85 exact, 0.7 with a role in front, 0.5 nearly), 0.1
   * more when sampled values were found, times the share of them that was.
   */
  readonly confidence: number;
}

const PRIOR: Readonly<Record<Likeness, number>> = { exact: 0.85, with_role: 0.7, near: 0.5 };
/** Half of the values or fewer found: the names were chance. */
const LEAST_OVERLAP = 0.5;
const SAMPLED_ROWS = 1_000;
const TOGETHER = 20;
const BUDGET_MS = 1_500;

/**
 * Joins that fit a source: its foreign keys, and where there are none, what names and types suggest and a sample of
 * the values does not contradict. Surest first.
 * @param session where values are sampled, or null to go by names and types alone
 */
export async function suggestJoins(schema: SourceSchema, session: SourceSession | null): Promise<JoinSuggestion[]> {
  const candidates = findJoinCandidates(schema);
  const overlaps = session ? await sampleOverlaps(session, candidates) : new Map<JoinCandidate, number>();
  const declared = schema.relationships.flatMap((each) => declaredJoin(each, schema));
  const guessed = candidates.flatMap((candidate): JoinSuggestion[] => {
    const overlap = overlaps.get(candidate);
    if (overlap !== undefined && overlap <= LEAST_OVERLAP) return [];
    const prior = PRIOR[candidate.likeness];
    const confidence = overlap === undefined ? prior : (prior + 0.1) * overlap;
    const { table, column, referenced, referencedColumn } = candidate;
    return [
      {
        fromTable: referenced.name,
        toTable: table.name,
        joinCondition: condition(table.table, [column], referenced.table, [referencedColumn]),
        confidence: Math.round(confidence * 100) / 100,
      },
    ];
  });
  return [...declared, ...guessed].toSorted((a, b) => b.confidence - a.confidence);
}

function declaredJoin(key: SourceRelationship, schema: SourceSchema): JoinSuggestion[] {
  const table = findTable(schema, key.table);
  const referenced = findTable(schema, key.referencedTable);
  if (!table || !referenced) return [];
  const joinCondition = condition(table.table, key.columns, referenced.table, key.referencedColumns);
  return [{ fromTable: referenced.name, toTable: table.name, joinCondition, confidence: 1 }];
}

/** A table that refers to itself needs a second name to be joined with itself. */
function condition(table: string, columns: readonly string[], other: string, otherColumns: readonly string[]): string {
  const parent = other === table ? `parent_${other}` : other;
  const name = (owner: string, column = ''): string => `${quoteNameIfNeeded(owner)}.${quoteNameIfNeeded(column)}`;
  return columns.map((column, at) => `${name(table, column)} = ${name(parent, otherColumns[at])}`).join(' AND ');
}

/** Of each candidate's values in a sample, the share that is found among the keys; none for what has no values or took too long. */
async function sampleOverlaps(
  session: SourceSession,
  candidates: readonly JoinCandidate[],
): Promise<Map<JoinCandidate, number>> {
  const overlaps = new Map<JoinCandidate, number>();
  const end = performance.now() + BUDGET_MS;
  for (let at = 0; at < candidates.length; at += TOGETHER) {
    const batch = candidates.slice(at, at + TOGETHER);
    const left = Math.floor(end - performance.now());
    if (left < 20) break;
    const selects = batch.map((candidate, index) => `(${overlapSql(candidate, index)})`);
    try {
      const rows = await session.transaction(() => session.query(selects.join(' union all ')), {
        statementTimeoutMs: left,
      });
      for (const [index, sampled, found] of rows) {
        const candidate = batch[Number(index)];
        if (candidate && Number(sampled) > 0) overlaps.set(candidate, Number(found) / Number(sampled));
      }
    } catch (error) {
      // Out of time or not comparable after all: the names still speak for themselves.
      if (!(error instanceof AppError) || !isStatementFailure(error)) throw error;
    }
  }
  return overlaps;
}

function overlapSql({ table, column, referenced, referencedColumn }: JoinCandidate, index: number): string {
  const from = `${quoteName(table.schema)}.${quoteName(table.table)}`;
  const keys = `${quoteName(referenced.schema)}.${quoteName(referenced.table)}`;
  const [value, key] = [quoteName(column), quoteName(referencedColumn)];
  return `select ${index}, count(*), count(k.${key}) from (
      select distinct ${value} as v from (select ${value} from ${from} where ${value} is not null limit ${SAMPLED_ROWS}) s
    ) d left join ${keys} k on k.${key} = d.v`;
}

function isStatementFailure(error: AppError): boolean {
  return error.code === 'source_rejected' || error.details['sqlState'] === '57014';
}
