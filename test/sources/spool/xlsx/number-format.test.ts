import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateKind, kindOfCode } from '../../../../src/sources/spool/xlsx/number-format.ts';

test('a format code says whether its numbers are dates, times or durations', () => {
  const codes = {
    date: [
      'yyyy-mm-dd',
      'd.m.yy',
      'mmm yyyy',
      'mmmm',
      '[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy',
      'yyyy"年"m"月"d"日"',
      'yyyy\\-mm\\-dd;@',
      '[Red]dd/mm/yyyy',
      '[$-411]ggge"年"m"月"d"日"',
    ],
    datetime: ['m/d/yy h:mm', 'yyyy-mm-dd"T"hh:mm:ss.000', 'd mmm hh:mm AM/PM'],
    time: ['h:mm', 'hh:mm:ss AM/PM', 'mm:ss.0', 'h"h"mm', 'ss', '[$-409]h:mm:ss A/P'],
    duration: ['[h]:mm:ss', '[mm]:ss', '[s]'],
    null: [
      'General',
      '0',
      '0.00E+00',
      '#,##0.00',
      '0.0%',
      '@',
      '_-* #,##0.00\\ "days"_-;\\-* #,##0.00\\ _€_-',
      '[$USD] #,##0.00',
      '[Red]0;[Blue]-0',
      '0" d"',
      '# ?/?',
      '"Yes";"Yes";"No"',
      ';;;',
      'General" days"',
      '00000\\-0000',
      '',
    ],
  };
  for (const [kind, texts] of Object.entries(codes)) {
    for (const code of texts) assert.equal(String(kindOfCode(code)), kind, code);
  }
});

test('built-in formats have kinds without a code, which a code of the workbook overrides', () => {
  const own = new Map([[14, '0.00']]);
  const ids = [0, 9, 14, 18, 22, 31, 45, 46, 47, 49, 58, 164];
  assert.deepEqual(
    ids.map((id) => dateKind(id, new Map())),
    [null, null, 'date', 'time', 'datetime', 'date', 'time', 'duration', 'time', null, 'date', null],
  );
  assert.equal(dateKind(14, own), null);
});
