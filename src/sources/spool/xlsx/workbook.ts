import { refuseFile, shown, tooLarge } from '../refusal.ts';
import type { OfficePackage } from './package.ts';
import { attributeOf, isTrue } from './read-xml.ts';
import type { DateSystem } from './serial-date.ts';

export interface SheetListed {
  readonly name: string;
  readonly state: 'visible' | 'hidden' | 'very_hidden';
}

export interface Worksheet extends SheetListed {
  /** The path of its part. */
  readonly path: string;
}

export interface Workbook {
  readonly date_system: DateSystem;
  /** Sheets with cells, in the order of the tabs; charts and dialogs are none. */
  readonly sheets: readonly Worksheet[];
  readonly sharedStrings: string | null;
  readonly styles: string | null;
}

const MAX_SHEETS = 10_000;

/** Reads what sheets there are. Refuses packages that are no workbook, saying what they are. */
export async function readWorkbook(parts: OfficePackage): Promise<Workbook> {
  const path = await workbookPath(parts);
  const listed: (SheetListed & { readonly id: string })[] = [];
  let dateSystem: DateSystem = 1900;
  await parts.readSmall(path, {
    open(name, attributes) {
      if (name === 'workbookPr' && isTrue(attributeOf(attributes, 'date1904'))) dateSystem = 1904;
      if (name !== 'sheet') return;
      if (listed.length >= MAX_SHEETS) throw tooLarge(`The workbook has more than ${MAX_SHEETS} sheets.`);
      listed.push({
        name: attributeOf(attributes, 'name') ?? '',
        state: stateOf(attributeOf(attributes, 'state')),
        id: relationId(attributes),
      });
    },
  });
  const relationships = await parts.relationships(path);
  const byId = new Map(relationships.map((relationship) => [relationship.id, relationship]));
  const sheets = listed.flatMap(({ name, state, id }) => {
    const related = byId.get(id);
    return related?.type === 'worksheet' ? [{ name, state, path: related.target }] : [];
  });
  if (sheets.length === 0) throw refuseFile('no_table', 'The workbook has no sheet with cells.');
  const single = (type: string, usual: string): string | null => {
    const target = relationships.find((relationship) => relationship.type === type)?.target ?? usual;
    return parts.has(target) ? target : null;
  };
  return {
    date_system: dateSystem,
    sheets,
    sharedStrings: single('sharedStrings', 'xl/sharedStrings.xml'),
    styles: single('styles', 'xl/styles.xml'),
  };
}

/**
 * The sheet that is asked for: by its name (exactly, else without regard to case), by its number from 1 in the order of
 * the tabs, or, when nothing is asked, the first visible one.
 */
export function chooseSheet(sheets: readonly Worksheet[], wanted: string | number | null): Worksheet {
  const found = typeof wanted === 'number' ? sheets[wanted - 1] : named(sheets, wanted);
  if (found) return found;
  const names = sheets.map((sheet) => shown(sheet.name));
  throw refuseFile(
    'no_such_sheet',
    `The workbook has no sheet ${shown(String(wanted))}. Its sheets are: ${names.slice(0, 50).join(', ')}.`,
    {
      facts: { sheets: names },
    },
  );
}

function named(sheets: readonly Worksheet[], name: string | null): Worksheet | undefined {
  if (name === null) return sheets.find((sheet) => sheet.state === 'visible') ?? sheets[0];
  const lower = name.trim().toLowerCase();
  const number = /^[1-9]\d{0,4}$/.test(lower) ? sheets[Number(lower) - 1] : undefined;
  return (
    sheets.find((sheet) => sheet.name === name) ??
    sheets.find((sheet) => sheet.name.trim().toLowerCase() === lower) ??
    number
  );
}

async function workbookPath(parts: OfficePackage): Promise<string> {
  const main = (await parts.relationships('')).find(({ type }) => type === 'officeDocument')?.target;
  const path = main ?? 'xl/workbook.xml';
  if (parts.has('xl/workbook.bin') || path.endsWith('.bin')) {
    throw refuseFile('other_format', 'This is an Excel binary workbook (.xlsb), which is not read: save it as .xlsx.');
  }
  if (parts.has('word/document.xml')) throw refuseFile('other_format', 'This is a Word document (.docx), not a table.');
  if (parts.has('ppt/presentation.xml')) {
    throw refuseFile('other_format', 'This is a PowerPoint presentation (.pptx), not a table.');
  }
  if (parts.has('mimetype') && parts.has('content.xml')) {
    throw refuseFile(
      'other_format',
      'This is an OpenDocument file (.ods), which is not read: save it as .xlsx or CSV.',
    );
  }
  if (!parts.has(path)) throw refuseFile('not_this_format', 'This is a zip archive, but no XLSX workbook.');
  return path;
}

function relationId(attributes: Readonly<Record<string, string>>): string {
  const key = Object.keys(attributes).find((name) => name.endsWith(':id'));
  return (key === undefined ? attributes['id'] : attributes[key]) ?? '';
}

function stateOf(state: string | undefined): SheetListed['state'] {
  if (state === 'hidden') return 'hidden';
  return state === 'veryHidden' ? 'very_hidden' : 'visible';
}
