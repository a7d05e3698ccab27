import type { Certificate, CertifiedColumn, CertifiedType } from '../../engine/certificates/certificate.ts';
import { moment } from './words.ts';

/** A certificate; checksums are the lower 64 bits of a sum of hashes, in hex, so the order of rows is of no matter. */
export function presentCertificate({ jobId, issuedAt, types, balanced }: Certificate): object {
  return { job_id: jobId, balanced, issued_at: moment(issuedAt), types: types.map(presentType) };
}

function presentType({ type, rows, records, columns, sourceProblem, balanced }: CertifiedType): object {
  return {
    target_type: type,
    balanced,
    source_count: rows.source,
    ...rows.ledger,
    unprocessed: rows.unprocessed,
    records: {
      intact: records.intact,
      superseded: records.superseded,
      edited: records.edited,
      altered: records.altered,
      missing: records.missing,
      uncompared: records.uncompared,
    },
    columns: columns.map(presentColumn),
    ...(sourceProblem === null ? {} : { source_problem: sourceProblem }),
  };
}

function presentColumn({ column, source, target, equal }: CertifiedColumn): object {
  return { column, source, target, equal };
}
