import { z } from 'zod';
import { instant, messageOf, perhaps, problem } from '../answer-shapes.ts';
import { findingsAnswer } from '../present-findings.ts';

const link = perhaps(z.string());

const row = z.object({
  row_number: z.int(),
  status: z.enum(['success', 'failed']),
  action: perhaps(z.string()),
  target_id: perhaps(z.string()),
  brought_in_by: perhaps(z.int()),
  errors: z.array(
    z.object({ field: perhaps(z.string()), code: z.string(), message: z.string(), value: perhaps(z.string()) }),
  ),
});

const run = z.object({
  id: z.int(),
  job_id: z.uuid(),
  importer: perhaps(z.string()),
  status: z.enum(['pending', 'processing', 'completed', 'completed_with_errors', 'failed', 'cancelled']),
  user_id: perhaps(z.int()),
  original_filename: perhaps(z.string()),
  dry_run: z.boolean(),
  retried_from: perhaps(z.uuid()),
  retry_of: perhaps(z.int()),
  progress: z.object({ total: z.int(), processed: z.int(), successful: z.int(), failed: z.int() }),
  summary: perhaps(
    z.object({
      created: z.int(),
      updated: z.int(),
      skipped: z.int(),
      failed: z.int(),
      error: perhaps(problem),
    }),
  ),
  started_at: perhaps(instant),
  completed_at: perhaps(instant),
});

const EXAMPLE = {
  id: 123,
  job_id: '0198c0de-0000-7000-8000-000000000001',
  importer: 'user-importer',
  status: 'processing',
  user_id: 1,
  original_filename: 'users.csv',
  dry_run: false,
  retried_from: null,
  retry_of: null,
  progress: { total: 1000, processed: 500, successful: 498, failed: 2 },
  summary: null,
  started_at: '2023-10-27T10:00:00.000000Z',
  completed_at: null,
};

export const runWithRowsAnswer = z
  .object({ data: run.extend({ columns: perhaps(findingsAnswer), rows: z.array(row) }) })
  .meta({ examples: [{ data: { ...EXAMPLE, columns: null, rows: [] } }] });

export const runsAnswer = z.object({
  data: z.array(run),
  links: z.object({ first: link, last: link, prev: link, next: link }),
  meta: z.object({
    current_page: z.int(),
    from: perhaps(z.int()),
    last_page: z.int(),
    path: z.string(),
    per_page: z.int(),
    to: perhaps(z.int()),
    total: z.int(),
  }),
});

const counted = z.object({ message: z.string(), count: z.int() });

export const summaryAnswer = z
  .object({
    data: z.object({
      total_failed_rows: z.int(),
      closed_rows: z.int().optional().describe('Rows that failed and that later runs have brought in.'),
      error_summary: z.array(counted),
      validation_summary: z.array(counted),
    }),
  })
  .meta({
    examples: [
      {
        data: {
          total_failed_rows: 15,
          error_summary: [
            { message: "Duplicate entry found for key 'email'.", count: 8 },
            { message: 'The given data was invalid.', count: 7 },
          ],
          validation_summary: [
            { message: 'email: The email field is required.', count: 5 },
            { message: 'name: The name must be at least 2 characters.', count: 2 },
          ],
        },
      },
    ],
  });

export const cancelAnswer = messageOf('Cancellation request sent.');

export const failedRowsAnswer = z
  .string()
  .describe('The file’s own columns, `_error_message` and `_row_number`; nothing in it runs in a spreadsheet.');
