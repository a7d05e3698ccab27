import { invalid } from '../../domain/errors.ts';
import { DEFAULT_BATCH_SIZE } from '../../domain/job.ts';
import type { JobOptions, ModeConfig } from '../../domain/job.ts';
import type { FindTarget } from '../../domain/target.ts';
import type { ImportImporter } from '../../store/entities/import-importer.ts';
import { modeOf } from '../imports/create-import.ts';
import type { CreateJobInput } from '../jobs/job-input.ts';

/** What each run of an importer's schedule does. Throws `validation` with every mistake by its field on the wire. */
export function importerPlan(
  { definition, spec, slug }: ImportImporter,
  { batchSize, timeoutSeconds, selectedTypes, filters }: NonNullable<CreateJobInput['options']>,
  mode: NonNullable<CreateJobInput['mode']>,
  find: FindTarget,
): { readonly options: JobOptions; readonly mode: ModeConfig; readonly types: readonly string[] } {
  const target = definition.target === null ? (spec ?? null) : (find(definition.target) ?? null);
  if (definition.source.type === 'upload') {
    throw invalid({ importer: [`The importer ${slug} has no source to fetch files from.`] });
  }
  if (target === null) throw invalid({ importer: [`The target ${definition.target} of this importer is gone.`] });
  if (selectedTypes) throw invalid({ 'options.selected_types': ['An importer fills one target alone.'] });
  if (filters?.dateFrom || filters?.dateTo || filters?.limit) {
    throw invalid({ 'options.import_filters': ['A file is always read whole.'] });
  }
  return {
    options: {
      batchSize: batchSize ?? DEFAULT_BATCH_SIZE,
      timeoutSeconds: timeoutSeconds ?? null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode: modeOf(definition, target, mode),
    types: [target.type],
  };
}
