import { STACK_ID } from './harness';
import { ServiceError } from '../../lambda/errors';
import type { IsCompleteRequest } from '../../lambda/events';
import { identityOf } from '../../lambda/identity';
import { isAbsenceCertain, isDrained, isListed, isOfThisOperation, isOver, mayTryToCreate, mustNotCreate, supersededBy } from '../../lambda/operation';
import { requestOf } from '../../lambda/request';
import { ResourceType } from '../../src/private/contract';

const START = Date.parse('2026-03-01T00:00:10Z');
const OPERATION = '2026-03-01T00:00:00.000Z';
const MODEL = { TrainingDatasetArn: 'arn:a' };
const OTHER = { TrainingDatasetArn: 'arn:b' };
const MODEL_NAME = identityOf(ResourceType.AUDIENCE_MODEL, STACK_ID, 'Model', MODEL).name;

const request = (RequestType: IsCompleteRequest['RequestType'], StackStatus: string, more: Partial<IsCompleteRequest> = {}, previousId?: string) => requestOf({
  RequestId: 'request',
  RequestType,
  ResourceType: ResourceType.AUDIENCE_MODEL,
  StackId: STACK_ID,
  LogicalResourceId: 'Model',
  PhysicalResourceId: MODEL_NAME,
  ResourceProperties: MODEL,
  Operation: { StackStatus, LastUpdatedTime: OPERATION, StartedAt: new Date(START).toISOString(), PreviousPhysicalResourceId: previousId },
  ...more,
});

const replacement = (status: string, previousId?: string) => request('Update', status, { OldResourceProperties: OTHER }, previousId);

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
  ])('%s waits for thirty seconds', (_, waiting) => {
    expect(isDrained(waiting, START + 29_999)).toBe(false);
    expect(isDrained(waiting, START + 30_000)).toBe(true);
  });

  test.each([
    ['a create', request('Create', 'CREATE_IN_PROGRESS')],
    ['an update', replacement('UPDATE_IN_PROGRESS', 'Model-other')],
    ['a deletion', request('Delete', 'DELETE_IN_PROGRESS')],
    ['a clean-up', request('Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')],
  ])('%s does not', (_, running) => expect(isDrained(running, START)).toBe(true));
});

test.each([
  [-1, true], [0, true], [7_999, true], [8_000, false], [38_999, false], [39_000, true], [47_999, true], [48_000, false],
  [3_287_999, true], [3_288_000, false],
  [3_300_000, false], [3_330_000, false],
])('after %i ms it may try to create: %p', (since, expected) => {
  expect(mayTryToCreate(request('Create', 'CREATE_IN_PROGRESS'), START + since)).toBe(expected);
});

test('what is not listed is not there after thirty seconds', () => {
  expect(isAbsenceCertain(request('Delete', 'DELETE_IN_PROGRESS'), START + 29_999)).toBe(false);
  expect(isAbsenceCertain(request('Delete', 'DELETE_IN_PROGRESS'), START + 30_000)).toBe(true);
});

test('what was created shows in a list after thirty seconds', () => {
  expect(isListed(new Date(START), START + 29_999)).toBe(false);
  expect(isListed(new Date(START), START + 30_000)).toBe(true);
});

const failure = (operation: string) => new ServiceError(operation, 'ThrottlingException', 'slow down', 429);

test.each([
  ['a step', new Error('waiting'), 3_299_999, false],
  ['a step', new Error('waiting'), 3_300_000, true],
  ['a failed call', failure('DeleteAudienceModel'), 3_299_999, false],
  ['a failed call', failure('DeleteAudienceModel'), 3_300_000, true],
  ['a failed create', failure('CreateAudienceModel'), 3_259_999, false],
  ['a failed create, which is the last,', failure('CreateAudienceModel'), 3_280_000, true],
])('%s (%s) after %i ms ends the request: %p', (_, reason, since, expected) => {
  expect(isOver(request('Create', 'CREATE_IN_PROGRESS'), START + since, reason)).toBe(expected);
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
  expect(mustNotCreate(request('Update', 'UPDATE_ROLLBACK_IN_PROGRESS', { OldResourceProperties: { ...MODEL, Description: 'x' } }, MODEL_NAME))).toBe(false);
});
