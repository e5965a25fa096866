import { Clock } from '../../../local-aws/clock';
import { waitFor } from '../../../local-aws/cloudformation/waiting';

const late = new Error('late');
const cancelled = new Error('cancelled');

function waiting(event: Promise<string>, abort = new AbortController()) {
  const clock = Clock.frozen();
  const start = clock.now();
  const end = async () => waitFor(event, { clock, seconds: 60, signal: abort.signal, late, cancelled });
  return { clock, abort, end, elapsed: () => (clock.now() - start) / 1_000 };
}

const never = new Promise<string>(() => undefined);

test('a wait ends with the event', async () => {
  const { end, elapsed, clock } = waiting(Promise.resolve('it'));
  expect(await end()).toBe('it');
  expect(elapsed()).toBe(0);
  await clock.sleep(120_000);
  expect(elapsed()).toBe(120);
});

test('a wait for what never comes ends when its time is over', async () => {
  const { end, elapsed } = waiting(never);
  await expect(end()).rejects.toBe(late);
  expect(elapsed()).toBe(60);
});

test('a wait ends with an event that fails', async () => {
  const failure = new Error('failed');
  await expect(waiting(Promise.reject(failure)).end()).rejects.toBe(failure);
});

test.each([['before it begins', true], ['while it lasts', false]])('a wait that is given up %s ends at once', async (_, before) => {
  const { end, elapsed, abort, clock } = waiting(never);
  const ended = await clock.busy(async () => {
    if (before) abort.abort();
    const wait = end().catch((error: unknown) => error);
    if (!before) abort.abort();
    return wait;
  });
  expect(ended).toBe(cancelled);
  expect(elapsed()).toBe(0);
});
