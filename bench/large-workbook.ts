import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { once } from 'node:events';
import { crc32, createDeflateRaw } from 'node:zlib';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships';
/** The style of dates, days from 1900. */
const DATE = 's="1"';

/** How its texts are stored: each once and shared, as Excel does it, or in their cells, as many programs do. */
export type Texts = 'shared' | 'inline';

interface Entry {
  readonly name: string;
  readonly text: Iterable<string>;
}

/**
 * Writes a workbook of `rows` people in 14 columns: numbers, a date, a boolean, texts that repeat and texts that do not.
 * Piece by piece, so that it may be larger than memory.
 */
export async function writeWorkbook(path: string, rows: number, texts: Texts): Promise<void> {
  const shared: string[] = [];
  const cell = (text: string): string => {
    if (texts === 'inline') return `<c t="inlineStr"><is><t>${text}</t></is></c>`;
    shared.push(text);
    return `<c t="s"><v>${shared.length - 1}</v></c>`;
  };
  const file = createWriteStream(path);
  await writeZip(file, [
    {
      name: '_rels/.rels',
      text: [
        `<Relationships xmlns="${PACKAGE}"><Relationship Id="r" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
      ],
    },
    {
      name: 'xl/workbook.xml',
      text: [
        `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets><sheet name="People" sheetId="1" r:id="s"/></sheets></workbook>`,
      ],
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      text: [
        `<Relationships xmlns="${PACKAGE}"><Relationship Id="s" Type="${RELATIONS}/worksheet" Target="sheet.xml"/></Relationships>`,
      ],
    },
    {
      name: 'xl/styles.xml',
      text: [`<styleSheet xmlns="${MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`],
    },
    { name: 'xl/sheet.xml', text: sheet(rows, cell) },
    { name: 'xl/sharedStrings.xml', text: strings(shared) },
  ]);
  file.end();
  await once(file, 'close');
}

function* sheet(rows: number, cell: (text: string) => string): Generator<string> {
  yield `<worksheet xmlns="${MAIN}"><sheetData><row>${Array.from({ length: 14 }, (_, n) => cell(`field_${n + 1}`)).join('')}</row>`;
  for (let row = 1; row <= rows; row += 1) {
    const town = ['Bergen', 'Brno', 'Graz', 'Leeds', 'Porto'][row % 5] ?? '';
    yield `<row r="${row + 1}" spans="1:14"><c r="A${row + 1}"><v>${row}</v></c>${cell(`Person ${row * 7919}`)}${cell(`p${row}@example.com`)}${cell(
      `+49 ${row * 104_729}`,
    )}${cell(town)}${cell(`${row % 250} Harbour Street`)}${cell(String(10_000 + (row % 90_000)))}<c r="H${row + 1}" ${DATE}><v>${
      20_000 + (row % 20_000)
    }</v></c><c r="I${row + 1}"><v>${row / 7}</v></c><c r="J${row + 1}" t="b"><v>${row % 2}</v></c>${cell('active')}${cell(
      `Notes on ${town}, "quoted" &amp; all of ${row}`,
    )}${cell(`https://example.com/${row}`)}<c r="N${row + 1}"><f>A${row + 1}*2</f><v>${row * 2}</v></c></row>`;
  }
  yield '</sheetData></worksheet>';
}

function* strings(texts: readonly string[]): Generator<string> {
  yield `<sst xmlns="${MAIN}">`;
  for (const text of texts) yield `<si><t>${text}</t></si>`;
  yield '</sst>';
}

async function writeZip(file: WriteStream, entries: readonly Entry[]): Promise<void> {
  const directory: Buffer[] = [];
  let at = 0;
  const write = async (bytes: Buffer): Promise<void> => {
    at += bytes.length;
    if (!file.write(bytes)) await once(file, 'drain');
  };
  for (const { name, text } of entries) {
    const start = at;
    await write(record(0x04034b50, 30, name, { crc: 0, packed: 0, unpacked: 0 }));
    const sizes = { crc: 0, packed: 0, unpacked: 0 };
    const deflate = createDeflateRaw({ level: 4 });
    const packed = (async (): Promise<void> => {
      for await (const chunk of deflate as AsyncIterable<Buffer>) {
        sizes.packed += chunk.length;
        await write(chunk);
      }
    })();
    for (const bytes of blocks(text)) {
      sizes.crc = crc32(bytes, sizes.crc);
      sizes.unpacked += bytes.length;
      if (!deflate.write(bytes)) await once(deflate, 'drain');
    }
    deflate.end();
    await packed;
    const descriptor = Buffer.alloc(16);
    for (const [index, value] of [0x08074b50, sizes.crc, sizes.packed, sizes.unpacked].entries()) {
      descriptor.writeUInt32LE(value, index * 4);
    }
    await write(descriptor);
    const entry = record(0x02014b50, 46, name, sizes);
    entry.writeUInt32LE(start, 42);
    directory.push(entry);
  }
  const start = at;
  for (const entry of directory) await write(entry);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(at - start, 12);
  end.writeUInt32LE(start, 16);
  await write(end);
}

function* blocks(text: Iterable<string>): Generator<Buffer> {
  let block = '';
  for (const piece of text) {
    block += piece;
    if (block.length < 2 ** 20) continue;
    yield Buffer.from(block);
    block = '';
  }
  yield Buffer.from(block);
}

/** A local header (30 bytes) or a directory record (46), sizes following the data. */
function record(
  signature: number,
  length: 30 | 46,
  name: string,
  sizes: Record<'crc' | 'packed' | 'unpacked', number>,
): Buffer {
  const bytes = Buffer.alloc(length + name.length);
  const at = length === 30 ? 4 : 6;
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(20, at);
  bytes.writeUInt16LE(8, at + 2);
  bytes.writeUInt16LE(8, at + 4);
  bytes.writeUInt32LE(sizes.crc, at + 10);
  bytes.writeUInt32LE(sizes.packed, at + 14);
  bytes.writeUInt32LE(sizes.unpacked, at + 18);
  bytes.writeUInt16LE(name.length, length === 30 ? 26 : 28);
  bytes.write(name, length);
  return bytes;
}
