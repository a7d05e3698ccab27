import { randomUUID } from 'node:crypto';
import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid, notFound } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { OwnTargetInput } from '../../domain/own-table.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { OwnSpec } from '../../domain/target.ts';
import { ImportTarget } from '../../store/entities/import-target.ts';
import { qualified } from '../../store/identifier.ts';
import { readTable } from '../../store/own/catalog.ts';
import { isStoreTable } from '../../store/own/store-tables.ts';
import { ownTarget } from '../../targets/own-target.ts';
import { findBuiltinTarget } from '../../targets/registry.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { tenantTargetFinder } from './tenant-targets.ts';

/** What is to change in a definition; what is left out stays, and the catalog is read again in any case. */
export type OwnTargetChanges = {
  readonly [Key in keyof Omit<OwnTargetInput, 'type'>]?: OwnTargetInput[Key] | undefined;
};

type Deps = Pick<EngineDeps, 'orm'>;

/** Makes an existing table of the store's database a target of the actor's tenant. Throws `validation` naming every mistake. */
export async function registerTarget({ orm }: Deps, actor: Actor, input: OwnTargetInput): Promise<OwnSpec> {
  requirePermission(actor, 'system.configure');
  return orm.em.fork().transactional(async (em) => {
    const taken =
      findBuiltinTarget(input.type) ?? (await em.findOne(ImportTarget, { tenantId: actor.tenantId, type: input.type }));
    const wrongType = taken ? { type: ['The type has already been taken.'] } : {};
    const [row]: { number: string }[] = await em.execute(
      `select nextval(pg_get_serial_sequence('import_targets', 'number')) as "number"`,
    );
    const spec = await heldAgainstCatalog(em, actor, input, { number: Number(row?.number), id: null }, wrongType);
    const now = new Date();
    const target = em.create(ImportTarget, {
      id: randomUUID(),
      number: spec.own.number,
      tenantId: actor.tenantId,
      type: spec.type,
      definition: input,
      spec,
      tableName: qualified(spec.schema, spec.table),
      createdAt: now,
      updatedAt: now,
    });
    await saved(em);
    await auditTarget(em, actor, 'target.registered', target);
    return spec;
  });
}

/** Reads the catalog again and changes what is given. Throws `not_found`, `forbidden` for a built-in target, `validation`. */
export async function renewTarget(
  { orm }: Deps,
  actor: Actor,
  type: string,
  changes: OwnTargetChanges,
): Promise<OwnSpec> {
  requirePermission(actor, 'system.configure');
  return orm.em.fork().transactional(async (em) => {
    const target = await ownDefinition(em, actor, type);
    const input = { ...target.definition, ...withoutGaps(changes), type };
    const before = target.spec;
    const spec = await heldAgainstCatalog(em, actor, input, target);
    // Rows of another table, or told apart by something else, are other records.
    const same = tableOf(spec) === tableOf(before) && JSON.stringify(spec.own.key) === JSON.stringify(before.own.key);
    const [row]: { number: string }[] = same
      ? [{ number: String(target.number) }]
      : await em.execute(`select nextval(pg_get_serial_sequence('import_targets', 'number')) as "number"`);
    const number = Number(row?.number);
    Object.assign(target, {
      number,
      definition: input,
      spec: { ...spec, own: { ...spec.own, number } },
      tableName: tableOf(spec),
      updatedAt: new Date(),
    });
    await saved(em);
    await auditTarget(em, actor, 'target.updated', target);
    return target.spec;
  });
}

/** Forgets a definition; the table stays as it is. Throws `not_found`, `forbidden` for a built-in target. */
export async function forgetTarget({ orm }: Deps, actor: Actor, type: string): Promise<void> {
  requirePermission(actor, 'system.configure');
  await orm.em.fork().transactional(async (em) => {
    const target = await ownDefinition(em, actor, type);
    await em.remove(target).flush();
    await auditTarget(em, actor, 'target.forgotten', target);
  });
}

async function heldAgainstCatalog(
  em: EntityManager,
  actor: Actor,
  input: OwnTargetInput,
  { number, id }: { readonly number: number; readonly id: string | null },
  others: FieldMistakes = {},
): Promise<OwnSpec> {
  const facts = await readTable(em, input.table);
  if (!facts) throw invalid({ ...others, table: [`There is no table ${input.table}.`] });
  if (isStoreTable(facts)) throw invalid({ ...others, table: [`The table ${input.table} is Lading's own.`] });
  const made = ownTarget(input, facts, number, await tenantTargetFinder(em, actor.tenantId));
  const holder = await em.findOne(ImportTarget, { tableName: qualified(facts.schema, facts.table) });
  const isTaken = holder !== null && holder.id !== id;
  const whose = holder?.tenantId === actor.tenantId ? `the target ${holder.type} already` : 'taken already';
  const taken = isTaken ? { table: [`The table ${input.table} is ${whose}.`] } : {};
  const mistakes = { ...others, ...('mistakes' in made ? made.mistakes : {}), ...taken };
  if ('mistakes' in made || Object.keys(mistakes).length > 0) throw invalid(mistakes);
  return made.spec;
}

async function ownDefinition(em: EntityManager, actor: Actor, type: string): Promise<ImportTarget> {
  if (findBuiltinTarget(type)) throw new AppError('forbidden', 'Built-in targets cannot be changed.');
  const target = await em.findOne(ImportTarget, { tenantId: actor.tenantId, type });
  if (!target) throw notFound('Target');
  return target;
}

/** Somebody may have registered the table, or the type, at the same moment. */
async function saved(em: EntityManager): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw invalid({ table: ['The table or the type has just been taken.'] });
  }
}

function tableOf({ schema, table }: OwnSpec): string {
  return qualified(schema, table);
}

function auditTarget(
  em: EntityManager,
  actor: Actor,
  action: `target.${string}`,
  { id, type, tableName }: ImportTarget,
): Promise<void> {
  return audit(em, actor, action, { type: 'import_target', id }, { type, table: tableName });
}

function withoutGaps<T extends object>(given: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
