import { customs, World } from './world';
import { StackOutcome } from '../../../local-aws/cloudformation/cloudformation';
import { SignalStatus } from '../../../local-aws/cloudformation/signals';
import { Value, Values } from '../../../local-aws/cloudformation/values';

const STACK = 'Stack';
const HOUR = 3_600_000;

function wait(resourceSignal: Values = {}, more: Values = {}): Values {
  return { Type: 'AWS::CloudFormation::WaitCondition', CreationPolicy: { ResourceSignal: resourceSignal }, ...more };
}

/** A stack of these resources, and of one that is there from the beginning. */
function stackOf(resources: Record<string, Values>, more: Values = {}): Values {
  return { Resources: { Group: { Type: 'AWS::Logs::LogGroup' }, ...resources }, ...more };
}

class WaitingWorld extends World {
  private readonly start = this.clock.now();

  /** Starts a deployment, and returns when all it does is wait. Time stands still meanwhile. */
  async begin(template: Values, inProgress = 'Wait'): Promise<{ readonly deployment: Promise<StackOutcome> }> {
    return this.clock.busy(async () => {
      const deployment = this.cloudFormation.deploy(STACK, template);
      while (!this.history(STACK, inProgress).some((line) => line.includes('Initiated'))) await Promise.race([new Promise(setImmediate), deployment]);
      return { deployment };
    });
  }

  /** Signals after so many milliseconds. */
  async signal(status: SignalStatus = 'SUCCESS', { uniqueId = 'one', logicalId = 'Wait', after = 0 } = {}): Promise<void> {
    await this.clock.sleep(after);
    this.cloudFormation.signalResource(this.cloudFormation.describe(STACK), logicalId, uniqueId, status);
  }

  override history(stackName: string, logicalId: string): string[] {
    return this.cloudFormation.findStack(stackName) ? super.history(stackName, logicalId) : [];
  }

  get elapsed(): number {
    return this.clock.now() - this.start;
  }
}

let world: WaitingWorld;
beforeEach(() => { world = new WaitingWorld(); });

