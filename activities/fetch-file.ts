import { AppError } from '../src/domain/errors.ts';
import { secretBinding, withSecret } from '../src/domain/importer-source.ts';
import { fetchToStorage } from '../src/sources/fetch/fetch-to-storage.ts';
import { openImporterSource } from '../src/sources/fetch/open-importer-source.ts';
import { ImportFile } from '../src/store/entities/import-file.ts';
import { ImportImporter } from '../src/store/entities/import-importer.ts';
import { ImportJob } from '../src/store/entities/import-job.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';

/**
 * Fetches a job's file to storage from where its importer says now, so that a changed password takes effect at once. It
 * goes on where an earlier attempt was.
 */
export async function fetchFile(
  deps: ActivityDeps,
  { job }: JobPart,
  file: ImportFile,
  signal: AbortSignal,
): Promise<void> {
  const { orm, sealer, guard, files } = deps;
  const importer = job.importerId ? await orm.em.fork().findOne(ImportImporter, { id: job.importerId }) : null;
  if (!importer) throw new AppError('source_rejected', 'The importer of this job was deleted.');
  const secret = importer.secretSealed ? sealer.open(importer.secretSealed, secretBinding(importer)) : null;
  const source = withSecret(importer.definition.source, secret);
  let told = 0;
  const fetched = await fetchToStorage((options) => openImporterSource(source, options), {
    storage: files.storage,
    key: file.storageKey,
    guard,
    signal,
    maxBytes: files.maxBytes,
    onProgress: ({ bytes, size }) => {
      const done = size === null ? `${megabytes(bytes)} MB` : `${Math.floor((bytes / size) * 100)} %`;
      const now = performance.now();
      if (now - told < 1_000) return;
      told = now;
      const operation = `Fetching ${file.name} (${done})`;
      void orm.em
        .fork()
        .nativeUpdate(ImportJob, { id: job.id, status: 'running' }, { operation })
        .catch((error: unknown) => deps.logger.warn({ err: error }, 'progress of a fetch could not be told'));
    },
  });
  Object.assign(file, {
    name: fetched.name ?? file.name,
    size: fetched.size,
    sha256: fetched.sha256,
    charset: fetched.charset,
  });
  const { name, size, sha256, charset } = file;
  await orm.em
    .fork()
    .nativeUpdate(
      ImportFile,
      { id: file.id },
      { name, size: size ?? null, sha256: sha256 ?? null, charset: charset ?? null },
    );
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
