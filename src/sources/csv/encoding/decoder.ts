import { CODE_PAGES } from './code-pages.ts';

/** Makes text of bytes that are given one after the other; `stream` says that more follow. */
export interface Decoder {
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string;
}

/** Names people use that the WHATWG Encoding Standard does not list. */
const ALIASES: Readonly<Record<string, string>> = {
  'utf-8-sig': 'utf-8',
  cp65001: 'utf-8',
  ascii: 'utf-8',
  'us-ascii': 'utf-8',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  uhc: 'euc-kr',
  cp950: 'big5',
  ibm437: 'cp437',
  437: 'cp437',
  ibm850: 'cp850',
  850: 'cp850',
  ibm852: 'cp852',
  852: 'cp852',
  'mac-roman': 'macintosh',
  macroman: 'macintosh',
  'mac-cyrillic': 'x-mac-cyrillic',
};

/**
 * The name of an encoding as `createDecoder` takes it, or null for one that is not known. Names of the WHATWG Encoding
 * Standard stand for what they stand for there: iso-8859-1 is windows-1252.
 */
export function encodingNamed(label: string): string | null {
  const plain = label.trim().toLowerCase();
  for (const name of [plain, plain.replaceAll('_', '-')]) {
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
 * Decodes text of an encoding `encodingNamed` gave; byte order marks are left in place.
 * @param fatal whether bytes that mean nothing are an error, instead of U+FFFD
 * @throws RangeError for a name that is not known
 */
export function createDecoder(encoding: string, fatal: boolean = false): Decoder {
  const page = Object.hasOwn(CODE_PAGES, encoding) ? CODE_PAGES[encoding] : undefined;
  if (page === undefined) return new TextDecoder(encoding, { fatal, ignoreBOM: true });
  const characters = Uint16Array.from({ length: 256 }, (_, byte) => (byte < 128 ? byte : page.charCodeAt(byte - 128)));
  return {
    decode: (bytes = new Uint8Array()) => {
      const units = Buffer.allocUnsafe(bytes.length * 2);
      bytes.forEach((byte, index) => units.writeUInt16LE(characters[byte] ?? 0, index * 2));
      return units.toString('utf16le');
    },
  };
}
