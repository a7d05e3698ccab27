/** What unpacking one file may take. A header's word on sizes is checked first and held to while bytes come. */
export interface SpoolLimits {
  /** Bytes of the file as it came, which a zip or XLSX needs whole on disk. */
  readonly fileBytes: number;
  /** Bytes of everything that is unpacked, together. */
  readonly unpackedBytes: number;
  /** Bytes of the table file that comes out. */
  readonly tableBytes: number;
  /** How many bytes one packed byte may become, looked at after `ratioFreeBytes`. */
  readonly ratio: number;
  /** So much is unpacked whatever the ratio: small files of repeated text are no bombs. */
  readonly ratioFreeBytes: number;
  /** Files named in a zip's directory. */
  readonly entries: number;
  /** Bytes of one row of the table file, the commas it is filled up with aside; less than a CSV record may have. */
  readonly rowBytes: number;
  /** Bytes of the texts that cells of an XLSX share, held in memory. */
  readonly sharedTextBytes: number;
  /** Columns of the table file; XLSX itself has no more than 16,384. */
  readonly columns: number;
  /** How deep JSON values may lie in each other. */
  readonly depth: number;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

export const DEFAULT_LIMITS: SpoolLimits = {
  fileBytes: 5 * GIB,
  unpackedBytes: 40 * GIB,
  tableBytes: 40 * GIB,
  ratio: 200,
  ratioFreeBytes: 64 * MIB,
  entries: 10_000,
  rowBytes: 15 * MIB,
  sharedTextBytes: 384 * MIB,
  columns: 16_384,
  depth: 128,
};
