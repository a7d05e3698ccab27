import { refuseFile, shown, tooLarge } from '../refusal.ts';
import { readZipDirectory } from '../zip/zip-directory.ts';
import type { ZipDirectory, ZipEntry } from '../zip/zip-directory.ts';
import { zipEntryBytes } from '../zip/zip-entry-bytes.ts';
import type { SpoolLimits } from '../limits.ts';
import { attributeOf, readXml } from './read-xml.ts';
import type { XmlListener } from './read-xml.ts';

/** One part another refers to. */
export interface Relationship {
  readonly id: string;
  /** The last word of its type's URI: `worksheet`, `chartsheet`, `sharedStrings` … */
  readonly type: string;
  /** The path of the part in the package, without a leading slash. */
  readonly target: string;
}

/** A workbook has at most a few for each sheet. */
const MAX_RELATIONSHIPS = 100_000;

/** Of what says which sheets, styles and relations there are: Excel's own largest has some megabytes. */
const MAX_SMALL_BYTES = 32 * 2 ** 20;

/** An Office Open XML package: a zip whose entries are parts that refer to each other. */
export class OfficePackage {
  readonly #directory: ZipDirectory;
  readonly #parts: ReadonlyMap<string, ZipEntry>;
  readonly #progress: (bytes: number) => void;
  #unpackedBytes = 0;

  private constructor(directory: ZipDirectory, progress: (bytes: number) => void) {
    this.#directory = directory;
    this.#progress = progress;
    this.#parts = new Map(directory.entries.map((entry) => [partKey(entry.name), entry]));
  }

  /** @param progress told how many bytes of all parts have been read */
  static async open(
    fd: number,
    fileBytes: number,
    limits: SpoolLimits,
    progress: (bytes: number) => void,
  ): Promise<OfficePackage> {
    return new OfficePackage(await readZipDirectory(fd, fileBytes, limits), progress);
  }

  /** Bytes of all parts that have been read. */
  get unpackedBytes(): number {
    return this.#unpackedBytes;
  }

  has(path: string): boolean {
    return this.#parts.has(partKey(path));
  }

  /** Parses a part that is held in memory as a whole, more or less: a large one is refused. */
  async readSmall(path: string, listener: XmlListener): Promise<void> {
    const { unpackedBytes = 0 } = this.#parts.get(partKey(path)) ?? {};
    if (unpackedBytes > MAX_SMALL_BYTES) throw tooLarge(`The part ${shown(path)} of the workbook is larger than any.`);
    await this.read(path, listener);
  }

  /** Parses a part; an absent one is refused. */
  async read(path: string, listener: XmlListener): Promise<void> {
    const entry = this.#parts.get(partKey(path));
    if (!entry) throw refuseFile('damaged', `The XLSX file is damaged: its part ${shown(path)} is missing.`);
    await readXml(this.#bytes(entry), path, listener);
  }

  /** What a part refers to within the package; nothing is ever fetched from outside. */
  async relationships(of: string): Promise<readonly Relationship[]> {
    const slash = of.lastIndexOf('/') + 1;
    const folder = of.slice(0, slash);
    const path = `${folder}_rels/${of.slice(slash)}.rels`;
    if (!this.has(path)) return [];
    const found: Relationship[] = [];
    await this.readSmall(path, {
      open(name, attributes) {
        if (name !== 'Relationship' || attributeOf(attributes, 'TargetMode') === 'External') return;
        if (found.length >= MAX_RELATIONSHIPS) throw tooLarge('The workbook refers to more parts than any has.');
        const type = attributeOf(attributes, 'Type') ?? '';
        found.push({
          id: attributeOf(attributes, 'Id') ?? '',
          type: type.slice(type.lastIndexOf('/') + 1),
          target: resolved(folder, attributeOf(attributes, 'Target') ?? ''),
        });
      },
    });
    return found;
  }

  async *#bytes(entry: ZipEntry): AsyncGenerator<Buffer> {
    for await (const chunk of zipEntryBytes(this.#directory, entry)) {
      this.#unpackedBytes += chunk.length;
      this.#progress(this.#unpackedBytes);
      yield chunk;
    }
  }
}

/** Part names differ in more than case (ECMA-376 part 2, 6.2.2.3). */
function partKey(path: string): string {
  return path.replace(/^\/+/, '').toLowerCase();
}

function resolved(folder: string, target: string): string {
  const steps: string[] = [];
  for (const step of (target.startsWith('/') ? target : `${folder}${target}`).split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}
