import { invalid } from '../../domain/errors.ts';
import { DEFAULT_BATCH_SIZE } from '../../domain/job.ts';
import type { JobOptions, ModeConfig } from '../../domain/job.ts';
import type { FindTarget } from '../../domain/target.ts';
import type { ImportImporter } from '../../store/entities/import-importer.ts';
import { modeOf } from '../imports/create-import.ts';
import type { CreateJobInput } from '../jobs/job-input.ts';

/**
 * What each run of an importer's schedule does; what becomes of rows with a known key the importer says, as it is by then.
 * Throws `validation` with every mistake by its field on the wire.
 */
export function importerPlan(
  { definition, spec, slug }: ImportImporter,
  { batchSize, timeoutSeconds, selectedTypes, filters }: NonNullable<CreateJobInput['options']>,
  asked: NonNullable<CreateJobInput['mode']>,
  find: FindTarget,
): { readonly options: JobOptions; readonly mode: ModeConfig; readonly types: readonly string[] } {
  const target = definition.target === null ? (spec ?? null) : (find(definition.target) ?? null);
  if (target === null) throw invalid({ importer: [`The target ${definition.target} of this importer is gone.`] });
  const mode = modeOf(definition, target, { ...asked, importMode: undefined });
  const mistakes = {
    ...(definition.source.type === 'upload'
      ? { importer: [`The importer ${slug} has no source to fetch files from.`] }
      : {}),
    ...(selectedTypes ? { 'options.selected_types': ['An importer fills one target alone.'] } : {}),
    ...(filters?.dateFrom || filters?.dateTo || filters?.limit
      ? { 'options.import_filters': ['A file is always read whole.'] }
      : {}),
    ...(asked.importMode !== undefined && asked.importMode !== mode.importMode
      ? { 'mode_config.import_mode': ['What becomes of rows with a known key the importer says by its duplicates.'] }
      : {}),
  };
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
  return {
    options: {
      batchSize: batchSize ?? DEFAULT_BATCH_SIZE,
      timeoutSeconds: timeoutSeconds ?? null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode,
    types: [target.type],
  };
}
