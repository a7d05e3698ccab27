import { invalid } from '../../domain/errors.ts';
import { DEFAULT_BATCH_SIZE, DEFAULT_MODE, MAX_BATCH_SIZE } from '../../domain/job.ts';
import type { JobOptions, ModeConfig } from '../../domain/job.ts';
import { isMatchingStrategy, MATCHING_STRATEGIES } from '../../domain/matching.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import { dependencyOrder, isOwn } from '../../domain/target.ts';
import type { FindTarget, TargetSpec } from '../../domain/target.ts';
import { identifierFieldOf } from '../../rows/identifier-field.ts';
import type { JobTarget } from '../../store/entities/import-job.ts';
import type { CreateJobInput } from './job-input.ts';

/** What a job runs by, complete and checked against the targets. */
export interface JobPlan {
  readonly options: JobOptions;
  readonly mode: ModeConfig;
  readonly targets: readonly JobTarget[];
}

/** Completes what was asked with defaults; throws `validation` with every mistake named by its field on the wire. */
export function planJob(
  input: CreateJobInput,
  queries: Readonly<Record<string, QueryConfiguration>>,
  find: FindTarget,
): JobPlan {
  const mistakes: Record<string, string[]> = {};
  const mistake = (field: string, text: string): void => void (mistakes[field] ??= []).push(text);

  const options = completeOptions(input.options ?? {});
  if (!Number.isInteger(options.batchSize) || options.batchSize < 1 || options.batchSize > MAX_BATCH_SIZE) {
    mistake('options.batch_size', `The batch size must be between 1 and ${MAX_BATCH_SIZE}.`);
  }
  if (options.timeoutSeconds !== null && !(options.timeoutSeconds >= 1)) {
    mistake('options.timeout', 'The timeout must be at least 1 second.');
  }
  const { dateFrom, dateTo, limit } = options.filters;
  if (limit !== null && !(Number.isInteger(limit) && limit >= 1)) {
    mistake('options.import_filters.limit', 'The limit must be at least 1.');
  }
  if (dateFrom !== null && dateTo !== null && dateFrom > dateTo) {
    mistake('options.import_filters.date_to', 'The date to must not be before the date from.');
  }

  const mode = completeMode(input.mode ?? {});
  const types = options.selectedTypes ?? Object.keys(queries);
  if (Object.keys(queries).length === 0) {
    mistake('profile_id', 'The profile has no queries yet: apply a template or save a query first.');
  } else if (types.length === 0) {
    mistake('options.selected_types', 'Select at least one type.');
  }
  const specs: TargetSpec[] = [];
  for (const type of new Set(types)) {
    const spec = find(type);
    if (!spec) mistake('options.selected_types', `The type ${type} does not exist.`);
    else if (!queries[type]) mistake('options.selected_types', `The profile has no query for the type ${type}.`);
    else specs.push(spec);
  }

  const targets = dependencyOrder(specs).flatMap((spec, ordinal) => {
    const query = queries[spec.type];
    return query ? [{ ordinal, spec, query }] : [];
  });
  checkMode(mode, targets, mistake);
  if (input.kind === 'plan') checkPlannable(specs, mistake);
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
  return { options, mode, targets };
}

/** A plan leaves nothing behind in an own table that rows of another one could refer to. */
function checkPlannable(specs: readonly TargetSpec[], mistake: (field: string, text: string) => void): void {
  for (const spec of specs.filter(isOwn)) {
    const tables = new Set(spec.own.foreignKeys.map(({ table }) => table));
    const types = new Set(spec.fields.map(({ references }) => references));
    const referred = specs.filter(
      (other) => other !== spec && (types.has(other.type) || tables.has(`${other.schema}.${other.table}`)),
    );
    for (const { type } of referred) {
      const text = `${spec.type} refers to ${type}: plan and apply ${type} first, then plan ${spec.type}.`;
      mistake('options.selected_types', text);
    }
  }
}

