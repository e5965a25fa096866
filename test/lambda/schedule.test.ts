import { pollInterval, tryInterval, untilNextWindow, windowsOver } from '../../lambda/schedule';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const WINDOW = 690 * 60;

test.each([
  [0, 40], [3_049, 40], [3_050, 41], [10_000, 180], [DAY, 1_708], [2 * DAY, 3_436],
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

test.each([
  [0, 3, 0], [WINDOW - 1, 3, 0], [WINDOW, 3, 1], [2 * WINDOW - 1, 3, 1], [2 * WINDOW, 3, 2], [3 * WINDOW, 3, 2], [100 * WINDOW, 3, 2],
  [0, 1, 0], [100 * WINDOW, 1, 0],
])('after %i s with %i windows %i are over', (elapsed, windows, over) => expect(windowsOver(elapsed, windows)).toBe(over));

test.each([
  [0, 2, WINDOW], [WINDOW - 1, 2, 1], [WINDOW, 2, Infinity], [WINDOW, 3, WINDOW], [WINDOW + 100, 3, WINDOW - 100], [0, 1, Infinity],
])('after %i s with %i windows the next is over in %i s', (elapsed, windows, seconds) => expect(untilNextWindow(elapsed, windows)).toBe(seconds));
