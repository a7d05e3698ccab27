import { tooLarge } from '../refusal.ts';
import type { OfficePackage } from './package.ts';
import { dateKind } from './number-format.ts';
import type { DateKind } from './number-format.ts';
import { attributeOf } from './read-xml.ts';

/** Excel has room for 65,490 styles and 250 formats. */
const MAX_STYLES = 1_000_000;
const MAX_FORMATS = 100_000;
const MAX_CODE = 1000;

/** What numbers are by the index of their cell's style: dates, times, or plain numbers (null, also when absent). */
export async function readStyles(parts: OfficePackage, path: string | null): Promise<readonly DateKind[]> {
  if (path === null) return [];
  const codes = new Map<number, string>();
  const styles: number[] = [];
  let inCellFormats = false;
  await parts.readSmall(path, {
    open(name, attributes) {
      if (name === 'numFmt') {
        const code = attributeOf(attributes, 'formatCode') ?? '';
        codes.set(Number(attributeOf(attributes, 'numFmtId')), code.slice(0, MAX_CODE));
      } else if (name === 'cellXfs') inCellFormats = true;
      else if (inCellFormats && name === 'xf') styles.push(Number(attributeOf(attributes, 'numFmtId') ?? 0));
      if (codes.size > MAX_FORMATS || styles.length > MAX_STYLES) throw tooLarge('The workbook has too many styles.');
    },
    close(name) {
      if (name === 'cellXfs') inCellFormats = false;
    },
  });
  const kinds = new Map([...new Set(styles)].map((id) => [id, dateKind(id, codes)]));
  return styles.map((id) => kinds.get(id) ?? null);
}
