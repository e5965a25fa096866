import { WINDOW_MINUTES } from '../src/private/contract';

/*
 * When the state machine looks again, in seconds. A look should cost little beside the training, and the deployment should go on
 * soon after it: at most a fiftieth of the training's duration later, and a minute for a short one. Twenty seconds of that are
 * for what comes behind the look: signals, and a last custom resource.
 */

const LATENESS = 1 / 50;
const BEHIND_THE_LOOK = 20;
const SHORTEST_POLL = 40;

/** Never sooner than the list shows what a try whose answer was lost has created. */
export const SHORTEST_TRY = 40;
const LONGEST_TRY = 15 * 60;

const WINDOW = WINDOW_MINUTES * 60;

/** Until the next look at a training of this age. */
export function pollInterval(age: number): number {
  return Math.max(SHORTEST_POLL, Math.floor(age * LATENESS) - BEHIND_THE_LOOK);
}

/** Until the next try to have a training accepted, after so much of queueing. */
export function tryInterval(queued: number): number {
  return Math.min(Math.max(SHORTEST_TRY, Math.floor(queued / 10)), LONGEST_TRY);
}

/** Which windows, counted from the first, are over by now: the last is never, because the wait ends in it. */
export function windowsOver(elapsed: number, windows: number): number {
  return Math.min(Math.floor(elapsed / WINDOW), windows - 1);
}

/** Until the next window is over. */
export function untilNextWindow(elapsed: number, windows: number): number {
  const over = windowsOver(elapsed, windows);
  return over === windows - 1 ? Infinity : (over + 1) * WINDOW - elapsed;
}
