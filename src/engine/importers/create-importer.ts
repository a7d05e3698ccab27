import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import { IMPORTER_LIMITS, slugOf } from '../../domain/importer.ts';
import type { NewImporterInput } from '../../domain/importer.ts';
import { requirePermission } from '../../domain/policy.ts';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import { createImporterTable } from '../../store/importers/importer-table.ts';
import { importerTarget } from '../../targets/importer-target.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { surroundingMistakes } from './check-importer.ts';
import { viewImporter } from './importer-view.ts';
import type { ImporterView } from './importer-view.ts';
import { secretBinding, withoutSecret } from '../../domain/importer-source.ts';

/** Importers a tenant may have: each has a table. */
const MAX_IMPORTERS = 1_000;

/**
 * Makes an importer, and its table unless it fills a target that has a name. Its parts fit together: `importerMistakes` of
 * the rows finds none. Throws `validation` for what does not fit here, and `conflict` for more than a tenant may have.
 */
export async function createImporter(
  { orm, sealer }: Pick<EngineDeps, 'orm' | 'sealer'>,
  actor: Actor,
  given: NewImporterInput,
): Promise<ImporterView> {
  requirePermission(actor, 'system.import');
  const owner = { id: randomUUID(), tenantId: actor.tenantId };
  const { open, secret } = withoutSecret(given.source);
  return orm.em.fork().transactional(async (tx) => {
    const input = { ...given, slug: given.slug ?? (await freeSlug(tx, actor.tenantId, given.name)) };
    throwMistakes(await surroundingMistakes(tx, actor.tenantId, input, null));
    if ((await tx.count(ImportImporter, { tenantId: actor.tenantId, deletedAt: null })) >= MAX_IMPORTERS) {
      throw new AppError('conflict', `There are ${MAX_IMPORTERS} importers already: delete one that is not needed.`);
    }
    const number = await nextNumber(tx);
    const spec = input.target === null ? importerTarget({ ...input, number }, null).spec : null;
    const now = new Date();
    const importer = tx.create(ImportImporter, {
      ...owner,
      number,
      slug: input.slug,
      name: input.name,
      definition: { ...input, source: open },
      secretSealed: secret === null ? null : sealer.seal(secret, secretBinding(owner)),
      spec,
      version: 1,
      publicKey: randomUUID(),
      createdById: actor.userId,
      createdAt: now,
      updatedAt: now,
    });
    await savedImporter(tx, input.slug);
    if (spec !== null) await createImporterTable(tx, spec);
    await audit(tx, actor, 'importer.created', { type: 'import_importer', id: owner.id }, { slug: input.slug });
    return viewImporter(importer);
  });
}

export function throwMistakes(mistakes: FieldMistakes): void {
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
}

/** Writes what has changed; somebody may have taken the slug since it was looked for. */
export async function savedImporter(tx: EntityManager, slug: string): Promise<void> {
  try {
    await tx.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw invalid({ slug: [`The slug ${slug} has already been taken.`] });
  }
}

/** The slug of a name, with a number behind it where another importer has it; nobody takes it before the transaction ends. */
async function freeSlug(tx: EntityManager, tenantId: string, name: string): Promise<string> {
  await tx.execute(`select from "tenants" where "id" = ?::uuid for no key update`, [tenantId]);
  const wanted = slugOf(name);
  const importers = await tx.find(ImportImporter, { tenantId, deletedAt: null }, { fields: ['slug'] });
  const taken = new Set(importers.map(({ slug }) => slug));
  let slug = wanted;
  for (let next = 2; taken.has(slug); next += 1) {
    slug = `${wanted.slice(0, IMPORTER_LIMITS.slugLength - `-${next}`.length)}-${next}`;
  }
  return slug;
}

async function nextNumber(tx: EntityManager): Promise<number> {
  const [row]: { number: string }[] = await tx.execute(
    `select nextval(pg_get_serial_sequence('import_importers', 'number')) as "number"`,
  );
  return Number(row?.number);
}
