import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Preview } from '../../engine/profiles/preview-profile.ts';
import { count, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, queryInteger, queryValue, text } from '../inputs.ts';

const previewQuery = z.object({ query_type: queryValue(text()), limit: queryInteger(1, 100, 10) });

const cutAnswer = z.object({
  rows_left_out: perhaps(count).describe('Rows that were asked for and are too large to show; null: not known.'),
  shortened_values: z.array(z.object({ row_number: z.int(), field: z.string(), bytes: count })),
});

const previewAnswer = z.object({
  query: z.object({ sql: z.string(), estimated_count: count }),
  sample_data: z.array(z.record(z.string(), z.unknown())).describe('The first rows, by the fields of the target.'),
  sample_cut: cutAnswer.describe('What `sample_data` lacks, only where it lacks something.').optional(),
  field_mapping: z.record(z.string(), z.string()),
  applied_filters: z.array(z.string()),
});

const previewsAnswer = z
  .record(z.string(), previewAnswer)
  .describe('By the target that a query fills.')
  .meta({
    examples: [
      {
        customer_users: {
          query: {
            sql: "SELECT customers.id as external_id, CONCAT(customers.first_name, ' ', customers.last_name) as name...",
            estimated_count: 250,
          },
          sample_data: [{ external_id: 1, name: 'Jane Smith', email: 'jane@client.com', company: 'Client Corp' }],
          field_mapping: {
            external_id: 'customers.id',
            name: "CONCAT(customers.first_name, ' ', customers.last_name)",
            email: 'emails.email',
            company: 'customers.company',
          },
          applied_filters: ["created_at >= '2024-01-01'", "emails.type = 'work'"],
        },
      },
    ],
  });

/** What an import would read. */
export function previewRoutes({ profiles }: Pick<Engine, 'profiles'>): readonly Route[] {
  return [
    guarded('get', '/profiles/:id/preview', {
      summary: 'Shows the first rows an import would read, by the SQL it would run.',
      status: 200,
      answers: previewsAnswer,
      permission: 'system.import',
      limit: 'builder',
      params: idParams,
      subject: 'Import profile',
      query: previewQuery,
      act: ({ actor, params, query, signal }) =>
        profiles.preview(
          actor,
          { profileId: params.id, signal },
          { targetType: query.query_type ?? null, limit: query.limit },
        ),
      present: (previews) => ({
        body: Object.fromEntries(previews.map((preview) => [preview.targetType, presentPreview(preview)])),
      }),
    }),
  ];
}

function presentPreview(preview: Preview): Presented<typeof previewAnswer> {
  const { sql, count, rows, mapping, appliedFilters } = preview;
  return {
    query: { sql, estimated_count: count },
    sample_data: rows.map((row) => Object.fromEntries(row)),
    ...presentCut(preview),
    field_mapping: Object.fromEntries(mapping),
    applied_filters: appliedFilters,
  };
}

/** What `sample_data` lacks, only where it lacks something. An import takes all of it. */
function presentCut({ shortened, rowsLeftOut }: Preview): Pick<Presented<typeof previewAnswer>, 'sample_cut'> {
  if (shortened.length === 0 && rowsLeftOut === 0) return {};
  return {
    sample_cut: {
      rows_left_out: rowsLeftOut,
      shortened_values: shortened.map(({ row, field, bytes }) => ({ row_number: row, field, bytes })),
    },
  };
}
