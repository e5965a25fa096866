import { ServiceError } from '../../lambda/errors';
import type { Operations, Service } from '../../lambda/service';
import { describeStack, describeStackResource, signalResource } from '../../lambda/stack';

/** Answers every call so. */
function answering(answer: object | ServiceError) {
  const calls: unknown[] = [];
  const service: Service = {
    call: async <Name extends keyof Operations>(operation: Name, input: Operations[Name][0]) => {
      calls.push([operation, input]);
      if (answer instanceof ServiceError) throw answer;
      return answer as Operations[Name][1];
    },
  };
  return { service, calls };
}

const failure = (operation: string, code: string) => new ServiceError(operation, code, 'm', 400);

describe('the stack', () => {
  test.each([
    [{ StackStatus: 'UPDATE_IN_PROGRESS', CreationTime: new Date(1_000), LastUpdatedTime: new Date(2_000) }, '1970-01-01T00:00:02.000Z'],
    [{ StackStatus: 'CREATE_IN_PROGRESS', CreationTime: new Date(1_000) }, '1970-01-01T00:00:01.000Z'],
  ])('%j', async (stack, lastUpdatedTime) => {
    const { service, calls } = answering({ Stacks: [stack] });
    expect(await describeStack(service, 'id')).toEqual({ status: stack.StackStatus, lastUpdatedTime });
    expect(calls).toEqual([['DescribeStacks', { StackName: 'id' }]]);
  });

  test.each([{ Stacks: [] }, {}, { Stacks: [{}] }])('that is not described is an error: %j', async (answer) => {
    await expect(describeStack(answering(answer).service, 'id')).rejects.toMatchObject({ operation: 'DescribeStacks', code: 'NoStack' });
  });
});

describe('a resource of the stack', () => {
  test('has a status, and since when', async () => {
    const { service, calls } = answering({ StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS', LastUpdatedTimestamp: new Date(1_000) } });
    expect(await describeStackResource(service, 'id', 'Window1')).toEqual({ status: 'CREATE_IN_PROGRESS', updateTime: new Date(1_000) });
    expect(calls).toEqual([['DescribeStackResource', { StackName: 'id', LogicalResourceId: 'Window1' }]]);
  });

  test.each([{}, { StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS' } }, { StackResourceDetail: { LastUpdatedTimestamp: new Date(0) } }])(
    'of which too little is said has none: %j', async (answer) => {
      expect(await describeStackResource(answering(answer).service, 'id', 'Window1')).toBeUndefined();
    });

  test('that is not there yet has none', async () => {
    expect(await describeStackResource(answering(failure('DescribeStackResource', 'ValidationError')).service, 'id', 'Window1')).toBeUndefined();
  });

  test('of which nothing is to be had is an error', async () => {
    await expect(describeStackResource(answering(failure('DescribeStackResource', 'Throttling')).service, 'id', 'Window1'))
      .rejects.toMatchObject({ operation: 'DescribeStackResource', code: 'Throttling', status: 400 });
  });

  test('takes a signal, which counts once however often it is sent', async () => {
    const { service, calls } = answering({});
    await signalResource(service, 'id', 'Window1');
    await signalResource(service, 'id', 'Window1');
    const signal = ['SignalResource', { StackName: 'id', LogicalResourceId: 'Window1', Status: 'SUCCESS', UniqueId: 'training' }];
    expect(calls).toEqual([signal, signal]);
  });

  test('that takes no signal is an error', async () => {
    await expect(signalResource(answering(failure('SignalResource', 'ValidationError')).service, 'id', 'Window1'))
      .rejects.toMatchObject({ operation: 'SignalResource', code: 'ValidationError', status: 400 });
  });
});
