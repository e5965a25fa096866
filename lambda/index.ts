import { setTimeout } from 'node:timers/promises';
import type { IsCompleteRequest, OnEventRequest } from './events';
import * as handler from './handler';
import { clients, SdkService } from './sdk-service';
import { train as trainingStep, TrainRequest } from './train';

/** A step ends before Lambda would end it (after a minute), because a function that times out fails the deployment. */
const STEP_TIMEOUT = 45_000;

const shared = clients();

function environment(): handler.Environment {
  return {
    service: new SdkService(shared, AbortSignal.timeout(STEP_TIMEOUT)),
    now: Date.now,
    sleep: async (milliseconds) => setTimeout(milliseconds),
    log: (line) => console.log(line),
  };
}

export const onEvent = async (event: OnEventRequest) => handler.onEvent(event, environment());
export const train = async (event: TrainRequest) => trainingStep(event, environment());
export const isComplete = async (event: IsCompleteRequest) => handler.isComplete(event, environment());
