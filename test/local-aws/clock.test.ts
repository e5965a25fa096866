import { setImmediate } from 'node:timers/promises';
import { Clock } from '../../local-aws/clock';

const HOUR = 3_600_000;

describe('a frozen clock', () => {
  test('stands still while nobody waits', async () => {
    const clock = Clock.frozen(Date.parse('2026-01-01T00:00:00Z'));
    await setImmediate();
    expect(clock.iso()).toBe('2026-01-01T00:00:00.000Z');
  });

  test('skips what is waited for', async () => {
    const clock = Clock.frozen(1000);
    await clock.sleep(48 * HOUR);
    expect(clock.now()).toBe(1000 + 48 * HOUR);
  });

  test('wakes who waits in the order of their time, and of their coming where that is the same', async () => {
    const clock = Clock.frozen(0);
    const woken: string[] = [];
    const wait = async (name: string, milliseconds: number) => {
      await clock.sleep(milliseconds);
      woken.push(`${name} at ${clock.now()}`);
    };
    await Promise.all([wait('late', 300), wait('first', 100), wait('second', 100), wait('now', 0)]);
    expect(woken).toEqual(['now at 0', 'first at 100', 'second at 100', 'late at 300']);
  });

  test('lets who was woken set a nearer time before it skips on', async () => {
    const clock = Clock.frozen(0);
    const woken: number[] = [];
    const twice = async () => {
      for (let i = 0; i < 2; i++) {
        await clock.sleep(100);
        woken.push(clock.now());
      }
    };
    await Promise.all([twice(), clock.sleep(150).then(() => woken.push(clock.now()))]);
    expect(woken).toEqual([100, 150, 200]);
  });

  test('holds still while anyone is busy, however long that takes', async () => {
    const clock = Clock.frozen(0);
    let woken = false;
    const sleeping = clock.sleep(1).then(() => { woken = true; });
    await clock.busy(async () => {
      await clock.busy(async () => {});
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      expect(woken).toBe(false);
      expect(clock.now()).toBe(0);
    });
    await sleeping;
    expect(clock.now()).toBe(1);
  });

  test('goes on after work that failed', async () => {
    const clock = Clock.frozen(0);
    const sleeping = clock.sleep(HOUR);
    await expect(clock.busy(async () => { throw new Error('no'); })).rejects.toThrow('no');
    await sleeping;
    expect(clock.now()).toBe(HOUR);
  });

  test('moves in a pause of work, as far as the pause lasts and no further', async () => {
    const clock = Clock.frozen(0);
    const fired: number[] = [];
    const others = [30_000, HOUR].map(async (time) => clock.sleep(time).then(() => fired.push(clock.now())));
    await clock.busy(async () => {
      expect(clock.now()).toBe(0);
      await clock.pause(60_000);
      expect(clock.now()).toBe(60_000);
      expect(fired).toEqual([30_000]);
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      expect(clock.now()).toBe(60_000);
    });
    await Promise.all(others);
    expect(fired).toEqual([30_000, HOUR]);
  });

  test('holds still for later work when a pause has outlived its own', async () => {
    const clock = Clock.frozen(0);
    const over = new AbortController();
    await clock.busy(async () => { void clock.pause(HOUR, over.signal); }).finally(() => over.abort());
    let woken = false;
    const sleeping = clock.sleep(1).then(() => { woken = true; });
    await clock.busy(async () => {
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      expect(woken).toBe(false);
      expect(clock.now()).toBe(0);
    });
    await sleeping;
    expect(clock.now()).toBe(1);
  });

  test('ends an aborted wait at once, without skipping to its end', async () => {
    const clock = Clock.frozen(0);
    const abort = new AbortController();
    await clock.busy(async () => {
      const sleeping = clock.sleep(HOUR, abort.signal);
      abort.abort();
      await sleeping;
    });
    await clock.sleep(1);
    expect(clock.now()).toBe(1);
    await clock.sleep(HOUR, abort.signal);
    expect(clock.now()).toBe(1);
  });

  test('keeps nothing of waits that are over', async () => {
    const clock = Clock.frozen(0);
    const abort = new AbortController();
    const remove = jest.spyOn(abort.signal, 'removeEventListener');
    await clock.sleep(1, abort.signal);
    expect(remove).toHaveBeenCalledTimes(1);
  });
});

describe('a wall clock', () => {
  test('starts at the wall\'s time and is ahead of it by what it skipped', async () => {
    const clock = Clock.wall();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
    await clock.sleep(HOUR);
    const ahead = clock.now() - Date.now();
    expect(ahead).toBeGreaterThan(HOUR - 1000);
    expect(ahead).toBeLessThanOrEqual(HOUR);
  });
});