/** Tells what of the mode's looking for duplicates does not fit these targets. */
export function checkDetection(
  mode: ModeConfig,
  specs: readonly TargetSpec[],
  mistake: (field: string, text: string) => void,
): void {
  const { primaryFields, secondaryFields, enabled, strategy, confidenceThreshold } = mode.duplicateDetection;
  if (!(confidenceThreshold >= 0 && confidenceThreshold <= 100)) {
    const field = 'mode_config.duplicate_detection.confidence_threshold';
    mistake(field, 'The confidence threshold must be between 0 and 100.');
  }
  const known = new Set(specs.flatMap((spec) => spec.fields.map((field) => field.name)));
  const unknownOf = (names: readonly string[]): string[] => names.filter((name) => !known.has(name));
  if (specs.length > 0) {
    for (const name of unknownOf(primaryFields)) {
      mistake('mode_config.duplicate_detection.primary_fields', `None of the selected types has a field ${name}.`);
    }
    for (const name of unknownOf(secondaryFields)) {
      mistake('mode_config.duplicate_detection.secondary_fields', `None of the selected types has a field ${name}.`);
    }
  }
  const needsPrimary = strategy === 'exact' || mode.matchingStrategy === 'primary_first';
  if (enabled && needsPrimary && primaryFields.length === 0) {
    mistake('mode_config.duplicate_detection.primary_fields', 'Name at least one primary field.');
  }
  if (mode.matchingStrategy !== null && !isMatchingStrategy(mode.matchingStrategy)) {
    const choices = MATCHING_STRATEGIES.join(' or ');
    mistake('mode_config.matching_strategy', `The matching strategy must be ${choices}.`);
  }
}

function checkMode(
  mode: ModeConfig,
  targets: readonly JobTarget[],
  mistake: (field: string, text: string) => void,
): void {
  const specs = targets.map(({ spec }) => spec);
  checkDetection(mode, specs, mistake);
  for (const { spec, query } of targets) {
    if (identifierFieldOf(mode, { spec, query }) !== null) continue;
    if (isOwn(spec)) {
      const filled = new Set(query.fields.map((field) => field.target));
      const lacking = spec.identity.filter((name) => !filled.has(name));
      const text = `The query for ${spec.type} does not fill ${lacking.join(', ')}, by which its records are known.`;
      mistake('options.selected_types', text);
    } else {
      const text = `The query for ${spec.type} gives no ${mode.sourceIdentifierField}.`;
      mistake('mode_config.source_identifier_field', text);
    }
  }
}

function completeOptions(asked: NonNullable<CreateJobInput['options']>): JobOptions {
  return {
    batchSize: asked.batchSize ?? DEFAULT_BATCH_SIZE,
    timeoutSeconds: asked.timeoutSeconds ?? null,
    selectedTypes: asked.selectedTypes ?? null,
    filters: {
      dateFrom: asked.filters?.dateFrom ?? null,
      dateTo: asked.filters?.dateTo ?? null,
      limit: asked.filters?.limit ?? null,
    },
  };
}

/** What was asked of how rows are matched and written, with the defaults. */
export function completeMode(asked: NonNullable<CreateJobInput['mode']>): ModeConfig {
  const detection = asked.duplicateDetection ?? {};
  const defaults = DEFAULT_MODE.duplicateDetection;
  return {
    importMode: asked.importMode ?? DEFAULT_MODE.importMode,
    duplicateDetection: {
      enabled: detection.enabled ?? defaults.enabled,
      strategy: detection.strategy ?? defaults.strategy,
      primaryFields: detection.primaryFields ?? defaults.primaryFields,
      secondaryFields: detection.secondaryFields ?? defaults.secondaryFields,
      confidenceThreshold: detection.confidenceThreshold ?? defaults.confidenceThreshold,
    },
    skipDuplicates: asked.skipDuplicates ?? DEFAULT_MODE.skipDuplicates,
    updateDuplicates: asked.updateDuplicates ?? DEFAULT_MODE.updateDuplicates,
    sourceIdentifierField: asked.sourceIdentifierField ?? null,
    matchingStrategy: asked.matchingStrategy ?? null,
  };
}