describe('a wait condition', () => {
  test('is in progress until it is signalled, then complete', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait(), After: { Type: 'AWS::Logs::LogGroup', DependsOn: 'Wait' } }));
    const stack = world.cloudFormation.describe(STACK);
    expect(stack.resource('Wait')).toMatchObject({ status: 'CREATE_IN_PROGRESS', physicalId: expect.stringMatching(/^Stack-Wait-[A-Z0-9]{12}$/) });
    expect([...stack.resources.keys()]).not.toContain('After');
    await world.signal('SUCCESS', { after: 60_000 });
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(world.elapsed).toBe(60_000);
    expect(world.history(STACK, 'Wait')).toEqual([
      'CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS: Resource creation Initiated', 'CREATE_IN_PROGRESS: Received SUCCESS signal with UniqueId one', 'CREATE_COMPLETE',
    ]);
  });

  test('is referred to by its name, and has no data', async () => {
    const outputs = { Outputs: { Name: { Value: { Ref: 'Wait' } }, Data: { Value: { 'Fn::GetAtt': 'Wait.Data' } } } };
    const { deployment } = await world.begin(stackOf({ Wait: wait() }, outputs));
    await world.signal();
    expect((await deployment).outputs).toEqual({ Name: world.cloudFormation.describe(STACK).resource('Wait').physicalId, Data: '{}' });
  });

  test('waits for as many successes as its Count', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Count: '2' }) }));
    await world.signal('SUCCESS', { uniqueId: 'one' });
    await new Promise(setImmediate);
    expect(world.cloudFormation.describe(STACK).resource('Wait').status).toBe('CREATE_IN_PROGRESS');
    await world.signal('SUCCESS', { uniqueId: 'two' });
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('does not wait where its Count is zero', async () => {
    expect(await world.cloudFormation.deploy(STACK, stackOf({ Wait: wait({ Count: 0 }) }))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(world.elapsed).toBe(0);
  });

  test('takes a success back, and says nothing of that but that it failed', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Count: 2 }) }));
    await world.signal('SUCCESS');
    await world.signal('FAILURE');
    expect(await deployment).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(world.history(STACK, 'Wait').slice(2, 4)).toEqual([
      'CREATE_IN_PROGRESS: Received SUCCESS signal with UniqueId one', 'CREATE_FAILED: Received FAILURE signal with UniqueId one',
    ]);
  });

  test('fails on the first failure, and all the reason there is is that there was one', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Count: 2 }) }));
    await world.signal('SUCCESS', { uniqueId: 'one' });
    await world.signal('FAILURE', { uniqueId: 'two', after: 1000 });
    expect(await deployment).toMatchObject({
      status: 'ROLLBACK_COMPLETE', failures: [{ logicalId: 'Wait', status: 'CREATE_FAILED', reason: 'Received FAILURE signal with UniqueId two' }],
    });
    expect(world.elapsed).toBe(1000);
    expect(world.history(STACK, 'Wait').slice(-2)).toEqual(['DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  });

  test('fails when a success is taken back', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Count: 2 }) }));
    await world.signal('SUCCESS');
    await world.signal('FAILURE');
    expect((await deployment).failures).toMatchObject([{ reason: 'Received FAILURE signal with UniqueId one' }]);
  });

  test.each<[Values, number]>([
    [{}, 5 * 60_000], [{ Timeout: 'PT12H' }, 12 * HOUR], [{ Timeout: 'PT43200S' }, 12 * HOUR], [{ Timeout: 'PT11H59M60S' }, 12 * HOUR], [{ Timeout: 'PT1S' }, 1000],
  ])('with %j fails after %s milliseconds', async (resourceSignal, milliseconds) => {
    expect(await world.cloudFormation.deploy(STACK, stackOf({ Wait: wait(resourceSignal) }))).toMatchObject({
      status: 'ROLLBACK_COMPLETE', failures: [{ logicalId: 'Wait', reason: 'Failed to receive 1 resource signal(s) within the specified duration' }],
    });
    expect(world.elapsed).toBe(milliseconds);
  });

  test('takes a signal in its last millisecond', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Timeout: 'PT12H' }) }));
    await world.signal('SUCCESS', { after: 12 * HOUR - 1 });
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('counts its time from its own beginning, so that a chain of ten waits for five days', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `Wait${index}`);
    const chain = Object.fromEntries(names.map((name, index) => [name, wait({ Timeout: 'PT12H' }, index === 0 ? {} : { DependsOn: names[index - 1] })]));
    const { deployment } = await world.begin(stackOf(chain), 'Wait0');
    for (const logicalId of names) await world.signal('SUCCESS', { logicalId, after: 12 * HOUR - 1 });
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(world.elapsed).toBe(10 * (12 * HOUR - 1));
  });

  test('in the middle of a chain that fails leaves the rest unbegun', async () => {
    const chain = { Wait: wait({ Timeout: 'PT1H' }), Next: wait({ Timeout: 'PT1H' }, { DependsOn: 'Wait' }) };
    expect(await world.cloudFormation.deploy(STACK, stackOf(chain))).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ logicalId: 'Wait' }] });
    expect(world.elapsed).toBe(HOUR);
    expect(world.history(STACK, 'Next')).toEqual([]);
  });

  test('stays without a new signal when the stack is updated, even with another policy', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait() }));
    await world.signal();
    await deployment;
    const start = world.elapsed;
    const outcome = await world.cloudFormation.deploy(STACK, stackOf({ Wait: wait({ Count: 3 }, { Metadata: { x: 1 } }), More: { Type: 'AWS::Logs::LogGroup' } }));
    expect(outcome).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.elapsed).toBe(start);
    expect(world.history(STACK, 'Wait').filter((line) => line.startsWith('UPDATE'))).toEqual([]);
  });

  test('waits again under a new name, and the old one is deleted at once', async () => {
    const first = await world.begin(stackOf({ Wait: wait() }));
    await world.signal();
    await first.deployment;
    const second = await world.begin(stackOf({ Wait2: wait() }), 'Wait2');
    expect(world.cloudFormation.describe(STACK).status).toBe('UPDATE_IN_PROGRESS');
    // The same id is new to another resource.
    await world.signal('SUCCESS', { logicalId: 'Wait2' });
    expect(await second.deployment).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.history(STACK, 'Wait').slice(-2)).toEqual(['DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  });

  test('may take its timeout from a parameter', async () => {
    const parameters = { Parameters: { Timeout: { Type: 'String', Default: 'PT2H' } } };
    await world.cloudFormation.deploy(STACK, stackOf({ Wait: wait({ Timeout: { Ref: 'Timeout' } }) }, parameters));
    expect(world.elapsed).toBe(2 * HOUR);
  });
});

describe('while a wait condition waits', () => {
  const slow = () => customs({ Bad: { after: { Ref: 'Group' } } }).Resources as Record<string, Values>;

  test('another failure cancels it at once', async () => {
    world.handler = async ({ RequestType }) => {
      if (RequestType === 'Create') await world.clock.sleep(60_000);
      return { Status: RequestType === 'Create' ? 'FAILED' : 'SUCCESS' };
    };
    expect(await world.cloudFormation.deploy(STACK, stackOf({ Wait: wait({ Timeout: 'PT12H' }), ...slow() }))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(world.elapsed).toBe(60_000);
    expect(world.history(STACK, 'Wait').slice(2)).toEqual(['CREATE_FAILED: Resource creation cancelled', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  });

  test('the stack can be deleted', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Timeout: 'PT12H' }) }));
    const deletion = world.cloudFormation.delete(STACK);
    expect(await deployment).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await deletion).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.elapsed).toBe(0);
  });

  test('an update can be cancelled, and goes back', async () => {
    await world.cloudFormation.deploy(STACK, stackOf({}));
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Timeout: 'PT12H' }) }));
    expect(() => world.cloudFormation.deleteStack(world.cloudFormation.describe(STACK))).toThrow(/cannot be deleted while in status UPDATE_IN_PROGRESS/);
    world.cloudFormation.cancelUpdate(STACK);
    expect(await deployment).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [{ logicalId: 'Wait', reason: 'Resource creation cancelled' }] });
    expect(world.elapsed).toBe(0);
    expect(world.cloudFormation.describe(STACK).resources.has('Wait')).toBe(false);
  });

  test('time that others need passes as ever', async () => {
    world.handler = async () => {
      await world.clock.sleep(HOUR - 1);
      return {};
    };
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Timeout: 'PT12H' }), ...slow() }));
    await world.signal('SUCCESS', { after: 6 * HOUR });
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
  });
});

