import { Kms } from '../../../local-aws/kms/kms';
import { Logs } from '../../../local-aws/logs/logs';
import { ACCOUNT, codeOf, newIam, policy } from '../account';

let kms: Kms;
let logs: Logs;
beforeEach(() => {
  kms = new Kms(ACCOUNT, newIam());
  logs = new Logs(ACCOUNT, kms);
});

test('a log group is created, updated and deleted', async () => {
  expect((await logs.createLogGroup({ logGroupName: '/aws/lambda/fn' })).arn).toBe('arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/fn:*');
  await logs.updateLogGroup({ logGroupName: '/aws/lambda/fn', retentionInDays: 7 });
  expect(logs.logGroups()).toEqual([{ logGroupName: '/aws/lambda/fn', retentionInDays: 7 }]);
  logs.deleteLogGroup('/aws/lambda/fn');
  expect(logs.logGroups()).toEqual([]);
});

test('a log group exists once, under a name that is allowed', async () => {
  await logs.createLogGroup({ logGroupName: 'a' });
  expect(await codeOf(() => logs.createLogGroup({ logGroupName: 'a' }))).toBe('ResourceAlreadyExistsException');
  const both = await Promise.allSettled([1, 3].map(async (retentionInDays) => logs.createLogGroup({ logGroupName: 'b', retentionInDays })));
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await codeOf(() => logs.createLogGroup({ logGroupName: 'a b' }))).toBe('InvalidParameterException');
  expect(await codeOf(() => logs.createLogGroup({ logGroupName: 'a'.repeat(513) }))).toBe('InvalidParameterException');
});

test('what does not exist cannot be changed', async () => {
  expect(await codeOf(() => logs.updateLogGroup({ logGroupName: 'a' }))).toBe('ResourceNotFoundException');
  expect(await codeOf(() => logs.deleteLogGroup('a'))).toBe('ResourceNotFoundException');
});

test('a log group keeps what is in it for one of some times', async () => {
  for (const retentionInDays of [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]) {
    await logs.createLogGroup({ logGroupName: `${retentionInDays}`, retentionInDays });
  }
  for (const retentionInDays of [0, 2, 366, 3654, 1.5]) {
    await expect(logs.createLogGroup({ logGroupName: 'a', retentionInDays })).rejects.toMatchObject({
      name: 'InvalidParameterException', status: 400, message: expect.stringContaining(`Value '${retentionInDays}' at 'retentionInDays'`),
    });
    expect(await codeOf(() => logs.updateLogGroup({ logGroupName: '1', retentionInDays }))).toBe('InvalidParameterException');
  }
  expect(logs.hasLogGroup('a')).toBe(false);
});

describe('a log group with a key', () => {
  const arn = 'arn:aws:logs:us-east-1:111122223333:log-group:a';
  const refusal = {
    name: 'InvalidParameterException', status: 400, message: `The specified KMS key does not exist or is not allowed to be used with Arn '${arn}'`,
  };
  const keyFor = (Service: string, Condition?: object) => kms.createKey({
    keyPolicy: policy({
      Effect: 'Allow', Principal: { Service }, Action: ['kms:Decrypt*', 'kms:GenerateDataKey*'], Resource: '*', ...(Condition && { Condition }),
    }),
  }).arn;
  const create = async (kmsKeyId: string) => logs.createLogGroup({ logGroupName: 'a', kmsKeyId });

  test.each<[string, object | undefined]>([
    ['any log group', undefined],
    ['this log group', { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': arn } }],
  ])('is created where the key lets the service in for %s', async (_, condition) => {
    await create(keyFor('logs.us-east-1.amazonaws.com', condition));
    expect(logs.hasLogGroup('a')).toBe(true);
  });

  test.each<[string, () => string]>([
    ['is not there', () => 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000'],
    ['lets only the account in', () => kms.createKey().arn],
    ['lets another service in', () => keyFor('lambda.amazonaws.com')],
    ['lets the service of another Region in', () => keyFor('logs.eu-west-1.amazonaws.com')],
    ['lets the service in for another log group', () => keyFor('logs.us-east-1.amazonaws.com', { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': `${arn}b` } })],
  ])('is refused where the key %s', async (_, key) => {
    await expect(create(key())).rejects.toMatchObject(refusal);
    expect(logs.logGroups()).toEqual([]);
    await logs.createLogGroup({ logGroupName: 'a' });
    await expect(logs.updateLogGroup({ logGroupName: 'a', kmsKeyId: key() })).rejects.toMatchObject(refusal);
    expect(logs.logGroups()).toEqual([{ logGroupName: 'a' }]);
  });
});
