import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import type { OwnTargetInput } from '../../domain/own-table.ts';
import { requirePermission } from '../../domain/policy.ts';
import { isOwn } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { isUuid } from '../../domain/uuid.ts';
import { changedTable } from '../../store/own/hold-table.ts';
import { historyOfRecord } from '../../store/queries/ledger/record-history.ts';
import { findTargetRecord, pageOfRecords } from '../../store/queries/targets/target-records.ts';
import type { EngineDeps } from '../deps.ts';
import { editRecord, removeRecord } from './change-record.ts';
import { forgetTarget, registerTarget, renewTarget } from './own-targets.ts';
import type { OwnTargetChanges } from './own-targets.ts';
import { findTarget, tenantTargets } from './tenant-targets.ts';
import { recordHistory } from './record-history.ts';
import { selectRecords } from './select-records.ts';
import type { RecordQuery } from './select-records.ts';
import { targetRecord } from './target-record.ts';
import type { HistoryEntry, TargetRecord } from './target-record.ts';

/** What rows become, and what they have become. All of it needs `system.import`, changing targets `system.configure`. */
export interface Targets {
  /** The targets of the actor's tenant, in the order they are shown. */
  list(actor: Actor): Promise<readonly TargetSpec[]>;
  /** One of them. Throws `not_found`. */
  get(actor: Actor, type: string): Promise<TargetSpec>;
  /** Makes an existing table a target; see `registerTarget`. */
  register(actor: Actor, input: OwnTargetInput): Promise<TargetSpec>;
  /** Reads the catalog again and changes what is given; see `renewTarget`. */
  renew(actor: Actor, type: string, changes: OwnTargetChanges): Promise<TargetSpec>;
  /** Forgets a definition, never the table; see `forgetTarget`. */
  forget(actor: Actor, type: string): Promise<void>;
  /** A page of records. Throws `not_found` for an unknown type, `validation` for unknown fields and wrong values. */
  records(actor: Actor, type: string, query: RecordQuery): Promise<{ rows: TargetRecord[]; total: number }>;
  /** A record and what was done to it, oldest first. Throws `not_found`. */
  record(actor: Actor, type: string, id: string): Promise<RecordWithHistory>;
  /** A person's edit: imports of unchanged rows and undo leave it alone. See `editRecord` for what it throws. */
  edit(actor: Actor, type: string, id: string, changes: ReadonlyMap<string, unknown>): Promise<RecordWithHistory>;
  /** Removes a record. Throws `not_found`, or `conflict` when others refer to it. */
  remove(actor: Actor, type: string, id: string): Promise<void>;
}

export interface RecordWithHistory {
  readonly record: TargetRecord;
  readonly history: readonly HistoryEntry[];
}

export function createTargets({ orm }: Pick<EngineDeps, 'orm'>): Targets {
  const showRecord = async (actor: Actor, spec: TargetSpec, id: string): Promise<RecordWithHistory> => {
    const em = orm.em.fork();
    const stored = isUuid(id) ? await findTargetRecord(em, actor.tenantId, spec, id) : null;
    if (!stored) throw notFound('Record');
    const changes = await historyOfRecord(em, actor.tenantId, spec, id);
    return { record: targetRecord(spec, stored), history: recordHistory(spec, stored, changes) };
  };

  /** Work on a target's records; `wrong_state` where an own table is no longer as it was registered. */
  const ofRecords = async <T>(actor: Actor, type: string, work: (spec: TargetSpec) => Promise<T>): Promise<T> => {
    const spec = await targetOf(orm, actor, type);
    try {
      return await work(spec);
    } catch (error) {
      throw isOwn(spec) ? changedTable(error, spec) : error;
    }
  };

  return {
    async list(actor) {
      requirePermission(actor, 'system.import');
      return tenantTargets(orm.em.fork(), actor.tenantId);
    },
    get: (actor, type) => targetOf(orm, actor, type),
    register: (actor, input) => registerTarget({ orm }, actor, input),
    renew: (actor, type, changes) => renewTarget({ orm }, actor, type, changes),
    forget: (actor, type) => forgetTarget({ orm }, actor, type),
    async records(actor, type, query) {
      return ofRecords(actor, type, async (spec) => {
        const selection = selectRecords(spec, query);
        const page = { limit: query.perPage, offset: (query.page - 1) * query.perPage };
        const { rows, total } = await pageOfRecords(orm.em.fork(), actor.tenantId, spec, selection, page);
        return { rows: rows.map((row) => targetRecord(spec, row)), total };
      });
    },
    record: (actor, type, id) => ofRecords(actor, type, (spec) => showRecord(actor, spec, id)),
    async edit(actor, type, id, changes) {
      return ofRecords(actor, type, async (spec) => {
        if (!isUuid(id)) throw notFound('Record');
        await orm.em.fork().transactional((em) => editRecord(em, actor, spec, id, changes));
        return showRecord(actor, spec, id);
      });
    },
    async remove(actor, type, id) {
      await ofRecords(actor, type, async (spec) => {
        if (!isUuid(id)) throw notFound('Record');
        await orm.em.fork().transactional((em) => removeRecord(em, actor, spec, id));
      });
    },
  };
}

async function targetOf(orm: EngineDeps['orm'], actor: Actor, type: string): Promise<TargetSpec> {
  requirePermission(actor, 'system.import');
  const spec = await findTarget(orm.em.fork(), actor.tenantId, type);
  if (!spec) throw notFound('Target');
  return spec;
}