describe('a signal is refused', () => {
  const REFUSED: Record<string, [reason: string, template: Values, signal?: { logicalId?: string; uniqueId?: string }]> = {
    'for a resource that is not there': ['Resource Other does not exist for stack Stack', stackOf({ Wait: wait() }), { logicalId: 'Other' }],
    'for a resource that was not begun yet': [
      'Resource Next does not exist for stack Stack', stackOf({ Wait: wait(), Next: wait({}, { DependsOn: 'Wait' }) }), { logicalId: 'Next' },
    ],
    'for a resource that waits for none': ['Resource Group is of type AWS::Logs::LogGroup and cannot be signaled', stackOf({ Wait: wait() }), { logicalId: 'Group' }],
  };

  test.each(Object.entries(REFUSED))('%s', async (_, [reason, template, signal]) => {
    const { deployment } = await world.begin(template);
    await world.clock.busy(async () => {
      expect(() => world.cloudFormation.signalResource(world.cloudFormation.describe(STACK), signal?.logicalId ?? 'Wait', 'one', 'SUCCESS')).toThrow(reason);
    });
    await world.cloudFormation.delete(STACK);
    await deployment;
  });

  test('for a wait condition that is complete, while the stack goes on', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait(), Other: wait() }), 'Other');
    await world.signal();
    await new Promise(setImmediate);
    await expect(world.signal('FAILURE', { uniqueId: 'two' })).rejects.toThrow('Resource Wait is in CREATE_COMPLETE state and cannot be signaled');
    await world.signal('SUCCESS', { logicalId: 'Other' });
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('once the stack is done', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait() }));
    await world.signal();
    const { stackId } = await deployment;
    await expect(world.signal('SUCCESS', { uniqueId: 'two' })).rejects.toThrow(`Stack ${stackId} is in CREATE_COMPLETE state and cannot be signaled`);
  });

  test('under an id that was signalled before', async () => {
    const { deployment } = await world.begin(stackOf({ Wait: wait({ Count: 2 }) }));
    await world.signal();
    await expect(world.signal()).rejects.toThrow(
      'Signal with ID one for resource Wait already exists. Signals may only be updated with a FAILURE status.',
    );
    await world.signal('SUCCESS', { uniqueId: 'two' });
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(world.history(STACK, 'Wait').filter((line) => line.includes('UniqueId one'))).toHaveLength(1);
  });
});

