import type { Actor } from '../../domain/actor.ts';
import { wrongState } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import { writtenFields } from '../../domain/target.ts';
import type { SourceQuery } from '../../sources/postgres/query/query.ts';
import { withSession } from '../../store/held-session.ts';
import { countRows } from '../../store/queries/figures/certificate-counts.ts';
import {
  addSums,
  NOTHING,
  otherRecords,
  sumIntactRecords,
  sumRecords,
} from '../../store/queries/figures/column-sums.ts';
import type { ColumnSum, OtherRecord, WrittenRecords } from '../../store/queries/figures/column-sums.ts';
import type { EngineDeps } from '../deps.ts';
import { visibleJob } from '../jobs/find-jobs.ts';
import { addsUp, certifyColumn } from './certificate.ts';
import type { Certificate, CertifiedType } from './certificate.ts';
import type { Examination } from './examination.ts';
import { mappedAgain } from './mapped-again.ts';

/** Records looked at together where they are not what was written. */
const PAGE = 2_000;

/** Of so many records at the most the source is asked again: by then it is known which columns are at fault. */
const MOST_COMPARED = 100_000;

/**
 * Holds what a job's ledger says against the target, read again, and its rows against what the source gave. Nothing is
 * written, and memory does not grow with the job. Throws `wrong_state` for a job that has not ended or writes nothing.
 */
export async function certifyJob(
  deps: EngineDeps,
  actor: Actor,
  jobId: string,
  signal: AbortSignal,
): Promise<Certificate> {
  const job = await visibleJob(deps.orm.em.fork(), actor, jobId);
  if (job.kind !== 'import' && job.kind !== 'retry')
    throw wrongState(`A job of the kind ${job.kind} has no certificate.`, { kind: job.kind });
  if (!isFinal(job.status))
    throw wrongState(`An import job that is ${job.status} has no certificate yet.`, { status: job.status });
  return withSession(deps.orm, signal, SNAPSHOT, async (client) => {
    const types: CertifiedType[] = [];
    for (const target of job.targets) types.push(await certifyType({ deps, job, target, client, signal }));
    return { jobId, issuedAt: new Date(), types, balanced: types.every((type) => type.balanced) };
  });
}

/**
 * One snapshot of the store. The source may be read meanwhile, for longer than a transaction may usually idle.
 */
const SNAPSHOT = `begin isolation level repeatable read, read only;
  set local idle_in_transaction_session_timeout = '10min'; set local work_mem = '64MB'; set local jit = off`;

async function certifyType(examination: Examination): Promise<CertifiedType> {
  const { deps, job, target, client, signal } = examination;
  const rows = await countRows(deps.orm.em.fork(), job, target.ordinal);
  const query = job.sourceQueries[String(target.ordinal)] as SourceQuery | undefined;
  const written = writtenFields(target.spec, query);
  const place = { tenantId: job.tenantId, jobNumber: job.number, targetOrdinal: target.ordinal };
  const records: WrittenRecords = { ...place, spec: target.spec, written };

  const { intact, others, sums } = await sumIntactRecords(client, records);
  const counted = { intact, superseded: 0, edited: 0, altered: 0, missing: 0, uncompared: 0 };
  let source: readonly ColumnSum[] = sums;
  let held: readonly ColumnSum[] = sums;
  let sourceProblem: string | null = null;
  let compared = 0;
  for await (const page of others === 0 ? [] : otherRecords(client, records, PAGE)) {
    signal.throwIfAborted();
    const suspects = page.filter((record) => !record.superseded);
    const stored = suspects.filter((record) => record.stored).length;
    const unexplained = suspects.filter((record) => !record.edited && !record.stored);
    const altered = unexplained.filter((record) => record.present).length;
    counted.superseded += page.length - suspects.length;
    counted.intact += stored;
    counted.edited += suspects.length - unexplained.length - stored;
    counted.altered += altered;
    counted.missing += unexplained.length - altered;
    if (suspects.length === 0) continue;
    if (sourceProblem !== null || compared >= MOST_COMPARED) {
      counted.uncompared += suspects.length;
      continue;
    }
    const again = await mappedAgain(examination, records, suspects);
    sourceProblem = again.problem;
    source = addSums(source, again.sums);
    held = addSums(held, await sumRecords(client, records, presentIds(again.compared)));
    counted.uncompared += suspects.length - again.compared.length;
    compared += again.compared.length;
  }

  // By what the field is called: columns of an importer's table are numbered, and what it keeps of a key is its own matter.
  const columns = written.flatMap(({ name, hidden }, at) =>
    hidden === true ? [] : [certifyColumn(name, source[at] ?? NOTHING, held[at] ?? NOTHING)],
  );
  const whole = counted.edited + counted.altered + counted.missing === 0;
  return {
    type: target.spec.type,
    rows,
    records: counted,
    columns,
    sourceProblem,
    balanced: addsUp(rows) && whole && columns.every((column) => column.equal),
  };
}

function presentIds(records: readonly OtherRecord[]): string[] {
  return records.filter((record) => record.present).map((record) => record.targetId);
}
