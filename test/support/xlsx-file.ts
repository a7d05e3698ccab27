import { zipFile } from './zip-file.ts';
import type { ZipPart } from './zip-file.ts';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

/** A sheet by the XML of its parts. */
export interface XlsxSheet {
  readonly name?: string;
  readonly state?: string;
  /** What stands in `sheetData`. */
  readonly rows: string;
  readonly before?: string;
  readonly after?: string;
}

export interface XlsxContent {
  readonly sheets: readonly XlsxSheet[];
  /** `si` elements. */
  readonly strings?: string;
  /** Format codes; the cell style of index n + 1 has the nth. */
  readonly formats?: readonly string[];
  readonly date1904?: boolean;
  /** In place of, or beside, the parts of these names. */
  readonly parts?: readonly ZipPart[];
}

/** A workbook for a test, its parts written as the XML they are. */
export function xlsxFile(content: XlsxContent): Buffer {
  const extra = content.parts ?? [];
  const replaced = new Set(extra.map((part) => part.name));
  return zipFile([...xlsxParts(content).filter((part) => !replaced.has(part.name)), ...extra]);
}

/** The header of a workbook's sheet part, up to `sheetData`. */
export const SHEET_START = `<worksheet xmlns="${MAIN}"><sheetData>`;
export const SHEET_END = '</sheetData></worksheet>';

function xlsxParts(content: XlsxContent): readonly ZipPart[] {
  const { sheets } = content;
  const formats = content.formats ?? [];
  return [
    { name: '[Content_Types].xml', data: `<Types xmlns="${PACKAGE}/content-types"/>` },
    {
      name: '_rels/.rels',
      data: relationships([`<Relationship Id="r1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/>`]),
    },
    {
      name: 'xl/workbook.xml',
      data: `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><workbookPr date1904="${content.date1904 ? 1 : 0}"/><sheets>${sheets
        .map(
          (sheet, index) =>
            `<sheet name="${sheet.name ?? `Sheet${index + 1}`}" sheetId="${index + 1}" state="${sheet.state ?? 'visible'}" r:id="s${index + 1}"/>`,
        )
        .join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      data: relationships([
        ...sheets.map(
          (_, index) =>
            `<Relationship Id="s${index + 1}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`,
        ),
        `<Relationship Id="st" Type="${RELATIONS}/styles" Target="styles.xml"/>`,
        `<Relationship Id="ss" Type="${RELATIONS}/sharedStrings" Target="/xl/sharedStrings.xml"/>`,
      ]),
    },
    {
      name: 'xl/styles.xml',
      data: `<styleSheet xmlns="${MAIN}"><numFmts>${formats
        .map((code, index) => `<numFmt numFmtId="${200 + index}" formatCode="${code.replaceAll('"', '&quot;')}"/>`)
        .join('')}</numFmts><cellXfs><xf numFmtId="0"/>${formats
        .map((_, index) => `<xf numFmtId="${200 + index}"/>`)
        .join('')}</cellXfs></styleSheet>`,
    },
    { name: 'xl/sharedStrings.xml', data: `<sst xmlns="${MAIN}">${content.strings ?? ''}</sst>` },
    ...sheets.map((sheet, index) => ({
      name: `xl/worksheets/sheet${index + 1}.xml`,
      data: `<worksheet xmlns="${MAIN}">${sheet.before ?? ''}<sheetData>${sheet.rows}</sheetData>${sheet.after ?? ''}</worksheet>`,
    })),
  ];
}

function relationships(entries: readonly string[]): string {
  return `<Relationships xmlns="${PACKAGE}/relationships">${entries.join('')}</Relationships>`;
}

/** A row of inline texts, from column A on. */
export function textRow(...texts: readonly string[]): string {
  return `<row>${texts.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`).join('')}</row>`;
}
