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

  test.each(['sigv4', 'sigv2', 'undated'] as const)('has a response URL of the style that is set: %s', async (responseUrls) => {
    const world = new World({ responseUrls });
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    expect(world.received[0].ResponseURL.split('?')[1]).toBe(responseUrls === 'sigv4' ? undefined : responseUrls);
  });

  test('has an id of an operation before, where ids are used again, and nobody listens to the answer of then', async () => {
    const world = new World({ reusesRequestIds: true });
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 }, B: {} }));
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, B: {} }));
    await world.cloudFormation.delete(STACK);
    const idsOf = (logicalId: string) => world.received.filter((event) => event.LogicalResourceId === logicalId).map(({ RequestId }) => RequestId);
    expect(idsOf('A')).toHaveLength(3);
    expect(new Set(idsOf('A')).size).toBe(1);
    expect(new Set(idsOf('B')).size).toBe(1);
    expect(idsOf('B')[0]).not.toBe(idsOf('A')[0]);
    const [{ StackId, RequestId }] = world.received;
    expect(world.calls.filter((call) => call === `s3.forgetResponse(${StackId}|A|${RequestId})`)).toHaveLength(3);
  });

  test('has an id of its own within one operation, also where ids are used again', async () => {
    const world = new World({ reusesRequestIds: true });
    world.handler = ({ LogicalResourceId, RequestType }) => (LogicalResourceId === 'B' && RequestType === 'Create' ? { Status: 'FAILED' } : {});
    await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { $: { DependsOn: 'A' } } }));
    expect(world.story).toEqual(['Create A', 'Create B', 'Delete B B-1', 'Delete A A-1']);
    expect(new Set(world.received.map(({ RequestId }) => RequestId)).size).toBe(4);
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

test.each([['first', 'A-1'], ['last', 'A-2']] as const)('of two answers the %s counts where that is how it is', async (answerTaken, physicalId) => {
  const world = new World({ answerTaken });
  world.handler = (event) => {
    world.answer(event, { PhysicalResourceId: 'A-1' });
    return { PhysicalResourceId: 'A-2' };
  };
  await world.cloudFormation.deploy(STACK, customs({ A: {} }));
  expect(world.cloudFormation.resources(world.cloudFormation.stack(STACK))).toMatchObject([{ physicalId }]);
});

test.each([['capitals', /^Stack-A-[A-Z0-9]{12}$/], ['mixed case', /^Stack-A-(?=.*[a-z])[A-Za-z0-9]{12}$/]] as const)('an id that is invented ends in %s', async (inventedIds, id) => {
  const world = new World({ inventedIds });
  world.handler = ({ RequestType }) => (RequestType === 'Create' ? 'no answer that counts' : {});
  await world.cloudFormation.deploy(STACK, customs({ A: {} }));
  expect(world.received[1].PhysicalResourceId).toMatch(id);
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

  test('has to be named', async () => {
    const world = new World();
    const { failures } = await world.cloudFormation.deploy(STACK, { Resources: { A: { Type: 'Custom::Thing', Properties: { x: 1 } } } });
    expect(failures).toMatchObject([{ reason: expect.stringContaining('required key [ServiceToken] not found') }]);
    expect(world.received).toEqual([]);
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

describe('when the stack was last updated', () => {
  /** An update of five minutes that fails: the time it had when its rollback began and ended, in minutes after the update began. */
  async function rollback(rollbackMovesTime: boolean): Promise<{ readonly before: number; readonly during: number; readonly after: number }> {
    const world = new World({ rollbackMovesTime });
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }));
    await world.clock.sleep(60 * 60_000);
    const begun = world.clock.now();
    const times: number[] = [];
    world.handler = async ({ ResourceProperties: { x } }) => {
      times.push(Date.parse(world.cloudFormation.stack(STACK).lastUpdatedTime ?? '') - begun);
      await world.clock.sleep(5 * 60_000);
      return x === '2' ? { Status: 'FAILED', Reason: 'no' } : {};
    };
    expect((await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 } }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const after = Date.parse(world.cloudFormation.stack(STACK).lastUpdatedTime ?? '') - begun;
    expect(times).toHaveLength(2);
    const [before, during] = times;
    return { before: Math.round(before / 60_000), during: Math.round(during / 60_000), after: Math.round(after / 60_000) };
  }

  test('is when the update began, also in its rollback', async () => {
    expect(await rollback(false)).toEqual({ before: 0, during: 0, after: 0 });
  });

  test('is when the rollback began, where that is set', async () => {
    expect(await rollback(true)).toEqual({ before: 0, during: 5, after: 5 });
  });
});
