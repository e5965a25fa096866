import { customs, FUNCTION_ARN, World } from './world';
import { AwsError } from '../../../local-aws/aws';

const STACK = 'Stack';

describe('what a custom resource is sent', () => {
  test('has all fields, with scalars as strings', async () => {
    const world = new World();
    const outcome = await world.cloudFormation.deploy(STACK, customs({
      A: { Number: 1, Flag: true, List: [1, { Deep: false }], Nothing: { Ref: 'AWS::NoValue' }, $: { Type: 'Custom::Thing' } },
    }));
    expect(world.received).toEqual([{
      RequestType: 'Create',
      ServiceToken: FUNCTION_ARN,
      ResponseURL: expect.stringMatching(/^https:/),
      StackId: outcome.stackId,
      RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      LogicalResourceId: 'A',
      ResourceType: 'Custom::Thing',
      ResourceProperties: { ServiceToken: FUNCTION_ARN, Number: '1', Flag: 'true', List: ['1', { Deep: 'false' }] },
    }]);
    expect(outcome.stackId).toMatch(/^arn:aws:cloudformation:us-east-1:111122223333:stack\/Stack\/[0-9a-f-]{36}$/);
  });

  test('has a request id and a response URL of its own each time', async () => {
    const world = new World();
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }));
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 } }));
    await world.cloudFormation.delete(STACK);
    expect(new Set(world.received.map(({ RequestId }) => RequestId)).size).toBe(3);
    expect(new Set(world.received.map(({ ResponseURL }) => ResponseURL)).size).toBe(3);
    expect(world.received[2]).not.toHaveProperty('OldResourceProperties');
  });

  test('is the same for the same history', async () => {
    const run = async () => {
      const world = new World();
      await world.cloudFormation.deploy(STACK, customs({ A: {}, B: {} }));
      return world.received;
    };
    expect(await run()).toEqual(await run());
  });
});

