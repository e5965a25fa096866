import { ServiceError } from './errors';
import { describeStackResource, signalResource } from './stack';
import type { Step } from './step';

export interface Passing {
  /** How many windows the deployment has passed by now. */
  readonly passed: number;
  /** Whether CloudFormation is about to go on. */
  readonly moved: boolean;
}

/**
 * Lets the deployment out of its first windows, as many as are over. CloudFormation takes a signal only for what it is creating,
 * and so one window after the other.
 */
export async function passWindows({ service, request, note }: Step, windows: readonly string[], passed: number, over: number): Promise<Passing> {
  let moved = false;
  try {
    while (passed < over) {
      const window = windows[passed];
      const status = (await describeStackResource(service, request.stackId, window))?.status;
      if (status === 'CREATE_IN_PROGRESS') {
        await signalResource(service, request.stackId, window);
        note(`signalled ${window}`);
        moved = true;
        // Nothing has to follow the last one.
        if (passed === windows.length - 1) return { passed: windows.length, moved };
      }
      if (status !== 'CREATE_COMPLETE' && status !== 'UPDATE_COMPLETE') break;
      passed++;
      moved = true;
    }
  } catch (error) {
    // What may not be passed now is passed in the next step, or CloudFormation ends the wait.
    if (!(error instanceof ServiceError)) throw error;
    note(error.message);
  }
  return { passed, moved };
}
