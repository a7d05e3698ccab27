import { defineEntity, p } from '@mikro-orm/postgresql';
import type { IssueCode, RecordAction } from '../../domain/record.ts';

const ImportRecordSchema = defineEntity({
  name: 'ImportRecord',
  tableName: 'import_records',
  properties: {
    jobNumber: p.bigint('number').primary(),
    targetOrdinal: p.smallint().primary(),
    rowNumber: p.bigint('number').primary(),
    attempt: p.smallint(),
    sourceIdentifier: p.text().nullable(),
    sourceHash: p.blob().nullable(),
    targetId: p.uuid().nullable(),
    action: p.text().$type<RecordAction>(),
    duplicateOf: p.uuid().nullable(),
    matched: p.json<Readonly<Record<string, unknown>>>().nullable(),
    /** The overwritten columns and their values before this row wrote them; null when nothing was overwritten. */
    beforeImage: p.json<Readonly<Record<string, string | null>>>().nullable(),
    /** Hash of the target row after the write where it differs from the source hash; see `rowHash`. */
    afterHash: p.blob().nullable(),
    reviewStatus: p.text().nullable(),
    createdAt: p.datetime(),
  },
});

/** The ledger: what became of one source row in one job. */
export class ImportRecord extends ImportRecordSchema.class {}
ImportRecordSchema.setClass(ImportRecord);

const ImportIssueSchema = defineEntity({
  name: 'ImportIssue',
  tableName: 'import_issues',
  properties: {
    jobNumber: p.bigint('number').primary(),
    targetOrdinal: p.smallint().primary(),
    rowNumber: p.bigint('number').primary(),
    ordinal: p.smallint().primary(),
    field: p.text().nullable(),
    code: p.text().$type<IssueCode>(),
    message: p.text(),
    value: p.text().nullable(),
    /** What a right value looks like, where a few characters say it. */
    expected: p.text().nullable(),
    fatal: p.boolean(),
  },
});

/** One problem of one source row. */
export class ImportIssue extends ImportIssueSchema.class {}
ImportIssueSchema.setClass(ImportIssue);
