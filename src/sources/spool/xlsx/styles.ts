import type { OfficePackage } from './package.ts';
import { dateKind } from './number-format.ts';
import type { DateKind } from './number-format.ts';
import { attributeOf } from './read-xml.ts';

const MAX_STYLES = 1_000_000;
const MAX_CODE = 1000;

/** What numbers are by the index of their cell's style: dates, times, or plain numbers (null, also when absent). */
export async function readStyles(parts: OfficePackage, path: string | null): Promise<readonly DateKind[]> {
  if (path === null) return [];
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let inCellFormats = false;
  await parts.read(path, {
    open(name, attributes) {
      if (name === 'numFmt' && codes.size < MAX_STYLES) {
        const code = attributeOf(attributes, 'formatCode') ?? '';
        codes.set(Number(attributeOf(attributes, 'numFmtId')), code.slice(0, MAX_CODE));
      } else if (name === 'cellXfs') inCellFormats = true;
      else if (inCellFormats && name === 'xf' && formats.length < MAX_STYLES) {
        formats.push(Number(attributeOf(attributes, 'numFmtId') ?? 0));
      }
    },
    close(name) {
      if (name === 'cellXfs') inCellFormats = false;
    },
  });
  return formats.map((id) => dateKind(id, codes));
}
