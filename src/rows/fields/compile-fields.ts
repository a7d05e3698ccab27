import { isUtf8 } from 'node:buffer';
import type { RowIssue } from '../../domain/record.ts';
import type { RowBlock } from '../../domain/row-block.ts';
import { ByteWriter } from '../byte-writer.ts';
import { takePacked } from '../packed-memory.ts';
import { FinalDraft } from '../candidate.ts';
import { directoryDraft, isDirectory } from '../directory-draft.ts';
import type { RowHead } from '../candidate.ts';
import { cellIssues } from './cell-issues.ts';
import { Fault } from './fault.ts';
import { issueOf, missingIssue, noneOfIssue } from './field-issue.ts';
import { stepFor, valueOf } from './field-step.ts';
import type { Step } from './field-step.ts';
import type { FieldsPlan } from './fields-plan.ts';
import type { ValueRule } from './rules.ts';

/**
 * Makes drafts of all rows of a block, in their order, with what is wrong with each; the rows' bytes are not kept.
 * @param faults what is known to be wrong with rows already, by their place in the block, from 0
 */
export type MapFields = (rows: RowBlock, faults?: RowFaults) => FinalDraft[];
export type RowFaults = ReadonlyMap<number, readonly RowIssue[]>;

const NO_ISSUES: readonly RowIssue[] = [];
const NO_FAULTS: RowFaults = new Map();
const NOT_TEXT = new Fault('invalid_format', 'must be text in UTF-8.');
const SPACE = 0x20;
const NOT_ASCII = 0x80;

/**
 * Compiles how rows of a file become values of a target: converted by their fields' types, checked by their rules. An
 * empty cell is no value; a default fills it. Values that plainly are right go from the file's bytes into the packed row
 * and are never made a string; everything else is read with care. A row with something wrong is a draft with issues.
 */
export function compileFields(plan: FieldsPlan): MapFields {
  const steps = plan.spec.fields.map((target) => stepFor(target, plan));
  const anyOf = plan.spec.anyOf.map((name) => plan.spec.fields.findIndex((target) => target.name === name));
  const keyed = plan.key.map((name) => plan.spec.fields.findIndex((target) => target.name === name));
  if (keyed.includes(-1)) throw new Error(`the target has not all fields of the key ${plan.key.join(', ')}`);
  const isKey = plan.spec.fields.map((_, index) => keyed.includes(index));
  // What a table of an importer's own keeps of the key; its last field, so all that it is made of is known by then.
  const hidden = plan.spec.fields.findIndex((field) => field.hidden === true);
  const writer = new ByteWriter();
  /** Whether each field has nothing to say: no value, or nothing but blanks. */
  const missing = steps.map(() => true);
  const keys: (string | null)[] = steps.map(() => null);

  const write = (
    rows: RowBlock,
    row: number,
    isStorable: boolean,
    faults: readonly RowIssue[] | undefined,
  ): RowHead => {
    const unread = plan.issuesColumn === null ? null : cellIssues(rows.value(row, plan.issuesColumn), plan);
    let issues = faults === undefined ? unread : [...faults, ...(unread ?? [])];
    for (let index = 0; index < steps.length; index++) {
      if (index === hidden) continue;
      const step = steps[index] as Step;
      const { column, plain, rules } = step;
      const cell = (row * rows.width + column) * 2;
      const length = column < 0 || column >= rows.width ? -1 : (rows.cells[cell + 1] ?? -1);
      const start = rows.cells[cell] ?? 0;
      const isKeyField = isKey[index] === true;
      missing[index] = true;
      if (isKeyField) keys[index] = null;
      if (length <= 0) {
        writer.text(step.otherwise);
        missing[index] = step.otherwise === null;
        if (isKeyField) keys[index] = step.otherwise;
        continue;
      }
      if (
        isStorable &&
        (plain === null || plain(rows.bytes, start, length)) &&
        (rules.length === 0 || keepsPlainly(rules, rows.bytes, start, length)) &&
        writer.utf8(rows.bytes, start, length)
      ) {
        if (isKeyField) keys[index] = rows.value(row, column);
        missing[index] = plain === null && isBlank(rows.bytes, start, length);
        continue;
      }
      const text = rows.bytes.toString('utf8', start, start + length);
      const value = isWellEncoded(text, rows.bytes, start, length) ? valueOf(step, text) : NOT_TEXT;
      if (value === null || typeof value === 'string') {
        writer.text(value);
        missing[index] = value === null || value.trim() === '';
        if (isKeyField) keys[index] = value;
      } else {
        writer.null();
        (issues ??= []).push(issueOf(step.field, value, text));
      }
    }
    const identifier = identifierOf(keys, keyed);
    if (hidden >= 0) writer.text(identifier);
    for (const step of steps) {
      if (!step.isRequired || missing[step.place] !== true) continue;
      if (issues?.some((issue) => issue.field === step.field.name) !== true)
        (issues ??= []).push(missingIssue(step.field));
    }
    if (anyOf.length > 0 && anyOf.every((index) => missing[index] === true)) {
      (issues ??= []).push(noneOfIssue(plan.spec.anyOf));
    }
    return { identifier, issues: issues ?? NO_ISSUES };
  };

  return (rows, faults = NO_FAULTS) => {
    const isStorable = !rows.bytes.includes(0);
    const heads: RowHead[] = [];
    const ends: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      heads.push(write(rows, row, isStorable, faults.get(row)));
      ends.push(writer.length);
    }
    const packed = takePacked(writer);
    const drafts = heads.map((head, row) => new FinalDraft(head, packed, ends[row - 1] ?? 0, ends[row] ?? 0));
    const { spec } = plan;
    return isDirectory(spec) ? drafts.map((draft) => directoryDraft(spec, draft)) : drafts;
  };
}

function keepsPlainly(rules: readonly ValueRule[], bytes: Buffer, start: number, length: number): boolean {
  for (const { plain } of rules) if (!plain(bytes, start, length)) return false;
  return true;
}

/** Bytes that are no UTF-8 decode to a character that a text may have by itself, so only then they are looked at again. */
function isWellEncoded(text: string, bytes: Buffer, start: number, length: number): boolean {
  return !text.includes('\ufffd') || isUtf8(bytes.subarray(start, start + length));
}

/** Whether a value is nothing but blanks; most are known by their first byte not to be. */
function isBlank(bytes: Buffer, start: number, length: number): boolean {
  const first = bytes[start] ?? 0;
  if (first > SPACE && first < NOT_ASCII) return false;
  return bytes.toString('utf8', start, start + length).trim() === '';
}

/** What the row is known by; nothing when one of several values is missing. */
function identifierOf(keys: readonly (string | null)[], places: readonly number[]): string | null {
  const [first, ...more] = places;
  if (first === undefined) return null;
  if (more.length === 0) return keys[first] ?? null;
  const parts = places.map((place) => keys[place] ?? null);
  return parts.includes(null) ? null : JSON.stringify(parts);
}
