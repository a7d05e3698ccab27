import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCron } from '../../src/domain/cron.ts';
import type { CronCalendar, CronRange } from '../../src/domain/cron.ts';
import { findTimeZone } from '../../src/domain/time-zone.ts';

const shown = (ranges: readonly CronRange[]): string =>
  ranges.map(({ start, end }) => (start === end ? `${start}` : `${start}-${end}`)).join(',');

const calendarsOf = (text: string): readonly CronCalendar[] => {
  const parsed = parseCron(text);
  assert.ok('calendars' in parsed, JSON.stringify(parsed));
  return parsed.calendars;
};

/** The calendars of an expression, their fields in cron's order. */
const parsed = (text: string): string[] =>
  calendarsOf(text).map((each) =>
    [each.minute, each.hour, each.dayOfMonth, each.month, each.dayOfWeek].map(shown).join(' '),
  );

const mistakes = (text: string): readonly string[] => {
  const result = parseCron(text);
  return 'mistakes' in result ? result.mistakes : [];
};

describe('a cron expression', () => {
  test('has values, lists, ranges and steps', () => {
    assert.deepEqual(parsed('*/20 1-3,9 * * *'), ['0,20,40 1-3,9 1-31 1-12 0-6']);
    assert.deepEqual(parsed('5/25 0 1-10/3 * *'), ['5,30,55 0 1,4,7,10 1-12 0-6']);
    assert.deepEqual(parsed('  0   12  ?  *  *  '), ['0 12 1-31 1-12 0-6']);
  });

  test('knows months and days by name, in any case, short and long', () => {
    assert.deepEqual(parsed('0 6 * JAN,jul MON-Fri'), ['0 6 1-31 1,7 1-5']);
    assert.deepEqual(parsed('0 6 * september wednesday'), ['0 6 1-31 9 3']);
  });

  test('calls Sunday 0, 7 and SUN, also as a week’s last day', () => {
    for (const sunday of ['0', '7', 'SUN']) assert.deepEqual(parsed(`0 0 * * ${sunday}`), ['0 0 1-31 1-12 0']);
    for (const days of ['5-7', 'FRI-SUN']) assert.deepEqual(parsed(`0 0 * * ${days}`), ['0 0 1-31 1-12 0,5-6']);
    assert.deepEqual(parsed('0 0 * * */3'), ['0 0 1-31 1-12 0,3,6']);
  });

  test('that limits both kinds of days means the days that fit either, as cron does', () => {
    assert.deepEqual(parsed('0 0 1,15 * FRI'), ['0 0 1,15 1-12 0-6', '0 0 1-31 1-12 5']);
  });

  test('may be a nickname', () => {
    assert.deepEqual(parsed('@daily'), parsed('0 0 * * *'));
    assert.deepEqual(parsed('@Weekly'), parsed('0 0 * * SUN'));
  });

  test('that is wrong says everything that is wrong with it', () => {
    assert.deepEqual(mistakes('60 24 0 13 MOO'), [
      'The minute of the cron expression is wrong: "60" is not a number from 0 to 59.',
      'The hour of the cron expression is wrong: "24" is not a number from 0 to 23.',
      'The day of the month of the cron expression is wrong: "0" is not a number from 1 to 31.',
      'The month of the cron expression is wrong: "13" is not a number from 1 to 12 or a name such as FEB.',
      'The day of the week of the cron expression is wrong: "moo" is not a number from 0 to 7 or a name such as MON.',
    ]);
    assert.deepEqual(mistakes('9-5 */0 1,,2 * *'), [
      'The minute of the cron expression is wrong: the range 9-5 ends before it begins.',
      'The hour of the cron expression is wrong: the step 0 is not between 1 and 23.',
      'The day of the month of the cron expression is wrong: "" is neither a value, a range nor a step.',
    ]);
    const form = 'A cron expression has five fields: minute, hour, day of the month, month and day of the week';
    for (const text of ['', '* * * *', '0 0 0 * * *', 'every day'])
      assert.deepEqual(mistakes(text), [`${form}.`], text);
    assert.match(mistakes('@often')[0] ?? '', /^A cron expression has five fields.*@daily/u);
    assert.match(mistakes('CRON_TZ=UTC * * * * *')[0] ?? '', /five fields/u);
  });

  test('that can never come true is refused', () => {
    assert.deepEqual(mistakes('0 0 31 2,4 *'), ['The cron expression names no day that any month has.']);
    assert.deepEqual(mistakes('0 0 29 2 *'), []);
    assert.deepEqual(mistakes('0 0 31 2 MON'), []);
  });
});

describe('a time zone', () => {
  test('is one of the IANA database, in its own spelling', () => {
    for (const [given, found] of [
      ['Europe/Berlin', 'Europe/Berlin'],
      ['europe/berlin', 'Europe/Berlin'],
      ['UTC', 'UTC'],
      ['utc', 'UTC'],
      ['US/Eastern', 'US/Eastern'],
      ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ] as const) {
      assert.equal(findTimeZone(given), found, given);
    }
  });

  test('is no offset, abbreviation of one’s own, path or blank', () => {
    for (const name of [
      '',
      ' ',
      '+02:00',
      'Europe/Bonn',
      'Mars/Olympus',
      '../../etc/passwd',
      'Local',
      'CEST',
      'UTC\n',
    ]) {
      assert.equal(findTimeZone(name), null, name);
    }
  });
});