describe('a template is refused', () => {
  const TOO_LONG = 'is longer than the maximum of 12 hours [/Resources/Wait/CreationPolicy]';
  const NO_DURATION = 'is not an ISO 8601 duration of the form PT#H#M#S [/Resources/Wait/CreationPolicy]';

  test.each<[string, Values, string]>([
    ['a timeout above 12 hours', wait({ Timeout: 'PT12H1S' }), TOO_LONG],
    ['a timeout above 12 hours, in minutes', wait({ Timeout: 'PT721M' }), TOO_LONG],
    ['a timeout in days', wait({ Timeout: 'P1D' }), NO_DURATION],
    ['an empty timeout', wait({ Timeout: 'PT' }), NO_DURATION],
    ['a timeout in seconds', wait({ Timeout: 43200 }), NO_DURATION],
    ['a timeout that is only known later', wait({ Timeout: { Ref: 'Group' } }), NO_DURATION],
    ['a negative count', wait({ Count: -1 }), 'Count -1 is not a whole number'],
    ['half a count', wait({ Count: 1.5 }), 'Count 1.5 is not a whole number'],
    ['an unknown field', wait({ Timout: 'PT1H' }), 'Timout not supported'],
    ['another kind of policy', wait({}, { CreationPolicy: { AutoScalingCreationPolicy: {} } }), 'AutoScalingCreationPolicy not supported'],
    ['no kind of policy', wait({}, { CreationPolicy: {} }), 'Invalid CreationPolicy'],
    ['properties', wait({}, { Properties: { Count: 1 } }), 'without properties only'],
    ['no policy', { Type: 'AWS::CloudFormation::WaitCondition' }, 'not those with a handle'],
    ['a policy for what takes none', { Type: 'AWS::Logs::LogGroup', CreationPolicy: { ResourceSignal: {} } }, 'AWS::Logs::LogGroup does not support CreationPolicy'],
    ['a handle', { Type: 'AWS::CloudFormation::WaitConditionHandle' }, 'Unrecognized resource types: [AWS::CloudFormation::WaitConditionHandle]'],
    ['an unknown parameter in the policy', wait({ Timeout: { Ref: 'Missing' } as Value }), 'Unresolved resource dependencies [Missing]'],
  ])('with %s', async (_, resource, reason) => {
    await expect(world.cloudFormation.deploy(STACK, stackOf({ Wait: resource }))).rejects.toThrow(reason);
    expect(world.cloudFormation.findStack(STACK)).toBeUndefined();
  });
});
