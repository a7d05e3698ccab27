import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { likeness, nameWords, referredWords } from '../../../../src/sources/postgres/catalog/name-likeness.ts';
import { suggestJoins } from '../../../../src/sources/postgres/catalog/suggest-joins.ts';
import type { JoinSuggestion } from '../../../../src/sources/postgres/catalog/suggest-joins.ts';
import { testData } from '../../../support/test-data.ts';
import { createSource } from '../../source-database.ts';

const suggestionsIn = async (contents: { sql?: string; dump?: string }, sampled = true): Promise<JoinSuggestion[]> => {
  const source = await createSource(contents);
  try {
    await using session = await source.open();
    const schema = await source.introspect();
    return await suggestJoins(schema, sampled ? session : null);
  } finally {
    await source.drop();
  }
};

const conditions = (suggestions: readonly JoinSuggestion[]): [string, number][] =>
  suggestions.map(({ joinCondition, confidence }) => [joinCondition, confidence]);

describe('suggested joins', () => {
  const { path, skip } = testData('sql/freescout_dev.sql.gz');

  test('are found by names and types where there are no foreign keys', { skip }, async () => {
    const suggestions = await suggestionsIn({ dump: path });
    assert.deepEqual(
      suggestions.find(({ toTable, fromTable }) => toTable === 'emails' && fromTable === 'customers'),
      {
        fromTable: 'customers',
        toTable: 'emails',
        joinCondition: 'emails.customer_id = customers.id',
        confidence: 0.95,
      },
    );
    const found = new Map(conditions(suggestions));
    for (const condition of [
      'threads.conversation_id = conversations.id',
      'conversations.mailbox_id = mailboxes.id',
      'timelogs.user_id = users.id',
      'attachments.thread_id = threads.id',
    ]) {
      assert.equal(found.get(condition), 0.95, condition);
    }
    assert.equal(found.get('conversations.closed_by_user_id = users.id'), 0.8);
    // Seven conversations have a customer who is not there: a little less sure.
    assert.ok(
      [...found.keys()].every((condition) => !/channel_id|message_id|saved_reply_id|smtp_queue_id/.test(condition)),
    );
  });

  test('are the foreign keys, surely, quoted where they have to be', async () => {
    const suggestions = await suggestionsIn({
      sql: `create schema sales;
        create table "Order Details" (a int, "B b" int, primary key (a, "B b"));
        create table sales.lines (x int, "Y" int, foreign key (x, "Y") references "Order Details");
        create table staff (id int primary key, boss int references staff);`,
    });
    assert.deepEqual(suggestions, [
      {
        fromTable: 'Order Details',
        toTable: 'sales.lines',
        joinCondition: 'lines.x = "Order Details".a AND lines."Y" = "Order Details"."B b"',
        confidence: 1,
      },
      { fromTable: 'staff', toTable: 'staff', joinCondition: 'staff.boss = parent_staff.id', confidence: 1 },
    ]);
  });

  test('have a confidence that the values bear out', async () => {
    const sql = `
      create table users (id int primary key);
      create table categories (id int primary key);
      create table posts (id int primary key, user_id int, category_id bigint, editor_user_id int, empty_user_id int);
      insert into users select generate_series(1, 100);
      insert into categories select generate_series(1, 100);
      insert into posts select n, n, 1000 + n, case when n <= 10 then n else 900 + n end from generate_series(1, 100) n;`;
    assert.deepEqual(conditions(await suggestionsIn({ sql })), [
      ['posts.user_id = users.id', 0.95],
      ['posts.empty_user_id = users.id', 0.7],
    ]);
    assert.deepEqual(conditions(await suggestionsIn({ sql }, false)), [
      ['posts.user_id = users.id', 0.85],
      ['posts.category_id = categories.id', 0.85],
      ['posts.editor_user_id = users.id', 0.7],
      ['posts.empty_user_id = users.id', 0.7],
    ]);
  });

  test('never join what cannot be compared or is not unique', async () => {
    const suggestions = await suggestionsIn({
      sql: `create table users (id uuid primary key);
        create table teams (id int, name text);
        create table tags (id int primary key);
        create table posts (id int primary key, user_id int, team_id int, valid boolean, paid int, tag_id text, grid int);`,
    });
    assert.deepEqual(suggestions, []);
  });
});

describe('names', () => {
  test('are compared in the singular, word by word, whatever their style', () => {
    assert.deepEqual(['CustomerUsers', 'customer_users', 'companies', 'addresses', 'status', 'Boxes'].map(nameWords), [
      ['customer', 'user'],
      ['customer', 'user'],
      ['company'],
      ['address'],
      ['status'],
      ['box'],
    ]);
  });

  test('of columns say what they refer to', () => {
    assert.deepEqual(
      [
        'customer_id',
        'customerId',
        'CustomerID',
        'customerid',
        'id_customer',
        'created_by_user_id',
        'id',
        'paid',
        'name',
      ].map(referredWords),
      [
        ['customer'],
        ['customer'],
        ['customer'],
        ['customer'],
        ['customer'],
        ['created', 'by', 'user'],
        null,
        null,
        null,
      ],
    );
  });

  test('are alike exactly, with a role in front, or nearly', () => {
    assert.equal(likeness(['customer'], ['customer']), 'exact');
    assert.equal(likeness(['order', 'line'], ['orderline']), 'exact');
    assert.equal(likeness(['created', 'by', 'user'], ['user']), 'with_role');
    assert.equal(likeness(['costumer'], ['customer']), null);
    assert.equal(likeness(['catgory'], ['category']), 'near');
    assert.equal(likeness(['product'], ['production']), null);
    assert.equal(likeness(['channel'], ['customer', 'channel']), null);
  });
});
