import { KIND_NAMES, identifyFile } from '../identify.ts';
import { refuseFile } from '../refusal.ts';

const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le');
const WORKBOOKS = ['Workbook', 'Book'].map((name) => Buffer.from(`${name}\0`, 'utf16le'));

/** Says of a file that is no zip, and so no XLSX, what it is. `bytes` come from its start; all are looked through. */
export async function notXlsx(bytes: AsyncIterable<Buffer>): Promise<Error> {
  let kind: ReturnType<typeof identifyFile> | null = null;
  let tail = Buffer.alloc(0);
  let workbook = false;
  for await (const chunk of bytes) {
    kind ??= identifyFile(chunk);
    if (kind !== 'compound') break;
    const seen = Buffer.concat([tail, chunk]);
    if (seen.includes(ENCRYPTED)) {
      return refuseFile(
        'encrypted',
        'The workbook is protected by a password: take the password off and save it again.',
      );
    }
    workbook ||= WORKBOOKS.some((name) => seen.includes(name));
    tail = seen.subarray(-ENCRYPTED.length);
  }
  if (workbook) {
    return refuseFile(
      'other_format',
      'This is an old Excel workbook (.xls), which is not read: save it as .xlsx or CSV.',
    );
  }
  const found = kind ?? 'empty';
  return refuseFile('not_this_format', `This is no XLSX workbook but ${KIND_NAMES[found]}.`, {
    facts: { kind: found },
  });
}
