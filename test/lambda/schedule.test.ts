import { pollInterval, SHORTEST_TRY, tryInterval, windowsOver } from '../../lambda/schedule';
import { DRAIN, LIST_LAG } from '../../lambda/times';
import { windowLengths } from '../../src/private/contract';

const HOUR = 3_600;
const DAY = 24 * HOUR;

test.each([
  [0, 5], [20, 5], [23, 5], [24, 6], [100, 25], [159, 39], [160, 40], [3_049, 40], [3_050, 41], [10_000, 180], [DAY, 1_708], [2 * DAY, 3_436],
])('a training of %i s is looked at again after %i s', (age, seconds) => expect(pollInterval(age)).toBe(seconds));

/** The ages at which a training is looked at. */
function looks(until: number): number[] {
  const ages = [0];
  while (ages[ages.length - 1] < until) ages.push(ages[ages.length - 1] + pollInterval(ages[ages.length - 1]));
  return ages;
}

test('a training of a day is looked at fewer than 300 times, and one of five days fewer than 400 times', () => {
  expect(looks(DAY).length).toBeLessThan(300);
  expect(looks(5 * DAY).length).toBeLessThan(400);
});

test('however long a training takes, the look comes soon enough for the deployment to go on within a minute or a fiftieth of it', () => {
  const ages = looks(5 * DAY);
  let next = 0;
  const tooLate: number[] = [];
  for (let duration = 60; duration <= 5 * DAY; duration++) {
    while (ages[next] < duration) next++;
    if (ages[next] - duration > Math.max(60, duration / 50) - 20) tooLate.push(duration);
  }
  expect(tooLate).toEqual([]);
});

test.each([
  [0, 40], [409, 40], [410, 41], [HOUR, 360], [9_000, 900], [9_010, 900], [5 * DAY, 900],
])('after %i s of queueing the next try is %i s away', (queued, seconds) => expect(tryInterval(queued)).toBe(seconds));

test('a training that queues for a day is tried fewer than 150 times', () => {
  let tries = 1;
  for (let queued = 0; queued < DAY; queued += tryInterval(queued)) tries++;
  expect(tries).toBeLessThan(150);
});

test('no try is sooner than a list shows what the one before it has created', () => {
  expect(1_000 * SHORTEST_TRY).toBeGreaterThanOrEqual(LIST_LAG);
  expect(1_000 * SHORTEST_TRY).toBeGreaterThanOrEqual(DRAIN);
});

const LENGTHS = windowLengths(2_000);
const [FIRST, SECOND, THIRD] = LENGTHS.map((minutes) => 60 * minutes);

test.each([
  [0, 0, FIRST], [FIRST - 1, 0, 1], [FIRST, 1, SECOND], [FIRST + 100, 1, SECOND - 100], [FIRST + SECOND - 1, 1, 1], [FIRST + SECOND, 2, THIRD],
  [FIRST + SECOND + THIRD - 1, 2, 1], [FIRST + SECOND + THIRD, 3, Infinity], [100 * DAY, 3, Infinity],
])('after %i s of three windows %i are over, and the next is in %i s', (elapsed, over, untilNext) => {
  expect(LENGTHS).toHaveLength(3);
  expect(windowsOver(elapsed, LENGTHS)).toEqual({ over, untilNext });
});

test.each([[0], [100 * DAY]])('after %i s of none none is over', (elapsed) => expect(windowsOver(elapsed, [])).toEqual({ over: 0, untilNext: Infinity }));
