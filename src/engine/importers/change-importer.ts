import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { invalid } from '../../domain/errors.ts';
import type { ImporterInput } from '../../domain/importer.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import type { ImportImporter } from '../../store/entities/import-importer.ts';
import { changeImporterTable, createImporterTable, lossyChanges } from '../../store/importers/importer-table.ts';
import { importerTarget } from '../../targets/importer-target.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { importerMistakes } from './check-importer.ts';
import { savedImporter, throwMistakes } from './create-importer.ts';
import { findImporter } from './find-importers.ts';
import { viewImporter } from './importer-view.ts';
import type { ImporterView } from './importer-view.ts';
import { samePlace, secretBinding, withoutSecret } from '../../domain/importer-source.ts';

export type ImporterChanges = { readonly [K in keyof ImporterInput]?: ImporterInput[K] | undefined };

/**
 * Changes an importer; what is left out stays, and jobs that run go on with what they began with. Its table is widened,
 * never narrowed under data: `validation` names the field. A password stays as long as the place it is for does.
 */
export async function changeImporter(
  { orm, sealer }: Pick<EngineDeps, 'orm' | 'sealer'>,
  actor: Actor,
  id: string,
  changes: ImporterChanges,
): Promise<ImporterView> {
  return orm.em.fork().transactional(async (tx) => {
    const importer = await findImporter(tx, actor, id, LockMode.PESSIMISTIC_WRITE);
    const before = importer.definition;
    const input = complete(before, changes);
    throwMistakes(await importerMistakes(tx, actor.tenantId, input, importer.id));
    const { open, secret } = withoutSecret(input.source);
    const keepsSecret = secret === null && samePlace(before.source, input.source);
    const sealed = secret === null ? null : sealer.seal(secret, secretBinding(importer));
    tx.assign(importer, {
      slug: input.slug,
      name: input.name,
      definition: { ...input, source: open },
      secretSealed: keepsSecret ? (importer.secretSealed ?? null) : sealed,
      spec: await reshaped(tx, importer, input),
      version: importer.version + 1,
      updatedAt: new Date(),
    });
    await savedImporter(tx, input.slug);
    await audit(tx, actor, 'importer.updated', { type: 'import_importer', id: importer.id }, { slug: input.slug });
    return viewImporter(importer);
  });
}

/** Gives an importer another public key: the one before opens nothing any more. */
export async function renewKey({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<ImporterView> {
  return orm.em.fork().transactional(async (tx) => {
    const importer = await findImporter(tx, actor, id, LockMode.PESSIMISTIC_WRITE);
    tx.assign(importer, { publicKey: randomUUID(), updatedAt: new Date() });
    const subject = { type: 'import_importer', id: importer.id };
    await audit(tx, actor, 'importer.key_renewed', subject, { slug: importer.slug });
    return viewImporter(importer);
  });
}

/** Forgets an importer. What it imported stays, and its jobs can still be looked at and undone. */
export async function deleteImporter({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<void> {
  await orm.em.fork().transactional(async (tx) => {
    const importer = await findImporter(tx, actor, id, LockMode.PESSIMISTIC_WRITE);
    tx.assign(importer, { deletedAt: new Date() });
    // Then they have nothing to import, and go.
    await tx.nativeUpdate(ImportSchedule, { importerId: importer.id }, { importerId: null });
    await audit(tx, actor, 'importer.deleted', { type: 'import_importer', id: importer.id }, { slug: importer.slug });
  });
}

function complete(before: ImporterInput, changes: ImporterChanges): ImporterInput {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...before, ...given };
}

/** The target of the changed importer, with its table made to fit. */
async function reshaped(tx: EntityManager, importer: ImportImporter, input: ImporterInput): Promise<TargetSpec | null> {
  // The table that it has is kept also while it fills another target: jobs have written into it.
  if (input.target !== null) return importer.spec ?? null;
  const { spec, changes } = importerTarget({ ...input, number: importer.number }, importer.spec ?? null);
  if (!importer.spec) {
    await createImporterTable(tx, spec);
    return spec;
  }
  if (changes.length === 0) return spec;
  const lossy = await lossyChanges(tx, spec, changes);
  if (lossy.length > 0) {
    throw invalid(
      Object.fromEntries(
        lossy.map(({ field, from }) => [
          `schema.fields.${input.fields.findIndex(({ name }) => name === field.name)}.type`,
          [
            `The field ${field.name} has values of the type ${from}, which cannot become ${field.type}: add a field instead.`,
          ],
        ]),
      ),
    );
  }
  await changeImporterTable(tx, spec, changes);
  return spec;
}
