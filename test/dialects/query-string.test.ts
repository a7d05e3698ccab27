import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQueryString } from '../../src/dialects/query-string.ts';

/** With prototypes, to compare with literals. */
function parsed(search: string): unknown {
  return JSON.parse(JSON.stringify(parseQueryString(search)));
}

test('values are texts, and of a name given twice the last counts', () => {
  assert.deepEqual(parsed('?a=1&b=&a=2&c'), { a: '2', b: '', c: '' });
  assert.deepEqual(parsed('q=caf%C3%A9+au%20lait'), { q: 'café au lait' });
});

test('brackets are objects and lists', () => {
  assert.deepEqual(parsed('filter[name]=x&filter[age]=7&filter[a][b]=c'), {
    filter: { name: 'x', age: '7', a: { b: 'c' } },
  });
  assert.deepEqual(parsed('ids[]=1&ids[]=2&m[k][]=v'), { ids: ['1', '2'], m: { k: ['v'] } });
});

test('what contradicts itself or is no nesting is taken as it stands', () => {
  assert.deepEqual(parsed('a=1&a[b]=2'), { a: { b: '2' } });
  assert.deepEqual(parsed('a[=1&[b]=2&a]c=3&a[b]c=4'), { 'a[': '1', '[b]': '2', 'a]c': '3', 'a[b]c': '4' });
  assert.deepEqual(parsed('a[b][c][d][e][f]=1'), { 'a[b][c][d][e][f]': '1' });
});

test('names of the language are names like any other', () => {
  const query = parseQueryString('__proto__[admin]=1&constructor=2&filter[__proto__]=3');
  assert.deepEqual(Object.keys(query), ['__proto__', 'constructor', 'filter']);
  assert.equal(({} as Record<string, unknown>)['admin'], undefined);
});
