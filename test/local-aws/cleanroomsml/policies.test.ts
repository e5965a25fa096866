import * as crypto from 'node:crypto';
import { createConfigured, ROOT } from './fixture';

const ACTION = 'cleanrooms-ml:StartAudienceGenerationJob';
const JOBS = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-generation-job/*';

const setUp = async (settings: Parameters<typeof createConfigured>[0] = {}) => {
  const fixture = await createConfigured(settings);
  const { service, configuredAudienceModelArn } = fixture;
  const statement = {
    Sid: 'Clean-Rooms-CAMA-ID',
    Effect: 'Allow',
    Principal: { AWS: ['444455556666'] },
    Action: [ACTION],
    Resource: [configuredAudienceModelArn, JOBS],
    Condition: { StringEquals: { 'cleanrooms-ml:CollaborationId': '01234567-89ab-4def-8123-456789abcdef' } },
  };
  const documentOf = (changes: object = {}) => JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...changes }] });
  const put = (document = documentOf(), conditions: { previousPolicyHash?: string; policyExistenceCondition?: 'POLICY_MUST_EXIST' | 'POLICY_MUST_NOT_EXIST' } = {}) =>
    service.putConfiguredAudienceModelPolicy(ROOT, { configuredAudienceModelArn, configuredAudienceModelPolicy: document, ...conditions });
  const get = () => service.getConfiguredAudienceModelPolicy(ROOT, { configuredAudienceModelArn });
  const remove = () => service.deleteConfiguredAudienceModelPolicy(ROOT, { configuredAudienceModelArn });
  return { ...fixture, documentOf, put, get, remove };
};

test('the documented policy is stored as it is, with a hash of its text', async () => {
  const { service, put, get, documentOf, configuredAudienceModelArn } = await setUp();
  const policyHash = crypto.createHash('sha256').update(documentOf()).digest('hex');
  expect(await put()).toEqual({ configuredAudienceModelPolicy: documentOf(), policyHash });
  expect(await get()).toEqual({ configuredAudienceModelArn, configuredAudienceModelPolicy: documentOf(), policyHash });
  expect(service.policies()).toEqual({ [configuredAudienceModelArn]: documentOf() });
});

test.each<[string, object, string]>([
  ['another action', { Action: 'cleanrooms-ml:GetAudienceModel' }, `the action cleanrooms-ml:GetAudienceModel is not supported, only ${ACTION} is`],
  ['all actions', { Action: 'cleanrooms-ml:*' }, 'the action cleanrooms-ml:* is not supported'],
  ['another resource', { Resource: ['arn:aws:cleanrooms-ml:us-east-1:111122223333:configured-audience-model/other'] }, 'is neither'],
  ['any resource', { Resource: '*' }, 'the resource * is neither'],
  ['any principal', { Principal: '*' }, 'Principal must be AWS accounts, users or roles'],
  ['any account', { Principal: { AWS: '*' } }, '* is not an AWS account, user or role'],
  ['a service', { Principal: { Service: 'lambda.amazonaws.com' } }, 'Principal must be AWS accounts, users or roles'],
  ['no principal', { Principal: undefined }, 'Missing required field Principal'],
  ['everybody but one', { Principal: undefined, NotPrincipal: { AWS: '444455556666' } }, 'NotPrincipal is not supported'],
  ['an unknown element', { Comment: 'x' }, 'Syntax errors in policy'],
  ['an unknown effect', { Effect: 'Maybe' }, 'Syntax errors in policy'],
])('%s is refused', async (_case, changes, message) => {
  const { put, documentOf } = await setUp();
  await expect(put(documentOf(changes))).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
});

test.each(['{', '[]', '"text"', 'null', '{"Version":"2012-10-17","Statement":[]}'])('%s is no policy', async (document) => {
  const { put, get } = await setUp();
  await expect(put(document)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining('Invalid resource policy') });
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('an account, a root user, a role and a single statement are accepted', async () => {
  const { put, documentOf } = await setUp();
  for (const AWS of ['444455556666', 'arn:aws:iam::444455556666:root', ['arn:aws:iam::444455556666:role/r']]) {
    const { Version, Statement } = JSON.parse(documentOf({ Principal: { AWS }, Action: ACTION }));
    await expect(put(JSON.stringify({ Version, Statement: Statement[0] }))).resolves.toBeDefined();
  }
});

describe.each(['ValidationException', 'ConflictException'] as const)('guards against a lost race, with %s', (policyMismatchError) => {
  const refused = { name: policyMismatchError };

  test('previousPolicyHash has to be the hash of what is there', async () => {
    const { put, documentOf } = await setUp({ policyMismatchError });
    await expect(put(documentOf(), { previousPolicyHash: 'f'.repeat(64) })).rejects.toMatchObject(refused);
    const { policyHash } = await put();
    await put(documentOf({ Sid: 'two' }), { previousPolicyHash: policyHash });
    await expect(put(documentOf(), { previousPolicyHash: policyHash })).rejects.toMatchObject(refused);
  });

  test('policyExistenceCondition has to hold', async () => {
    const { put, documentOf } = await setUp({ policyMismatchError });
    await expect(put(documentOf(), { policyExistenceCondition: 'POLICY_MUST_EXIST' })).rejects.toMatchObject(refused);
    await put(documentOf(), { policyExistenceCondition: 'POLICY_MUST_NOT_EXIST' });
    await expect(put(documentOf(), { policyExistenceCondition: 'POLICY_MUST_NOT_EXIST' })).rejects.toMatchObject(refused);
    await put(documentOf(), { policyExistenceCondition: 'POLICY_MUST_EXIST' });
  });
});

test('a deleted policy is gone, and a second delete answers as the switch says', async () => {
  const { service, put, get, remove } = await setUp();
  await put();
  await remove();
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  service.settings.deleteMissingPolicy = 'accepted';
  await expect(remove()).resolves.toBeUndefined();
});

test('a policy goes with its configured audience model', async () => {
  const { service, put, get, configuredAudienceModelArn } = await setUp();
  await put();
  await service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn });
  expect(service.policies()).toEqual({});
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(put()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
