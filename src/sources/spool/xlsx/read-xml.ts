import { SaxesParser } from 'saxes';
import { refuseFile, shown } from '../refusal.ts';

/** Characters that may come without a tag's beginning or end among them: a cell has 32,767 at the most. */
const MAX_SILENCE = 4 * 2 ** 20;
const MAX_DEPTH = 100;
const MAX_ATTRIBUTES = 1000;
/** Of an element's name, which is held for as long as the element is open. */
const MAX_NAME = 1000;
const PIECE = 16 * 1024;

/** Attributes by their names as written, with any prefix. */
export type XmlAttributes = Readonly<Record<string, string>>;

/** What a part is told of; names come without their prefix. */
export interface XmlListener {
  open(name: string, attributes: XmlAttributes): void;
  text?(text: string): void;
  close?(name: string): void;
  /** Between two pieces of the part, where there is time to write out what has come together. */
  pause?(): Promise<void>;
}

/**
 * Parses one XML part, piece by piece. No document type is taken, so there are no entities to expand and none to fetch;
 * depth, attributes and the length of anything that has to be held are bounded. `part` names it in errors.
 */
export async function readXml(bytes: AsyncIterable<Buffer>, part: string, listener: XmlListener): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, fragment: false, position: false });
  // Names of entities are looked up here; an object with a prototype would have more than these.
  parser.ENTITIES = Object.assign(Object.create(null), { amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" });
  const locals = new Map<string, string>();
  let depth = 0;
  let silence = 0;
  let attributes = 0;
  parser.on('error', (error) => {
    throw notXml(part, error);
  });
  parser.on('doctype', () => {
    throw documentType(part);
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > MAX_ATTRIBUTES) throw notXml(part, new Error('too many attributes'));
  });
  parser.on('opentag', (tag) => {
    silence = 0;
    attributes = 0;
    depth += 1;
    if (tag.name.length > MAX_NAME) throw notXml(part, new Error('a name without end'));
    if (depth > MAX_DEPTH) throw notXml(part, new Error('elements lie too deep in each other'));
    listener.open(localName(tag.name, locals), tag.attributes);
  });
  parser.on('closetag', (tag) => {
    silence = 0;
    depth -= 1;
    listener.close?.(localName(tag.name, locals));
  });
  const tellText = (text: string): void => listener.text?.(text);
  parser.on('text', tellText);
  parser.on('cdata', tellText);
  for await (const text of decoded(bytes, part)) {
    for (let at = 0; at < text.length; at += PIECE) {
      const piece = text.slice(at, at + PIECE);
      silence += piece.length;
      if (silence > MAX_SILENCE) throw notXml(part, new Error('a text or tag without end'));
      parser.write(piece);
      await listener.pause?.();
    }
  }
  parser.close();
}

/** The attribute of this name, whatever its prefix. */
export function attributeOf(attributes: XmlAttributes, name: string): string | undefined {
  const plain = attributes[name];
  if (plain !== undefined) return plain;
  const key = Object.keys(attributes).find((written) => written.endsWith(`:${name}`));
  return key === undefined ? undefined : attributes[key];
}

/** An XML boolean (xsd:boolean); absent is false. */
export function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}

function localName(name: string, known: Map<string, string>): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const local = name.slice(name.indexOf(':') + 1);
  if (known.size < 1000) known.set(name, local);
  return local;
}

async function* decoded(bytes: AsyncIterable<Buffer>, part: string): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  try {
    for await (const chunk of bytes) {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
      yield decoder.decode(chunk, { stream: true });
    }
    if (decoder) yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw notXml(part, error);
    throw error;
  }
}

/** By byte order mark, by the two bytes of `<`, or by the XML declaration; else UTF-8 (XML 1.0, appendix F). */
function encodingOf(start: Buffer): string {
  const first = start.length >= 2 ? start.readUInt16BE(0) : 0;
  if (first === 0xfeff || first === 0x003c) return 'utf-16be';
  if (first === 0xfffe || first === 0x3c00) return 'utf-16le';
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding=["']([\w-]{1,40})["']/.exec(
    start.toString('latin1', 0, 200),
  );
  return declared?.[1] ?? 'utf-8';
}

function notXml(part: string, cause: unknown): Error {
  return refuseFile('damaged', `The XLSX file is damaged: its part ${shown(part)} is not valid XML.`, { cause });
}

function documentType(part: string): Error {
  return refuseFile('suspicious', `The XLSX file declares a document type in its part ${shown(part)}, which none may.`);
}
