import type { Actor } from '../../domain/actor.ts';
import type { IssueCode } from '../../domain/record.ts';
import { attemptsSince, countBroughtIn } from '../../store/queries/ledger/failed-rows.ts';
import { countInvalidRows, countIssues } from '../../store/queries/ledger/issue-summary.ts';
import type { IssueCount } from '../../store/queries/ledger/issue-summary.ts';
import type { EngineDeps } from '../deps.ts';
import { getImport } from './find-imports.ts';

/** What the target says of a row, and not its fields' rules. */
const OF_TARGET: readonly IssueCode[] = ['duplicate', 'reference_missing', 'constraint_violation', 'source_missing'];

/** Messages that are told: what is rarer is in the list of issues. */
const MOST = 100;

export interface ErrorSummary {
  /** Rows that have failed and not come in since; all that follows is of these. */
  readonly failedRows: number;
  /** Rows that failed and that later attempts have brought in. */
  readonly closedRows: number;
  /** What the target refused. */
  readonly refused: readonly IssueCount[];
  /** Rows that broke rules of fields, and which. */
  readonly invalidRows: number;
  readonly invalid: readonly IssueCount[];
}

/** Why rows of an import are not in, counted: the same rows that `failedRowsFile` gives. */
export async function errorSummary(deps: EngineDeps, actor: Actor, id: string): Promise<ErrorSummary> {
  const { job, counters } = await getImport(deps, actor, id);
  const em = deps.orm.em.fork();
  const later = job.kind === 'validate' ? [] : await attemptsSince(em, job.number);
  const closedRows = await countBroughtIn(em, job.number, later);
  const counts = await countIssues(em, job.number, later, MOST);
  const isOfTarget = ({ code }: IssueCount): boolean => OF_TARGET.some((one) => one === code);
  return {
    failedRows: counters.failed - closedRows,
    closedRows,
    refused: counts.filter(isOfTarget),
    invalidRows: await countInvalidRows(em, job.number, later, OF_TARGET),
    invalid: counts.filter((count) => !isOfTarget(count)),
  };
}
