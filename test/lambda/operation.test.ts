import { FakeService } from './fake-service';
import { STACK_ID } from './harness';
import type { CustomResourceEvent, Task } from '../../lambda/events';
import { identityOf } from '../../lambda/identity';
import { isListed, isOfThisOperation, mustNotCreate, supersededBy } from '../../lambda/operation';
import { requestOf } from '../../lambda/request';
import { isAbsenceCertain, stepOf } from '../../lambda/step';
import { ResourceType } from '../../src/private/contract';

const START = Date.parse('2026-03-01T00:00:10Z');
const OPERATION = '2026-03-01T00:00:00.000Z';
const MODEL = { TrainingDatasetArn: 'arn:a' };
const OTHER = { TrainingDatasetArn: 'arn:b' };
const MODEL_NAME = identityOf(ResourceType.AUDIENCE_MODEL, STACK_ID, 'Model', MODEL).name;

const task = (RequestType: CustomResourceEvent['RequestType'], StackStatus: string, more: Partial<CustomResourceEvent> = {}): Task => ({
  Do: 'STEP',
  RetryCount: 0,
  Execution: 'execution',
  StartedAt: new Date(START).toISOString(),
  Data: {
    Event: {
      RequestId: 'request',
      RequestType,
      ResourceType: ResourceType.AUDIENCE_MODEL,
      StackId: STACK_ID,
      LogicalResourceId: 'Model',
      PhysicalResourceId: RequestType === 'Create' ? undefined : MODEL_NAME,
      ResourceProperties: MODEL,
      ...more,
    },
    Operation: { StackStatus, LastUpdatedTime: OPERATION },
  },
});
const request = (...args: Parameters<typeof task>) => requestOf(task(...args));

const OTHER_NAME = identityOf(ResourceType.AUDIENCE_MODEL, STACK_ID, 'Model', OTHER).name;
const replacement = (status: string, PhysicalResourceId: string) => request('Update', status, { OldResourceProperties: OTHER, PhysicalResourceId });

