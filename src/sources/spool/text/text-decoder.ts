import { refuseFile, shown } from '../refusal.ts';
import { CODE_PAGES } from './code-pages.ts';

/** Decodes bytes as they come; what no character stands for becomes U+FFFD. */
export interface Decoding {
  readonly encoding: string;
  decode(bytes: Uint8Array): string;
  end(): string;
}

/**
 * A decoder of any encoding the Encoding Standard names (UTF-8, UTF-16, the ISO 8859, Windows and KOI8 families,
 * Shift_JIS, EUC-JP, GB18030, Big5, EUC-KR …) or of a code page of DOS (`cp437`, `ibm850`, `dos-866`). A byte order mark
 * is left out. Other names are refused.
 */
export function textDecoding(encoding: string): Decoding {
  const label = encoding.trim().toLowerCase();
  const page = /^(?:cp|ibm|dos|pc|oem|csibm)[-_ ]?(\d{3,4})$/.exec(label)?.[1];
  const table = page === undefined ? undefined : CODE_PAGES[`cp${page}`];
  if (table !== undefined) return codePage(`cp${page}`, table);
  try {
    const decoder = new TextDecoder(page === undefined ? aliasOf(label) : windowsOrIbm(page));
    return {
      encoding: decoder.encoding,
      decode: (bytes) => decoder.decode(bytes, { stream: true }),
      end: () => decoder.decode(),
    };
  } catch (error) {
    throw refuseFile('unknown_encoding', `The encoding ${shown(encoding)} is not known.`, { cause: error });
  }
}

/** `cp1252` is of Windows, `cp866` and `cp874` the standard has under other names; `cp932` and others are multi-byte. */
function windowsOrIbm(page: string): string {
  const known: Readonly<Record<string, string>> = {
    '866': 'ibm866',
    '874': 'windows-874',
    '932': 'shift_jis',
    '936': 'gbk',
    '949': 'euc-kr',
    '950': 'big5',
  };
  return known[page] ?? `windows-${page}`;
}

/** Names people and other systems use beside those of the Encoding Standard. */
const ALIASES: Readonly<Record<string, string>> = {
  utf16: 'utf-16le',
  'utf-16-le': 'utf-16le',
  'utf-16-be': 'utf-16be',
  'ucs-2': 'utf-16le',
  'utf-8-sig': 'utf-8',
  'mac-roman': 'macintosh',
  macroman: 'macintosh',
};

function aliasOf(label: string): string {
  return ALIASES[label.replaceAll('_', '-')] ?? label;
}

function codePage(encoding: string, upper: string): Decoding {
  const units = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte += 1) units[byte] = byte < 128 ? byte : upper.charCodeAt(byte - 128);
  return {
    encoding,
    decode(bytes) {
      const text = Buffer.allocUnsafe(bytes.length * 2);
      for (const [index, byte] of bytes.entries()) text.writeUInt16LE(units[byte] ?? 0xfffd, index * 2);
      return text.toString('utf16le');
    },
    end: () => '',
  };
}
