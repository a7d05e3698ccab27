import { z } from 'zod';
import { IMPORT_MODES } from '../domain/job.ts';
import { optionalText, text } from './inputs.ts';

const fields = z.array(text()).max(100).optional();

/** How rows are matched and written. */
export const modeBody = z
  .object({
    import_mode: z.enum(IMPORT_MODES).optional(),
    duplicate_detection: z
      .object({
        enabled: z.boolean().optional(),
        strategy: z.enum(['exact', 'fuzzy']).optional(),
        primary_fields: fields,
        secondary_fields: fields,
        confidence_threshold: z.number().min(0).max(100).optional(),
      })
      .nullish(),
    skip_duplicates: z.boolean().optional(),
    update_duplicates: z.boolean().optional(),
    source_identifier_field: optionalText(),
    matching_strategy: optionalText(),
  })
  .nullish()
  .transform((given) => {
    const detection = given?.duplicate_detection;
    return {
      importMode: given?.import_mode,
      duplicateDetection: detection
        ? {
            enabled: detection.enabled,
            strategy: detection.strategy,
            primaryFields: detection.primary_fields,
            secondaryFields: detection.secondary_fields,
            confidenceThreshold: detection.confidence_threshold,
          }
        : undefined,
      skipDuplicates: given?.skip_duplicates,
      updateDuplicates: given?.update_duplicates,
      sourceIdentifierField: given?.source_identifier_field,
      matchingStrategy: given?.matching_strategy,
    };
  });
