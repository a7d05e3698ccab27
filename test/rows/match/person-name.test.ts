import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSet } from '../../../bench/match-run.ts';
import { scoreOf } from '../../../bench/match-score.ts';
import { randomOf } from '../../../src/demo/random.ts';
import { splitName } from '../../../src/rows/match/person-name.ts';

test('a full name is split where its script puts the family name', () => {
  const splits = (value: string): string => {
    const { given, family } = splitName(value);
    return `${given.join(' ')} | ${family.join(' ')}`;
  };
  assert.deepEqual(
    ['Dr. Ada van der Berg', 'Berg, Ada', 'Plato', 'Иван Петров', '王伟', '王小明', '王 伟', '欧阳修', '田中太郎'].map(
      splits,
    ),
    [
      'ada | van der berg',
      'ada | berg',
      ' | plato',
      'иван | петров',
      '伟 | 王',
      '小明 | 王',
      '伟 | 王',
      '修 | 欧阳',
      '太郎 | 田中',
    ],
  );
  assert.deepEqual(
    ['김철수', '남궁민수', '北京大学附属医院'].map(splits),
    ['철수 | 김', '민수 | 남궁', ' | 北京大学附属医院'].map((one) => one.normalize('NFKD')),
  );
});

const SURNAMES = Array.from('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧');
const GIVEN = Array.from('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚');
const STREETS = ['中山路', '解放路', '人民路', '建设路', '和平路'];
const FIELDS = ['name', 'phone', 'street', 'postcode'].map((name) => ({ name, ofPeople: true }));

test('who only lives with somebody is not taken for them either where names are written without a blank', () => {
  const rows = Array.from({ length: 800 }, (_, id) => {
    const random = randomOf(7, 1, id);
    return [
      random.pick(SURNAMES) + random.pick(GIVEN) + (random.chance(0.4) ? random.pick(GIVEN) : ''),
      `139${String(10_000_000 + random.below(89_999_999))}`,
      `${random.pick(STREETS)} ${random.below(300) + 1}号`,
      String(100_000 + random.below(900)),
    ];
  });
  const again = rows.slice(0, 200).map(([name = '', phone = '', street = '', postcode = '']) => {
    return [name, `+86 ${phone}`, street, postcode];
  });
  const kin = rows.slice(300, 500).map(([name = '', , street = '', postcode = ''], id) => {
    const others = GIVEN.filter((given) => !name.includes(given));
    return [name.slice(0, 1) + randomOf(7, 2, id).pick(others), null, street, postcode];
  });
  const truth = again.map((_, id) => [id, id] as const);
  const run = runSet({ name: 'Chinese names', fields: FIELDS, rows, incoming: [...again, ...kin], truth }, 0.85);
  const { f1 } = scoreOf(run);
  assert.ok(f1 >= 0.99, `F1 ${f1}`);
});
