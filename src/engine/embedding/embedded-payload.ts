import { AppError, invalid } from '../../domain/errors.ts';
import { IMPORTER_LIMITS } from '../../domain/importer.ts';
import { isUuid } from '../../domain/uuid.ts';
import { parseRow } from '../../sources/spool/json/parse-row.ts';
import { MemberSplitter } from '../../sources/spool/json/split-members.ts';
import type { MemberPiece } from '../../sources/spool/json/split-members.ts';

/** Lists of rows; each row has what was mapped to fields under `data`. */
const ROW_LISTS: readonly string[] = ['validData', 'invalidData'];

const ROW_BYTES = 4 * 2 ** 20;
const MEMBER_BYTES = 2 ** 20;
const MAX_CONTEXT = 16_384;
const MAX_DEPTH = 32;
/** Lines are passed on in pieces of about so many bytes. */
const PIECE_BYTES = 65_536;

/** What a page says of an import beside its rows; nothing is read into it. */
export type EmbeddedContext = Readonly<Record<string, unknown>>;

/**
 * Reads what the widget sends, `{validData, invalidData, columnMapping, context, importer_key}`, as it comes: its rows
 * pass through, the rest is known when they have.
 */
export class EmbeddedPayload {
  readonly #members = new Map<string, string>();
  readonly #columns = new Set<string>();
  #rows = 0;

  /**
   * The rows, valid or not in the widget's eyes, as JSON objects of field and text, one a line.
   * @throws AppError `bad_request` for what is no such body, `validation` for a row that is none, `too_large`
   */
  async *lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
    const splitter = new MemberSplitter(ROW_LISTS, { elementBytes: ROW_BYTES, memberBytes: MEMBER_BYTES });
    let lines = '';
    for await (const chunk of body) {
      for (const piece of splitter.push(Buffer.from(chunk))) lines += this.#lineOf(piece);
      if (lines.length < PIECE_BYTES) continue;
      yield Buffer.from(lines);
      lines = '';
    }
    splitter.end();
    yield Buffer.from(lines);
  }

  /** All names that rows have, in the order they came. */
  get columns(): readonly string[] {
    return [...this.#columns];
  }

  /** The key and the context, after the last line. Throws `validation` with every mistake of what is not a row. */
  facts(): { readonly key: string; readonly context: EmbeddedContext | null } {
    const mistakes: Record<string, string[]> = {};
    const key = this.#member('importer_key');
    if (typeof key !== 'string' || !isUuid(key)) mistakes['importer_key'] = ['The importer key must be a valid UUID.'];
    for (const list of ROW_LISTS) {
      if (this.#members.has(list)) mistakes[list] = [`The ${list} must be an array.`];
    }
    if (this.#rows === 0) mistakes['validData'] ??= ['The validData must have at least 1 row.'];
    const context = this.#context(mistakes);
    if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
    return { key: String(key), context };
  }

  #lineOf(piece: MemberPiece): string {
    if (piece.kind === 'member') {
      this.#members.set(piece.name, piece.text);
      return '';
    }
    const data = cellsOf(piece.text).find(({ name }) => name === 'data')?.text ?? '';
    if (!data.startsWith('{')) {
      throw invalid({ [`${piece.list}.${this.#rows}.data`]: ['The data of every row must be an object.'] });
    }
    for (const { name } of cellsOf(data)) this.#columns.add(name);
    if (this.#columns.size > IMPORTER_LIMITS.mappings) {
      throw invalid({ [piece.list]: [`The rows must not have more than ${IMPORTER_LIMITS.mappings} columns.`] });
    }
    this.#rows += 1;
    return `${data}\n`;
  }

  #context(mistakes: Record<string, string[]>): EmbeddedContext | null {
    const text = this.#members.get('context') ?? 'null';
    const context = this.#member('context') ?? null;
    if (context === null) return null;
    if (typeof context !== 'object' || Array.isArray(context)) mistakes['context'] = ['The context must be an object.'];
    else if (text.length > MAX_CONTEXT) {
      mistakes['context'] = [`The context must not be longer than ${MAX_CONTEXT} characters.`];
    } else if (UNSTORABLE.test(JSON.stringify(context))) {
      mistakes['context'] = ['The context must not contain a null character or half of a surrogate pair.'];
    } else if (Object.keys(context).length > 0) return context as EmbeddedContext;
    return null;
  }

  #member(name: string): unknown {
    const text = this.#members.get(name);
    if (text === undefined) return undefined;
    cellsOf(text);
    return JSON.parse(text);
  }
}

/** As `JSON.stringify` writes what PostgreSQL cannot hold, and not what only looks like it behind another backslash. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/u;

function cellsOf(text: string): ReturnType<typeof parseRow> {
  try {
    return parseRow(text, MAX_DEPTH);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AppError('bad_request', `The request body is not valid JSON: ${error.message}.`);
  }
}
