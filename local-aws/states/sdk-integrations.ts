import type { JsonObject } from './json';
import { CLOUDFORMATION, CLOUDWATCH, EVENTBRIDGE, type SdkOperations, SFN } from './sdk-services';
import { answered, received } from './sdk-shapes';
import type { Integration, Integrations } from './tasks';
import type { Principal } from '../aws';
import { type Input, type OperationName, OPERATIONS, type Output } from '../cleanroomsml/model';

/** A service as tasks call it. It asks IAM itself. */
interface Callable<P = JsonObject> {
  call(principal: Principal, action: string, parameters: P): Promise<unknown>;
}

interface CallableCleanRoomsMl {
  call<N extends OperationName>(operation: N, principal: Principal, input: Input<N>): Promise<Output<N>>;
}

/** Some of them are only there once tasks run. */
export interface SdkServices {
  cloudFormation(): Callable<Readonly<Record<string, string>>>;
  cleanRoomsMl(): CallableCleanRoomsMl;
  cloudWatch(): Callable;
  events(): Callable;
  states(): Callable;
}

type Call = (principal: Principal, action: string, input: Record<string, unknown>) => Promise<unknown>;

/** The AWS API actions that tasks may call, by the names of `arn:aws:states:::aws-sdk:…`. */
export function sdkIntegrations(services: SdkServices): Integrations {
  const { cloudFormation, cleanRoomsMl, cloudWatch, events, states } = services;
  return {
    ...integrations('cleanroomsml', OPERATIONS, async (principal, action, input) => {
      const operation = action as OperationName;
      // The service validates what only has the right types yet.
      return await cleanRoomsMl().call(operation, principal, input as unknown as Input<typeof operation>) ?? {};
    }),
    ...integrations('cloudformation', CLOUDFORMATION, (principal, action, input) => cloudFormation().call(principal, action, input as Record<string, string>)),
    ...integrations('cloudwatch', CLOUDWATCH, (principal, action, input) => cloudWatch().call(principal, action, input as JsonObject)),
    ...integrations('eventbridge', EVENTBRIDGE, (principal, action, input) => events().call(principal, action, input as JsonObject)),
    ...integrations('sfn', SFN, (principal, action, input) => states().call(principal, action, input as JsonObject)),
  };
}

function integrations(service: string, operations: SdkOperations, call: Call): Integrations {
  return Object.fromEntries(Object.entries(operations).map(([action, { input, output }]): [string, Integration] => [
    `${service}:${action.charAt(0).toLowerCase()}${action.slice(1)}`,
    async (principal, parameters) => {
      const result = await call(principal, action, received(input, parameters));
      return output ? answered(output, result) : result;
    },
  ]));
}
