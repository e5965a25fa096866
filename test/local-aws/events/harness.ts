import { Clock } from '../../../local-aws/clock';
import { EventBridge } from '../../../local-aws/events/events';
import { Lambda } from '../../../local-aws/lambda/lambda';
import { StepFunctions } from '../../../local-aws/states/states';
import { ACCOUNT, allow, newIam, trusting } from '../account';
import { settings, zip } from '../lambda/harness';

export const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:fn';
export const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:machine';

/** EventBridge with real permissions, a real state machine, and a function that only remembers what it was sent. */
export class World {
  static async create(): Promise<World> {
    const world = new World();
    const { arn: roleArn } = world.iam.createRole({ roleName: 'function', assumeRolePolicyDocument: trusting('lambda.amazonaws.com') });
    await world.lambda.createFunction(settings(await zip({ 'index.js': '' }), { roleArn }));
    const { arn: machineRole } = world.iam.createRole({ roleName: 'machine', assumeRolePolicyDocument: trusting('states.amazonaws.com') });
    const definition = JSON.stringify({ StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } });
    await world.states.createStateMachine({ name: 'machine', roleArn: machineRole, definition });
    return world;
  }

  readonly clock = Clock.frozen();
  readonly iam = newIam(this.clock);
  /** What the function was sent. */
  readonly received: unknown[] = [];
  readonly lambda = new Lambda({
    account: ACCOUNT,
    clock: this.clock,
    iam: this.iam,
    kms: { checkState: async () => { throw new Error('functions have no keys here'); } },
    sandboxes: {
      run: async (_, { payload }) => {
        this.received.push(JSON.parse(payload));
        return { payload: 'null' };
      },
      close: async () => undefined,
    },
    frontDoor: {
      listener: () => undefined,
      call: async () => { throw new Error('functions call nothing here'); },
      customResourceAnswer: () => { throw new Error('functions call nothing here'); },
      serviceNamed: () => { throw new Error('functions call nothing here'); },
    },
  });
  readonly states = new StepFunctions({
    account: ACCOUNT, clock: this.clock, iam: this.iam, lambda: this.lambda, logs: { hasLogGroup: () => false },
  });
  readonly events = new EventBridge({ account: ACCOUNT, clock: this.clock, iam: this.iam, lambda: this.lambda, states: this.states });

  async put(...entries: object[]): Promise<{ FailedEntryCount: number; Entries: Record<string, string>[] }> {
    return this.events.call(this.iam.developer.principal, 'PutEvents', { Entries: entries }) as Promise<{ FailedEntryCount: number; Entries: Record<string, string>[] }>;
  }

  /** Puts an event, and waits until nothing is under way any more. */
  async deliver(entry: object = {}): Promise<void> {
    await this.put({ Source: 'jobs', DetailType: 'Job ended', Detail: '{"status":"ACTIVE","size":5}', ...entry });
    await this.clock.sleep(1);
  }

  /** A role that EventBridge may take on, and what it may do. */
  role(roleName: string, actions: string | string[], condition?: object): string {
    return this.iam.createRole({ roleName, assumeRolePolicyDocument: trusting('events.amazonaws.com', condition), inlinePolicies: { it: allow(actions) } }).arn;
  }
}
