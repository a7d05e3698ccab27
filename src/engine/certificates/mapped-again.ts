import { AppError } from '../../domain/errors.ts';
import { isOwn, sourceOf } from '../../domain/target.ts';
import { FinalDraft } from '../../rows/candidate.ts';
import type { Draft } from '../../rows/candidate.ts';
import { identifierFieldOf, keyedBySource } from '../../rows/identifier-field.ts';
import { compileMapping, foundByFields } from '../../rows/mapping.ts';
import { packRow, rowHash } from '../../rows/packed-row.ts';
import { openSource } from '../../sources/postgres/connection/connection.ts';
import { identifiedRows } from '../../sources/postgres/query/identified-rows.ts';
import type { SourceQuery } from '../../sources/postgres/query/query.ts';
import { streamRows } from '../../sources/postgres/reading/rows.ts';
import { describeFields } from '../../sources/postgres/expression/type-lookup.ts';
import { connectionOf } from '../../sources/profile-connection.ts';
import type { ChunkContext } from '../../store/commit/chunk.ts';
import { resolveReferences } from '../../store/commit/references.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { addSums, NOTHING, sumValues } from '../../store/queries/figures/column-sums.ts';
import type { ColumnSum, OtherRecord, WrittenRecords } from '../../store/queries/figures/column-sums.ts';
import { plannedDrafts } from '../../store/plans/planned-rows.ts';
import { referredTargets } from '../../store/queries/targets/own-targets.ts';
import { findBuiltinTarget } from '../../targets/registry.ts';
import type { Examination } from './examination.ts';
import { fileDrafts } from './file-drafts.ts';

export interface MappedAgain {
  /** The records whose rows the source gave once more as they were, which the ledger's hash tells. */
  readonly compared: readonly OtherRecord[];
  /** What their rows were mapped to, column by column. */
  readonly sums: readonly ColumnSum[];
  /** Why the source gave none, where it is at fault. */
  readonly problem: string | null;
}

/** Reads the rows of records from the source once more and sums up what they were mapped to. */
export async function mappedAgain(
  examination: Examination,
  records: WrittenRecords,
  suspects: readonly OtherRecord[],
): Promise<MappedAgain> {
  const compared = new Set<OtherRecord>();
  const waiting = Map.groupBy(suspects, ({ identifier }) => identifier);
  let sums: readonly ColumnSum[] = records.written.map(() => NOTHING);
  try {
    for await (const drafts of draftsOf(examination, records, suspects)) {
      const found = drafts.flatMap((draft) => matches(draft, waiting.get(draft.identifier) ?? [], records, compared));
      const columns = records.written.map((field) => {
        const at = records.spec.fields.indexOf(field);
        return found.map(([, values]) => values[at] ?? null);
      });
      sums = addSums(sums, await sumValues(examination.client, columns));
    }
  } catch (error) {
    if (!(error instanceof AppError) || !SOURCE_FAULTS.has(error.code)) throw error;
    return { compared: [...compared], sums, problem: error.message };
  }
  return { compared: [...compared], sums, problem: null };
}

const SOURCE_FAULTS = new Set(['not_found', 'source_unreachable', 'source_rejected']);

/** The rows of records as they were given, batch by batch, references resolved: by a plan, or else by the source. */
async function* draftsOf(
  examination: Examination,
  records: WrittenRecords,
  suspects: readonly OtherRecord[],
): AsyncGenerator<readonly Draft[], void, undefined> {
  const { job, client, target } = examination;
  const { plan } = job.options;
  if (plan) {
    const rowNumbers = suspects.map(({ rowNumber }) => rowNumber);
    const drafts = await plannedDrafts(client, { planNumber: plan, targetOrdinal: target.ordinal, rowNumbers });
    yield drafts;
    // A retry reads the rows that had failed from the source.
    if (job.kind !== 'retry') {
      if (drafts.length === 0) throw new AppError('not_found', 'The import plan was deleted.');
      return;
    }
  }
  yield* sourceDrafts(examination, records, suspects);
}