describe('the fence', () => {
  const now = (status: string, lastUpdatedTime = OPERATION) => ({ status, lastUpdatedTime });

  test.each([
    ['Create', 'CREATE_IN_PROGRESS'],
    ['Create', 'UPDATE_IN_PROGRESS'],
    ['Update', 'UPDATE_IN_PROGRESS'],
    ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS'],
    ['Delete', 'UPDATE_IN_PROGRESS'],
    ['Delete', 'DELETE_IN_PROGRESS'],
    ['Delete', 'ROLLBACK_IN_PROGRESS'],
    ['Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'],
    ['Delete', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'],
  ] as const)('lets a %s pass while the stack stays in %s', (type, status) => {
    expect(supersededBy(request(type, status), now(status))).toBeUndefined();
  });

  test.each([
    ['Create', 'CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'],
    ['Create', 'CREATE_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
    ['Create', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'],
    ['Update', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'],
    ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_IN_PROGRESS'],
    ['Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE'],
    ['Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_IN_PROGRESS'],
  ] as const)('stops a %s of %s when the stack is in %s', (type, then, status) => {
    expect(supersededBy(request(type, then), now(status))).toMatch(`made in ${then} (${OPERATION}) and the stack is now in ${status}`);
  });

  test('takes what is shown as it was before the operation for no news', () => {
    expect(supersededBy(request('Update', 'UPDATE_IN_PROGRESS'), now('CREATE_COMPLETE', '2026-02-28T23:59:59.000Z'))).toBeUndefined();
  });

  test('lets a creation pass whatever moves the time: a stack is created once', () => {
    expect(supersededBy(request('Create', 'CREATE_IN_PROGRESS'), now('CREATE_IN_PROGRESS', '2026-03-01T01:00:00.000Z'))).toBeUndefined();
    expect(supersededBy(request('Create', 'UPDATE_IN_PROGRESS'), now('UPDATE_IN_PROGRESS', '2026-03-01T01:00:00.000Z'))).toMatch('the stack is now in');
  });

  test.each([
    ['Create', 'ROLLBACK_IN_PROGRESS'],
    ['Create', 'UPDATE_ROLLBACK_IN_PROGRESS'],
    ['Create', 'DELETE_IN_PROGRESS'],
    ['Update', 'DELETE_IN_PROGRESS'],
    ['Update', 'UPDATE_COMPLETE'],
    ['Delete', 'CREATE_COMPLETE'],
    ['Delete', 'UPDATE_ROLLBACK_COMPLETE'],
  ] as const)('stops a %s that arrives in %s, which makes none', (type, status) => {
    expect(supersededBy(request(type, status), now(status))).toContain(status);
  });

  test('tells the next operation of the same kind', () => {
    expect(supersededBy(request('Create', 'UPDATE_IN_PROGRESS'), now('UPDATE_IN_PROGRESS', '2026-03-01T00:20:00.000Z'))).toContain('2026-03-01T00:20:00.000Z');
  });

  test('lets a clean-up pass that the deletion of the stack has taken over', () => {
    expect(supersededBy(request('Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'), now('DELETE_IN_PROGRESS'))).toBeUndefined();
  });
});

describe('the drain', () => {
  test.each([
    ['a rollback', replacement('UPDATE_ROLLBACK_IN_PROGRESS', 'Model-other')],
    ['the deletion in the rollback of a create', request('Delete', 'ROLLBACK_IN_PROGRESS')],
    ['a deletion by an invented physical id', request('Delete', 'DELETE_IN_PROGRESS', { PhysicalResourceId: 'Lookalike-Model-1ABCDEFGHIJKL' })],
    ['an update back from what was never answered', replacement('UPDATE_IN_PROGRESS', MODEL_NAME)],
    ['an update on from what was never answered', replacement('UPDATE_IN_PROGRESS', 'Model-other')],
  ])('%s has to wait for what was before it', (_, { afterCancellation }) => expect(afterCancellation).toBe(true));

  test.each([
    ['a create', request('Create', 'CREATE_IN_PROGRESS')],
    ['an update', replacement('UPDATE_IN_PROGRESS', OTHER_NAME)],
    ['a deletion', request('Delete', 'DELETE_IN_PROGRESS')],
    ['a clean-up', request('Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')],
  ])('%s does not', (_, { afterCancellation }) => expect(afterCancellation).toBe(false));
});

test('what is not listed is not there forty seconds after the start of the execution', () => {
  let now = START;
  const step = stepOf(task('Delete', 'DELETE_IN_PROGRESS'), { service: new FakeService(), now: () => now });
  expect([step.elapsed(), isAbsenceCertain(step)]).toEqual([0, false]);
  now = START + 39_999;
  expect([step.elapsed(), isAbsenceCertain(step)]).toEqual([39_999, false]);
  now = START + 40_000;
  expect([step.elapsed(), isAbsenceCertain(step)]).toEqual([40_000, true]);
});

test('what was created is listed after forty seconds', () => {
  expect(isListed(new Date(START), START + 39_999)).toBe(false);
  expect(isListed(new Date(START), START + 40_000)).toBe(true);
});

test.each([
  ['2026-02-28T23:59:59.000Z', false], ['2026-02-28T23:59:59.001Z', true], ['2026-03-01T00:00:00.000Z', true], ['2026-03-01T00:00:05.000Z', true],
])('what was made at %s is of this operation: %p', (time, expected) => {
  expect(isOfThisOperation(request('Create', 'CREATE_IN_PROGRESS'), new Date(time))).toBe(expected);
});

test('a rollback creates only where it is sure to be one and not the cancelled update, delivered late', () => {
  expect(mustNotCreate(replacement('UPDATE_ROLLBACK_IN_PROGRESS', 'Model-of-old'))).toBe(true);
  expect(mustNotCreate(replacement('UPDATE_ROLLBACK_IN_PROGRESS', MODEL_NAME))).toBe(false);
  expect(mustNotCreate(replacement('UPDATE_IN_PROGRESS', 'Model-of-old'))).toBe(false);
  expect(mustNotCreate(request('Update', 'UPDATE_ROLLBACK_IN_PROGRESS', { OldResourceProperties: { ...MODEL, Description: 'x' } }))).toBe(false);
});
