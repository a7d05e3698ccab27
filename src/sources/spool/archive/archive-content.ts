import { refuseFile, shown } from '../refusal.ts';
import type { ZipEntry } from '../zip/zip-directory.ts';

/** Names told when there are too many files. */
const TOLD = 20;
/** What systems put into archives beside the file: resource forks of macOS, views of folders. */
const COMPANIONS = /^__MACOSX\/|(?:^|\/)(?:\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)$/i;
/** Entries an Office Open XML package may begin with. */
const PACKAGE_START = /^(?:\[content_types\]\.xml|_rels\/|docprops\/|xl\/|customxml\/)/i;

/** Whether the zip is an Office document or spreadsheet itself; which one, `spoolXlsx` says. */
export function isWorkbook(entries: readonly ZipEntry[]): boolean {
  const names = new Set(entries.map((entry) => entry.name.toLowerCase()));
  return (
    names.has('[content_types].xml') ||
    names.has('xl/workbook.xml') ||
    (names.has('mimetype') && names.has('content.xml'))
  );
}

/** Whether a zip that begins so may be a workbook, by the name of its first entry. */
export function startsAsWorkbook(start: Buffer): boolean {
  if (start.length < 30) return false;
  const name = start.toString('latin1', 30, 30 + start.readUInt16LE(26));
  return PACKAGE_START.test(name);
}

/** The one file of an archive; none, and several, are refused. */
export function chooseEntry(entries: readonly ZipEntry[]): ZipEntry {
  const files = entries.filter((entry) => !entry.folder && !COMPANIONS.test(entry.name));
  const [first, second] = files;
  if (!first) throw refuseFile('no_table', 'The zip archive has no file in it.');
  if (!second) return first;
  const names = files.slice(0, TOLD).map((entry) => shown(entry.name));
  const more = files.length > TOLD ? ` and ${files.length - TOLD} more` : '';
  const message = `The zip archive has ${files.length} files, and only one can be imported: ${names.join(', ')}${more}.`;
  throw refuseFile('several_files', message, { facts: { names, files: files.length } });
}
