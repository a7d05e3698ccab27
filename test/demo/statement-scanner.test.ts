import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statementScanner } from '../../src/demo/statement-scanner.ts';

/** A script's statements, the script read line by line. */
function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let scanner = statementScanner();
  let pending = '';
  for (const line of script.split(/(?<=\n)/)) {
    let from = 0;
    for (let end = scanner.scan(line, from); end !== -1; end = scanner.scan(line, from)) {
      statements.push((pending + line.slice(from, end)).trim());
      [pending, from, scanner] = ['', end, statementScanner()];
    }
    pending += line.slice(from);
  }
  if (pending.trim() !== '') statements.push(`unfinished: ${pending.trim()}`);
  return statements;
}

const WHOLE: readonly string[] = [
  `select 'a;b', 'it''s;', E'c\\';d', E'''x;', e'\\\\', "n;""q;"`,
  `select 1 -- not here; it's a comment\n, 2`,
  `select 1 /* nor; /* here; */ ' ; */ , 2`,
  `create function f() returns text language sql as $$ select ';'; select '$x$;'; $$`,
  `create function f() returns text language sql as $body$ a; $$ b; $body$`,
  `create function f(a int) returns int\nbegin atomic\n select case when a > 1 then 1 else 2 end;\n select 1;\nend`,
  `create or replace procedure p()\nbegin atomic\n delete from t;\nend`,
  `create rule r as on insert to v do instead (insert into a values (1); insert into b values (2);)`,
  `comment on view v is E'line\n\\'; more\n'`,
  `create table t (price$a int, "begin" text, beginning text default 'end;')`,
  `select 'ümläut;', U&'\\00fc;'`,
];

for (const statement of WHOLE) {
  test(`one statement: ${statement.slice(0, 60).replaceAll('\n', ' ')}`, () => {
    assert.deepEqual(statementsOf(`${statement};\nselect 2;`), [`${statement};`, 'select 2;']);
  });
}

test('a statement that does not end is not taken for one', () => {
  assert.deepEqual(statementsOf(`select 1; select 'open;\n`), ['select 1;', `unfinished: select 'open;`]);
});
