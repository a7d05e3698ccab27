import { CODE_PAGES } from './code-pages.ts';

/** Makes text of bytes that are given one after the other; `stream` says that more follow. */
export interface Decoder {
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string;
}

/** Names people and other systems use that the WHATWG Encoding Standard does not list. */
const ALIASES: Readonly<Record<string, string>> = {
  'utf-8-sig': 'utf-8',
  cp65001: 'utf-8',
  ascii: 'utf-8',
  'us-ascii': 'utf-8',
  utf16: 'utf-16le',
  'utf-16-le': 'utf-16le',
  'utf-16-be': 'utf-16be',
  'ucs-2': 'utf-16le',
  'mac-roman': 'macintosh',
  macroman: 'macintosh',
  'mac-cyrillic': 'x-mac-cyrillic',
  uhc: 'euc-kr',
  // Code pages of DOS and Windows that the standard has under other names.
  cp866: 'ibm866',
  cp874: 'windows-874',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
};

/** `IBM850`, `dos-866` and `cp_1252` are code pages, and so is a number alone. */
const CODE_PAGE = /^(?:cp|ibm|dos|pc|oem|csibm)?[-_ ]?(\d{3,5})$/u;

/**
 * The name of an encoding as `createDecoder` takes it, or null for one that is not known. Names of the WHATWG Encoding
 * Standard stand for what they stand for there: iso-8859-1 is windows-1252.
 */
export function encodingNamed(label: string): string | null {
  const plain = label.trim().toLowerCase();
  const page = CODE_PAGE.exec(plain)?.[1];
  const names = page === undefined ? [plain, plain.replaceAll('_', '-')] : [`cp${page}`, `windows-${page}`];
  for (const name of names) {
    const known = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
    if (Object.hasOwn(CODE_PAGES, known)) return known;
    try {
      return new TextDecoder(known).encoding;
    } catch {
      // The other spelling may be known.
    }
  }
  return null;
}

/**
 * Decodes text of an encoding `encodingNamed` gave; what no character stands for becomes U+FFFD.
 * @param mark whether a byte order mark is left in place, as a character, or left out
 * @throws RangeError for a name that is not known
 */
export function createDecoder(encoding: string, mark: 'kept' | 'left out' = 'kept'): Decoder {
  const page = Object.hasOwn(CODE_PAGES, encoding) ? CODE_PAGES[encoding] : undefined;
  if (page === undefined) return new TextDecoder(encoding, { ignoreBOM: mark === 'kept' });
  const characters = Uint16Array.from({ length: 256 }, (_, byte) => (byte < 128 ? byte : page.charCodeAt(byte - 128)));
  return {
    decode: (bytes = new Uint8Array()) => {
      const units = Buffer.allocUnsafe(bytes.length * 2);
      for (const [index, byte] of bytes.entries()) units.writeUInt16LE(characters[byte] ?? 0, index * 2);
      return units.toString('utf16le');
    },
  };
}
