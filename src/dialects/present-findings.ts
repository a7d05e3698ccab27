import { z } from 'zod';
import { MATCHED_BY } from '../domain/import-file.ts';
import type { FileFindings } from '../domain/import-file.ts';
import type { Presented } from './answer-shapes.ts';

/** What `presentFindings` presents. */
export const findingsAnswer = z.object({
  format: z.looseObject({}).describe('Encoding, delimiter, sheet … and what they were told by.'),
  matched: z.array(
    z.object({
      column: z.string(),
      field: z.string(),
      by: z.enum(MATCHED_BY),
      score: z.number(),
      format: z.string().nullable().describe('How the column writes days or numbers, where it has to be told.'),
      evidence: z.record(z.string(), z.int()).optional().describe('How many of its values spoke for what.'),
    }),
  ),
  unknown: z.array(z.object({ column: z.string(), suggestion: z.string().nullable() })),
  missing: z.array(z.string()),
  repeated: z.array(z.string()),
});

/** What was found out about a file, as imports and runs of it show it. */
export function presentFindings(findings: FileFindings): Presented<typeof findingsAnswer> {
  const { detected, ...columns } = findings;
  const format = Object.entries(detected).map(([name, value]) => [snakeCase(name), value] as const);
  return { format: Object.fromEntries(format), ...columns };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