describe('how long CloudFormation waits', () => {
  test.each([[undefined, 3600], [1, 1], [600, 600], [3600, 3600]])('with a ServiceTimeout of %s: %s seconds', async (ServiceTimeout, seconds) => {
    const world = new World();
    world.handler = ({ RequestType }) => (RequestType === 'Create' ? undefined : {});
    const start = world.clock.now();
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: ServiceTimeout === undefined ? {} : { ServiceTimeout } }));
    expect(world.clock.now() - start).toBe(seconds * 1000);
    expect(outcome.failures[0].reason).toContain(
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${world.received[0].RequestId}].`,
    );
    expect(world.story[1]).toMatch(/^Delete A Stack-A-[A-Z0-9]{12}$/);
  });

  test.each([0, 3601, 1.5, 'soon'])('refuses a ServiceTimeout of %s', async (ServiceTimeout) => {
    const world = new World();
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { ServiceTimeout } }))).toMatchObject({
      status: 'ROLLBACK_COMPLETE', failures: [{ reason: expect.stringContaining('ServiceTimeout must be between 1 and 3600') }],
    });
    expect(world.received).toEqual([]);
  });

  test('takes an answer just before the end', async () => {
    const world = new World();
    world.handler = async (event) => {
      await world.clock.sleep(3_599_999);
      return { PhysicalResourceId: event.LogicalResourceId };
    };
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {} }))).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('fails the deletion of a stack whose resource never answers', async () => {
    const world = new World();
    world.handler = ({ RequestType }) => (RequestType === 'Create' ? {} : undefined);
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_FAILED', failures: [{ logicalId: 'A' }] });
  });
});

describe('what a custom resource may answer', () => {
  const sized = (bytes: number, { StackId, RequestId, LogicalResourceId }: { StackId: string; RequestId: string; LogicalResourceId: string }) => {
    const fields = { Status: 'SUCCESS', StackId, RequestId, LogicalResourceId, PhysicalResourceId: 'A', Data: { x: '' } };
    return JSON.stringify({ ...fields, Data: { x: 'x'.repeat(bytes - JSON.stringify(fields).length) } });
  };

  test.each([[4096, 'CREATE_COMPLETE'], [4097, 'ROLLBACK_COMPLETE']])('with %s bytes: %s', async (bytes, status) => {
    const world = new World();
    world.handler = (event) => (event.RequestType === 'Create' ? sized(bytes, event) : {});
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(outcome.status).toBe(status);
    if (bytes > 4096) expect(outcome.failures[0].reason).toBe('Response object is too long.');
  });

  test.each([
    ['no JSON', 'not JSON', /not a JSON object/],
    ['no object', '[]', /not a JSON object/],
    ['an unknown status', { Status: 'DONE' }, /Invalid Status/],
    ['another stack', { StackId: 'other' }, /Invalid StackId/],
    ['another request', { RequestId: 'other' }, /Invalid RequestId/],
    ['another resource', { LogicalResourceId: 'other' }, /Invalid LogicalResourceId/],
    ['an empty physical id', { PhysicalResourceId: '' }, /Invalid PhysicalResourceId/],
    ['a physical id above 1 KB', { PhysicalResourceId: 'x'.repeat(1025) }, /Invalid PhysicalResourceId/],
    ['a physical id above 1 KB in fewer characters', { PhysicalResourceId: 'ü'.repeat(513) }, /Invalid PhysicalResourceId/],
    ['a physical id that is a number', { PhysicalResourceId: 1 as never }, /Invalid PhysicalResourceId/],
    ['no status', { Status: null as never }, /Invalid Status/],
  ])('refuses %s, and deletes under an invented id', async (_, answer, reason) => {
    const world = new World();
    world.handler = ({ RequestType }) => (RequestType === 'Create' ? answer : {});
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expect(outcome.failures[0].reason).toMatch(reason);
    expect(world.story[1]).toMatch(/^Delete A Stack-A-[A-Z0-9]{12}$/);
  });

  test.each(['x'.repeat(1024), 'ü'.repeat(512)])('with a physical id of exactly 1,024 bytes', async (PhysicalResourceId) => {
    const world = new World();
    world.handler = () => ({ PhysicalResourceId });
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {} }))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(world.cloudFormation.describe(STACK).resources.get('A')?.physicalId).toBe(PhysicalResourceId);
  });

  test.each([1, true, ['text'], {}])('with a reason that is no text, which is none: %j', async (Reason) => {
    const world = new World();
    world.handler = ({ RequestType }) => ({ Status: RequestType === 'Create' ? 'FAILED' : 'SUCCESS', Reason: Reason as never });
    const { failures } = await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(failures[0].reason).toMatch(/ Message returned: {2}\(RequestId: [0-9a-f-]+\)$/);
  });

  test('only counts once', async () => {
    const world = new World();
    world.handler = (event) => {
      world.answer(event, { PhysicalResourceId: 'first' });
      return { Status: 'FAILED' };
    };
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(world.cloudFormation.describe(STACK).resources.get('A')?.physicalId).toBe('first');
  });

  test('may be a failure to create, whose id is deleted', async () => {
    const world = new World();
    world.handler = ({ RequestType }) => ({ Status: RequestType === 'Create' ? 'FAILED' : 'SUCCESS', PhysicalResourceId: 'half-made' });
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(world.story).toEqual(['Create A', 'Delete A half-made']);
  });

  test('cannot change the id by a Delete', async () => {
    const world = new World();
    world.handler = ({ RequestType }) => ({ PhysicalResourceId: RequestType });
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story).toEqual(['Create A', 'Delete A Create']);
  });
});

describe('the function behind a custom resource', () => {
  test('has to be the ARN of a Lambda function', async () => {
    const world = new World();
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { ServiceToken: 'arn:aws:sns:us-east-1:111122223333:topic' } })))
      .toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ reason: expect.stringContaining('Invalid service token.') }] });
  });

  test('has to exist', async () => {
    const world = new World();
    world.refused.set(`lambda.invokeAsync(${FUNCTION_ARN})`, new AwsError('ResourceNotFoundException', 'Function not found', 404));
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(outcome.failures[0]).toMatchObject({ logicalId: 'A', reason: 'Function not found' });
  });

  test('has to be one that the stack may invoke', async () => {
    const world = new World();
    world.denied.add('lambda:InvokeFunction');
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(outcome.failures[0].reason).toContain('is not authorized to perform: lambda:InvokeFunction');
    expect(world.received).toEqual([]);
  });
});
