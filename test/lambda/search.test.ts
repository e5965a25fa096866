import type { Detail, Summary } from '../../lambda/detail';
import { NotYet, ServiceError } from '../../lambda/errors';
import type { Kind } from '../../lambda/kind';
import { byWorth, observe, tagged } from '../../lambda/search';
import type { Step } from '../../lambda/step';

const arnOf = (name: string) => `arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-model/0000-${name.padStart(12, '0')}`;

function detail(name: string, status = 'ACTIVE', minute = 0): Detail {
  const time = new Date(minute * 60_000);
  return { arn: arnOf(name), name, status, createTime: time, updateTime: time };
}

/** What is listed: the tags of each, or the error of the call that reads them; and what is there when it is looked at. */
function world(listed: Readonly<Record<string, Record<string, string> | ServiceError | undefined>>, there = Object.keys(listed)) {
  const read: string[] = [];
  const call = async (_operation: string, { resourceArn }: { resourceArn: string }) => {
    const name = Object.keys(listed).find((one) => arnOf(one) === resourceArn)!;
    read.push(name);
    const tags = listed[name];
    if (tags instanceof ServiceError) throw tags;
    if (tags === undefined) throw new ServiceError('ListTagsForResource', 'ResourceNotFoundException', 'gone', 404);
    return { tags };
  };
  const get = async (arn: string) => there.filter((name) => arnOf(name) === arn).map((name) => detail(name)).at(0);
  return {
    read,
    all: Object.keys(listed).map((name): Summary => detail(name)),
    kind: { noun: 'audience model', get } as unknown as Kind,
    step: { request: { logicalId: 'Model' }, service: { call }, note: () => undefined } as unknown as Step,
  };
}

const OURS = { owner: 'ours' };
const THEIRS = { owner: 'theirs' };
const isOurs = ({ owner }: Readonly<Record<string, string>>) => owner === 'ours';
const THROTTLED = new ServiceError('ListTagsForResource', 'ThrottlingException', 'slow down', 429);

test('what lives is worth more than what failed, that more than what goes, and of each the oldest, the same one in every step', () => {
  const sorted = [
    detail('a', 'CREATE_PENDING', 1), detail('b', 'ACTIVE', 2), detail('c', 'CREATE_IN_PROGRESS', 2),
    detail('d', 'CREATE_FAILED', 0), detail('e', 'CREATE_FAILED', 1),
    detail('f', 'DELETE_FAILED', 0), detail('g', 'DELETE_IN_PROGRESS', 1), detail('h', 'DELETE_PENDING', 2),
  ].map((one) => ({ detail: one }));
  expect(byWorth([...sorted].reverse())).toEqual(sorted);
  expect(byWorth(sorted)).toEqual(sorted);
});

describe('what is known by its tags', () => {
  test('is found among others, and not what has gone meanwhile', async () => {
    const { kind, step, all } = world({ one: OURS, two: THEIRS, gone: OURS, unread: undefined, three: OURS }, ['one', 'two', 'three']);
    expect((await tagged(kind, step, all, isOurs)).map((found) => found.detail.name)).toEqual(['one', 'three']);
  });

  test('is not taken for all there is where tags could not be read; and what is not meant is read once', async () => {
    const passed: string[] = [];
    const { kind, step, all, read } = world({ one: THEIRS, two: THROTTLED, three: OURS, four: THEIRS });
    await expect(tagged(kind, step, all, isOurs, passed)).rejects.toBe(THROTTLED);
    expect(read).toEqual(['one', 'two', 'three', 'four']);
    await expect(tagged(kind, step, all, isOurs, passed)).rejects.toBe(THROTTLED);
    expect(read.slice(4)).toEqual(['two', 'three']);
  });
});

test.each<[string, Parameters<typeof world>]>([
  ['it is not there', [{ one: OURS }, []]],
  ['its tags are not', [{ one: undefined }]],
])('what is listed is waited for where %s', async (_, given) => {
  const { kind, step, all } = world(...given);
  await expect(observe(kind, all[0], step)).rejects.toThrow(new NotYet(`audience model one (${arnOf('one')}) is listed but not visible`));
});
