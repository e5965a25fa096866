import { ServiceError } from './errors';
import type { Step } from './step';

export interface Leaving {
  /** How many windows the deployment has left by now. */
  readonly left: number;
  /** Whether CloudFormation is about to go on. */
  readonly moved: boolean;
}

/**
 * Lets the deployment out of its first windows, as many as are over. CloudFormation takes a signal only for what it is creating,
 * and so one window after the other.
 */
export async function leaveWindows({ service, request, note }: Step, windows: string[], left: number, over: number): Promise<Leaving> {
  let moved = false;
  try {
    while (left < over) {
      const window = windows[left];
      const status = await service.resourceStatus(request.stackId, window);
      if (status === 'CREATE_IN_PROGRESS') {
        await service.signalResource(request.stackId, window);
        note(`signalled ${window}`);
        moved = true;
      }
      if (status !== 'CREATE_COMPLETE' && status !== 'UPDATE_COMPLETE') break;
      left++;
      moved = true;
    }
  } catch (error) {
    // What may not be left now is left in the next step, or CloudFormation ends the wait.
    if (!(error instanceof ServiceError)) throw error;
    note(error.message);
  }
  return { left, moved };
}
