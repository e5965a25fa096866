import { STACK_ID } from './harness';
import type { Tags } from '../../lambda/detail';
import type { CustomResourceEvent } from '../../lambda/events';
import { isForGood, isUnlearnt, Verdict, verdictOnOther, verdictOnOwn, verdictOnUnlearnt } from '../../lambda/garbage';
import { Request, requestOf } from '../../lambda/request';
import { retainedBy } from '../../lambda/tags';
import { Fate, OwnershipTag, ResourceType } from '../../src/private/contract';

const BEGAN = '2026-03-01T12:00:00.000Z';

function request(RequestType: CustomResourceEvent['RequestType'], StackStatus: string, LastUpdatedTime = BEGAN): Request {
  const Event: CustomResourceEvent = {
    RequestType,
    RequestId: 'id',
    ResourceType: ResourceType.AUDIENCE_MODEL,
    StackId: STACK_ID,
    LogicalResourceId: 'Model',
    ...RequestType !== 'Create' && { PhysicalResourceId: 'known' },
    ResourceProperties: { Generation: '2' },
    ...RequestType === 'Update' && { OldResourceProperties: {} },
  };
  return requestOf({ Data: { Event, Operation: { StackStatus, LastUpdatedTime } }, StartedAt: BEGAN, Execution: 'execution' });
}

const tags = (logicalId: string, fate = '', stackId = STACK_ID): Tags =>
  ({ [OwnershipTag.STACK_ID]: stackId, [OwnershipTag.LOGICAL_ID]: logicalId, [OwnershipTag.IDENTITY]: `${fate}0123456789abcdef` });

const FOUND = {
  'own': tags('Model'),
  'own, kept': tags('Model', Fate.KEPT),
  'own, retained': tags('Model', Fate.RETAINED),
  'of another': tags('Other'),
  'of another, kept': tags('Other', Fate.KEPT),
  'of another, retained': tags('Other', Fate.RETAINED),
  'kept, of another stack': tags('Model', Fate.KEPT, `${STACK_ID}0`),
  'without tags': {},
};

const STAYS: Readonly<Record<string, Verdict>> = Object.fromEntries(Object.keys(FOUND).map((found) => [found, 'STAYS']));
const CLEANUP: typeof STAYS = { ...STAYS, 'own, kept': 'GOES_UNLESS_NEEDED', 'of another, kept': 'GOES_UNLESS_NEEDED' };
const END: typeof STAYS = { ...CLEANUP, own: 'GOES_UNLESS_NEEDED' };

const now = (bears: Tags) => ({ tags: bears, createTime: new Date(Date.parse(BEGAN) + 1) });
const before = (bears: Tags) => ({ tags: bears, createTime: new Date(Date.parse(BEGAN) - 60_000) });

describe.each([
  ['Create', 'CREATE_IN_PROGRESS', { unlearnt: 'IS_KEPT' }],
  ['Update', 'UPDATE_IN_PROGRESS', { unlearnt: 'IS_KEPT' }],
  ['Delete', 'UPDATE_IN_PROGRESS', { own: 'GOES_UNLESS_TRAINED' }],
  ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS', { unlearnt: 'GOES_UNLESS_TRAINED' }],
  ['Delete', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', { own: 'GOES_UNLESS_TRAINED' }],
  ['Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', { own: 'GOES', others: CLEANUP }],
  ['Delete', 'DELETE_IN_PROGRESS', { own: 'GOES', others: END }],
  ['Delete', 'ROLLBACK_IN_PROGRESS', { own: 'GOES', others: END }],
] as const)('a %s in %s:', (type, status, expected) => {
  const one = request(type, status);

  if ('own' in expected) {
    test(`what it is for ${expected.own}`, () => {
      for (const bears of [FOUND.own, FOUND['own, retained'], {}]) expect(verdictOnOwn({ tags: bears }, one)).toBe(expected.own);
    });
    const again = expected.own === 'GOES' ? 'GOES' : 'IS_LEFT';
    test.each([Fate.TAKEN_UP, `${Fate.RETAINED}${Fate.TAKEN_UP}`])(`what had been retained, and was taken up, ${again} (%s)`, (fate) => {
      expect(verdictOnOwn({ tags: tags('Model', fate) }, one)).toBe(again);
    });
  }
  if ('unlearnt' in expected) {
    test(`what CloudFormation never learnt of ${expected.unlearnt}`, () => {
      for (const bears of [FOUND.own, FOUND['own, retained'], {}]) expect(verdictOnUnlearnt(now(bears), one)).toBe(expected.unlearnt);
      expect(verdictOnUnlearnt(before(FOUND.own), one)).toBe(expected.unlearnt);
      expect(verdictOnUnlearnt(before(tags('Model', retainedBy(one))), one)).toBe(expected.unlearnt);
    });
    test.each([
      ['before', FOUND['own, retained']],
      ['by another deployment', tags('Model', retainedBy(request(type, status, '2026-02-28T12:00:00.000Z')))],
    ])('what was retained %s STAYS', (_, bears) => expect(verdictOnUnlearnt(before(bears), one)).toBe('STAYS'));
  }

  test(`it is ${'others' in expected ? '' : 'not '}for good`, () => expect(isForGood(one)).toBe('others' in expected));
  if ('others' in expected) {
    test.each(Object.entries(FOUND))('what is %s', (found, bears) => expect(verdictOnOther({ tags: bears, status: 'ACTIVE' }, one)).toBe(expected.others[found]));
    test.each([
      ['own', FOUND.own, 'GOES_UNLESS_NEEDED'],
      ['of another', FOUND['of another'], 'GOES_UNLESS_NEEDED'],
      ['retained', FOUND['of another, retained'], 'STAYS'],
      ['of another stack', tags('Model', '', `${STACK_ID}0`), 'STAYS'],
      ['without tags', {}, 'STAYS'],
    ])('what could not be deleted and is %s', (_, bears, verdict) => expect(verdictOnOther({ tags: bears, status: 'DELETE_FAILED' }, one)).toBe(verdict));
    test('what goes already is waited for at the end of the stack alone', () => {
      const verdict = verdictOnOther({ tags: FOUND['of another'], status: 'DELETE_IN_PROGRESS' }, one);
      expect(verdict).toBe(status.startsWith('UPDATE_') ? 'STAYS' : 'GOES_UNLESS_NEEDED');
    });
  }
});

describe('CloudFormation may never have learnt, in a rollback, of', () => {
  const one = request('Update', 'UPDATE_ROLLBACK_IN_PROGRESS');
  const made = (name: string, milliseconds = 1) =>
    ({ arn: 'arn', status: 'ACTIVE', name, createTime: new Date(Date.parse(BEGAN) + milliseconds) });

  test.each([
    ['what the update made', made('another'), true],
    ['not what was there before', made('another', -1_000), false],
    ['not what the stack goes back to', made(one.identity.name), false],
    ['not what it will delete by itself', made('known'), false],
  ])('%s', (_, found, expected) => expect(isUnlearnt(found, one)).toBe(expected));
});
