/*
 * When the state machine looks again, in seconds. A look should cost little beside the training, and the deployment should go on
 * soon after it: at most a fiftieth of the training's duration later, and a minute for a short one. Twenty seconds of that are
 * for what comes behind the look: signals, and a last custom resource.
 */

const LATENESS = 1 / 50;
const BEHIND_THE_LOOK = 20;
const SHORTEST_POLL = 5;
const LONGEST_FIRST_POLL = 40;

/** Never sooner than the list shows what a try whose answer was lost has created. */
export const SHORTEST_TRY = 40;
const LONGEST_TRY = 15 * 60;

/** Until the next look at a training of this age. */
export function pollInterval(age: number): number {
  const first = Math.min(Math.max(SHORTEST_POLL, Math.floor(age / 4)), LONGEST_FIRST_POLL);
  return Math.max(first, Math.floor(age * LATENESS) - BEHIND_THE_LOOK);
}

/** Until the next try to have a training accepted, after so much of queueing. */
export function tryInterval(queued: number): number {
  return Math.min(Math.max(SHORTEST_TRY, Math.floor(queued / 10)), LONGEST_TRY);
}

/** How many windows of these lengths, in minutes, are over by now, and how long it is until the next one is. */
export function windowsOver(elapsed: number, lengths: readonly number[]): { readonly over: number; readonly untilNext: number } {
  let end = 0;
  for (const [index, minutes] of lengths.entries()) {
    end += 60 * minutes;
    if (elapsed < end) return { over: index, untilNext: end - elapsed };
  }
  return { over: lengths.length, untilNext: Infinity };
}
