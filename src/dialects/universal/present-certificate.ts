import { z } from 'zod';
import type { Certificate, CertifiedColumn, CertifiedType } from '../../engine/certificates/certificate.ts';
import { count, instant, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { moment } from './words.ts';

const figures = z.object({ count, nulls: count, checksum: z.string() });

const columnAnswer = z.object({ column: z.string(), source: figures, target: figures, equal: z.boolean() });

const records = z
  .object({
    intact: count,
    superseded: count.describe('Written again by a later row or job, or rolled back.'),
    edited: count.describe('Changed or removed since by a person, which is on record.'),
    altered: count,
    missing: count,
    uncompared: count,
  })
  .describe('What became of the records that the job wrote, each counted once.');

const typeAnswer = z.object({
  target_type: z.string(),
  balanced: z.boolean(),
  source_count: perhaps(count),
  created: count,
  updated: count,
  skipped: count,
  failed: count,
  unprocessed: perhaps(count),
  records,
  columns: z.array(columnAnswer),
  source_problem: z.string().describe('Why columns were not compared.').optional(),
});

export const certificateAnswer = z.object({
  job_id: z.uuid(),
  balanced: z.boolean().describe('Every row is accounted for, and what no later job replaced is there as it was read.'),
  issued_at: instant,
  types: z.array(typeAnswer),
});

/** A certificate; checksums are the lower 64 bits of a sum of hashes, in hex, so the order of rows is of no matter. */
export function presentCertificate(certificate: Certificate): Presented<typeof certificateAnswer> {
  const { jobId, issuedAt, types, balanced } = certificate;
  return { job_id: jobId, balanced, issued_at: moment(issuedAt), types: types.map(presentType) };
}

function presentType(certified: CertifiedType): Presented<typeof typeAnswer> {
  const { type, rows, records: found, columns, sourceProblem, balanced } = certified;
  return {
    target_type: type,
    balanced,
    source_count: rows.source,
    ...rows.ledger,
    unprocessed: rows.unprocessed,
    records: {
      intact: found.intact,
      superseded: found.superseded,
      edited: found.edited,
      altered: found.altered,
      missing: found.missing,
      uncompared: found.uncompared,
    },
    columns: columns.map(presentColumn),
    ...(sourceProblem === null ? {} : { source_problem: sourceProblem }),
  };
}

function presentColumn({ column, source, target, equal }: CertifiedColumn): Presented<typeof columnAnswer> {
  return { column, source, target, equal };
}