/** The rows of records as the source gives and the job maps them. */
async function* sourceDrafts(
  examination: Examination,
  { spec, written }: WrittenRecords,
  suspects: readonly OtherRecord[],
): AsyncGenerator<readonly Draft[], void, undefined> {
  const { deps, job, target, client, signal } = examination;
  if (job.options.source === 'api') {
    throw new AppError('not_found', 'The rows came with a request: nobody can read them again.');
  }
  const identifierField = identifierFieldOf(job.mode, target);
  const profile = job.profileId
    ? await deps.orm.em.fork().findOne(ImportProfile, { id: job.profileId, tenantId: job.tenantId })
    : null;
  const sourceId = profile || target.file ? sourceOf(spec, job) : null;
  if (identifierField === null || !sourceId) throw new AppError('not_found', 'The import profile was deleted.');
  const context: ChunkContext = {
    client,
    tenantId: job.tenantId,
    sourceId,
    jobId: job.id,
    jobNumber: job.number,
    targetOrdinal: target.ordinal,
    spec,
    writtenFields: written.map((field) => field.name),
    mode: job.mode,
    identifierField,
    referred: await referredTargets(deps.orm.em.fork(), job.tenantId, spec, findBuiltinTarget),
    keyedBySource: keyedBySource(job.mode, job.targets),
    dryRun: true,
  };
  if (profile === null) {
    for await (const drafts of fileDrafts(examination, suspects)) yield await resolveReferences(context, drafts);
    return;
  }
  const identifiers = new Set(suspects.flatMap(({ identifier }) => identifier ?? []));
  if (identifiers.size === 0) return;
  const planned = job.sourceQueries[String(target.ordinal)] as SourceQuery | undefined;
  if (!planned) throw new AppError('not_found', 'The query of the job is not known.');
  await using session = await openSource(connectionOf(profile, deps.sealer), deps.guard, { signal });
  const described = await session.transaction(() => describeFields(session, planned));
  const columns = described.map(({ target: field, family }) => ({ field, family }));
  const query = identifiedRows(planned, identifierField, [...identifiers], foundByFields(spec, columns));
  const map = compileMapping(spec, columns, identifierField);
  for await (const { rows } of streamRows(session, query, { signal })) {
    const asked = map(rows).filter(({ identifier }) => identifier !== null && identifiers.has(identifier));
    yield await resolveReferences(context, asked);
  }
}

/** Of some records those that a row was written to and that are not known yet, each with all values it wrote. */
function matches(
  draft: Draft,
  suspects: readonly OtherRecord[],
  { spec }: WrittenRecords,
  known: Set<OtherRecord>,
): (readonly [OtherRecord, readonly (string | null)[]])[] {
  const { hash, values } = FinalDraft.of(draft);
  return suspects.flatMap((record) => {
    if (record.sourceHash !== hash || known.has(record)) return [];
    const wrote = isMerged(values, record, spec) ? mergedAgain(values, record, spec) : values;
    // A table of somebody else's may have made of it what it likes: that is what is compared.
    if (!isOwn(spec) && record.afterHash !== null && rowHash(packRow(wrote)) !== record.afterHash) return [];
    known.add(record);
    return [[record, wrote] as const];
  });
}

/** Whether a row was merged into a record: into one of another identity, where rows are known by that. */
function isMerged(
  values: readonly (string | null)[],
  { afterHash, before }: OtherRecord,
  spec: WrittenRecords['spec'],
): boolean {
  if (afterHash === null || !isOwn(spec)) return afterHash !== null;
  return (
    before !== null &&
    spec.fields.some(({ name, column }, at) => spec.identity.includes(name) && before[column] !== (values[at] ?? null))
  );
}

/** What a row made of the record it was merged into: empty values and the record's identity left alone what was there. */
function mergedAgain(
  values: readonly (string | null)[],
  { before }: OtherRecord,
  spec: WrittenRecords['spec'],
): (string | null)[] {
  return spec.fields.map((field, at) => {
    const value = values[at] ?? null;
    const kept = value === null || value === '' || spec.identity.includes(field.name);
    return kept ? (before?.[field.column] ?? null) : value;
  });
}
