import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Preview } from '../../engine/profiles/preview-profile.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, queryInteger, queryValue, text } from '../inputs.ts';

const previewQuery = z.object({ query_type: queryValue(text()), limit: queryInteger(1, 100, 10) });

/** What an import would read. */
export function previewRoutes({ profiles }: Pick<Engine, 'profiles'>): readonly Route[] {
  return [
    guarded('get', '/profiles/:id/preview', {
      summary: 'Shows the first rows an import would read, by the SQL it would run.',
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

function presentPreview(preview: Preview): object {
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
function presentCut({ shortened, rowsLeftOut }: Preview): object {
  if (shortened.length === 0 && rowsLeftOut === 0) return {};
  return {
    sample_cut: {
      rows_left_out: rowsLeftOut,
      shortened_values: shortened.map(({ row, field, bytes }) => ({ row_number: row, field, bytes })),
    },
  };
}
