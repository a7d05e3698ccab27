import { z } from 'zod';
import { MAX_BATCH_SIZE } from '../../domain/job.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { CreateJobInput } from '../../engine/jobs/job-input.ts';
import { day, text, uuid } from '../inputs.ts';
import { modeBody } from '../mode-body.ts';

const MAX_LIMIT = 1_000_000_000;
const MAX_TIMEOUT = 30 * 24 * 3600;

/** The options of a job as fields of a body. */
export const optionFields = {
  batch_size: z.number().int().min(1).max(MAX_BATCH_SIZE).optional(),
  timeout: z.number().int().min(1).max(MAX_TIMEOUT).nullish(),
  selected_types: z.array(text()).max(100).nullish(),
  import_filters: z
    .object({
      date_from: day.nullish(),
      date_to: day.nullish(),
      limit: z.number().int().min(1).max(MAX_LIMIT).nullish(),
    })
    .nullish(),
};

const optionsBody = z.object(optionFields);

/** The same in our own words. */
export function toOptions(given: z.infer<typeof optionsBody> | null | undefined) {
  return {
    batchSize: given?.batch_size,
    timeoutSeconds: given?.timeout,
    selectedTypes: given?.selected_types,
    filters: {
      dateFrom: given?.import_filters?.date_from,
      dateTo: given?.import_filters?.date_to,
      limit: given?.import_filters?.limit,
    },
  };
}

const options = optionsBody.nullish().transform(toOptions);

const settings = { kind: z.enum(['import', 'validate']).optional(), options, mode_config: modeBody };

/** What a new job of a profile is to do; the profile is named by the path. */
export const jobSettings = z.object(settings).transform(toInput);

/** The same with the profile in it. */
export const jobBody: z.ZodType<CreateJobInput> = z
  .object({ profile_id: uuid, ...settings })
  .transform(({ profile_id: profileId, ...rest }) => ({ profileId, ...toInput(rest) }));

interface Settings {
  readonly kind?: 'import' | 'validate' | undefined;
  readonly options: z.infer<typeof options>;
  readonly mode_config: z.infer<typeof modeBody>;
}

function toInput({ kind = 'import', options: asked, mode_config }: Settings): Omit<CreateJobInput, 'profileId'> {
  return { kind, options: asked, mode: mode_config };
}

/**
 * An input whose faulty fields were left out, for checking the rest. Without its types nothing can be said of what they
 * would have to have: then none is selected, for left out they would all be.
 */
export function checkable(input: CreateJobInput, told: FieldMistakes): CreateJobInput {
  const typesAreWrong = Object.keys(told).some((field) => /^options(?:$|\.selected_types)/u.test(field));
  return typesAreWrong ? { ...input, options: { ...input.options, selectedTypes: [] } } : input;
}
