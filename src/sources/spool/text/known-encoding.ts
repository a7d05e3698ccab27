import { encodingNamed } from '../../text/decoder.ts';
import { refuseFile, shown } from '../refusal.ts';

/** An encoding by any of its usual names, as `createDecoder` takes it; AppError `source_rejected` for one nobody knows. */
export function knownEncoding(label: string): string {
  const encoding = encodingNamed(label);
  if (encoding === null) throw refuseFile('unknown_encoding', `The encoding ${shown(label)} is not known.`);
  return encoding;
}
