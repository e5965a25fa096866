import { ServiceError } from '../../../lambda/errors';
import { FakeService } from '../fake-service';
import { policyDriver, policyProperties } from '../harness';

async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService({ training: 0, ...behaviour });
  const trainingDatasetArn = await service.createTrainingDataset({ name: 'dataset' });
  const audienceModelArn = await service.createAudienceModel({ name: 'model', trainingDatasetArn });
  const create = async (name: string) => service.createConfiguredAudienceModel({ name, audienceModelArn });
  return { service, policy: policyDriver(service), arn: await create('configured'), other: await create('other') };
}

const ONE = '111111111111';
const TWO = '222222222222';
const THREE = '333333333333';

function accounts(service: FakeService, arn: string): string[] {
  const { Statement }: { Statement: { Sid: string; Principal: { AWS: string } }[] } = JSON.parse(service.policies.get(arn) ?? '{"Statement":[]}');
  return Statement.map(({ Sid, Principal }) => Sid.startsWith('theirs') ? 'foreign' : Principal.AWS);
}

test('a create writes the first policy, and a delete takes it away', async () => {
  const { service, policy, arn } = await setUp();
  await policy.create(policyProperties(arn, [ONE, TWO]));
  expect(accounts(service, arn)).toEqual([ONE, TWO]);
  service.begin('DELETE_IN_PROGRESS');
  await policy.delete(policyProperties(arn, [ONE, TWO]));
  expect(service.policies.has(arn)).toBe(false);
});

test('foreign statements stay at every turn', async () => {
  const { service, policy, arn } = await setUp();
  const foreignPolicy = await service.putForeignPolicy(arn);
  await policy.create(policyProperties(arn, [ONE]));
  expect(accounts(service, arn)).toEqual(['foreign', ONE]);
  service.begin('UPDATE_IN_PROGRESS');
  await policy.update(policyProperties(arn, [ONE]), policyProperties(arn, [TWO, THREE]));
  expect(accounts(service, arn)).toEqual(['foreign', TWO, THREE]);
  await policy.rollBack(policyProperties(arn, [TWO, THREE]), policyProperties(arn, [ONE]));
  expect(accounts(service, arn)).toEqual(['foreign', ONE]);
  service.begin('DELETE_IN_PROGRESS');
  await policy.delete(policyProperties(arn, [ONE]));
  expect(service.policies.get(arn)).toBe(foreignPolicy);
});

test('a step that was run already writes nothing', async () => {
  const { service, policy, arn } = await setUp();
  await policy.create(policyProperties(arn));
  await policy.create(policyProperties(arn));
  expect(service.count('PutConfiguredAudienceModelPolicy')).toBe(1);
});

describe.each(['validation', 'conflict'] as const)('a race that is lost (%s)', (lostRace) => {
  test.each(['nothing', 'what others wrote'])('over %s is run again', async (before) => {
    const { service, policy, arn } = await setUp({ lostRace });
    if (before !== 'nothing') await service.putForeignPolicy(arn);
    let races = 2;
    service.fault = async (operation) => {
      if (operation === 'PutConfiguredAudienceModelPolicy' && races > 0) await service.putForeignPolicy(arn, 'theirs', `theirs${races--}`);
      return undefined;
    };
    await policy.create(policyProperties(arn, [ONE]));
    expect(accounts(service, arn)).toEqual(['foreign', 'foreign', ONE]);
  });
});

test('a statement that the service refuses is an error at once', async () => {
  const { service, policy, arn } = await setUp();
  service.fault = (operation) => operation === 'PutConfiguredAudienceModelPolicy'
    ? new ServiceError(operation, 'ValidationException', 'the action is unknown', 400) : undefined;
  await expect(policy.create(policyProperties(arn))).rejects.toThrow('PutConfiguredAudienceModelPolicy: ValidationException: the action is unknown');
  expect(service.count('PutConfiguredAudienceModelPolicy')).toBe(1);
});

test('a precondition that fails although nothing changed is believed after a minute', async () => {
  const { service, policy, arn } = await setUp();
  const began = service.now;
  service.fault = (operation) => operation === 'PutConfiguredAudienceModelPolicy'
    ? new ServiceError(operation, 'ValidationException', 'previousPolicyHash does not match', 400) : undefined;
  await expect(policy.create(policyProperties(arn))).rejects.toThrow(/does not match/);
  expect(service.now - began).toBeGreaterThanOrEqual(60_000);
  expect(service.now - began).toBeLessThan(71_000);
});

describe('another configured model', () => {
  test('gets the policy, and the first loses it in the clean-up', async () => {
    const { service, policy, arn, other } = await setUp();
    await policy.create(policyProperties(arn));
    service.begin('UPDATE_IN_PROGRESS');
    await policy.update(policyProperties(arn), policyProperties(other));
    expect([accounts(service, arn), accounts(service, other)]).toEqual([['444455556666'], ['444455556666']]);
    service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await policy.delete(policyProperties(arn));
    expect([accounts(service, arn), accounts(service, other)]).toEqual([[], ['444455556666']]);
  });

  test('loses it in the rollback', async () => {
    const { service, policy, arn, other } = await setUp();
    await service.putForeignPolicy(other);
    await policy.create(policyProperties(arn));
    service.begin('UPDATE_IN_PROGRESS');
    await policy.update(policyProperties(arn), policyProperties(other));
    await policy.rollBack(policyProperties(other), policyProperties(arn));
    expect([accounts(service, arn), accounts(service, other)]).toEqual([['444455556666'], ['foreign']]);
  });
});

test('a rollback has nothing to take back where others have deleted the model', async () => {
  const { service, policy, arn } = await setUp();
  await policy.create(policyProperties(arn, [ONE]));
  service.begin('UPDATE_IN_PROGRESS');
  await service.byOtherHands('DeleteConfiguredAudienceModel', { configuredAudienceModelArn: arn });
  await expect(policy.update(policyProperties(arn, [ONE]), policyProperties(arn, [TWO]))).rejects.toThrow(/ResourceNotFound/);
  await policy.rollBack(policyProperties(arn, [TWO]), policyProperties(arn, [ONE]));
  expect(JSON.parse(service.puts.at(-1)!.body)).toMatchObject({ Status: 'SUCCESS', Reason: `configured audience model ${arn} is gone, and its policy with it` });
});

describe('a delete', () => {
  test('of the policy of a model that is gone is done', async () => {
    const { service, policy, arn } = await setUp();
    await policy.create(policyProperties(arn));
    await service.deleteConfiguredAudienceModel(arn);
    service.begin('DELETE_IN_PROGRESS');
    await policy.delete(policyProperties(arn));
    expect(service.count('DeleteConfiguredAudienceModelPolicy')).toBe(0);
  });

  test('that the service refuses fails, but for a model that cannot be', async () => {
    const { service, policy, arn } = await setUp();
    await policy.create(policyProperties(arn));
    service.begin('DELETE_IN_PROGRESS');
    const refuse = (call: string) => (operation: string) => operation === call ? new ServiceError(operation, 'ValidationException', 'bad', 400) : undefined;
    service.fault = refuse('DeleteConfiguredAudienceModelPolicy');
    await expect(policy.delete(policyProperties(arn))).rejects.toThrow('DeleteConfiguredAudienceModelPolicy: ValidationException: bad');
    service.fault = refuse('GetConfiguredAudienceModelPolicy');
    await policy.delete(policyProperties(arn));
    expect(policy.lines.join()).toContain('GetConfiguredAudienceModelPolicy: ValidationException: bad');
  });

  test('of a cancelled create takes back what it wrote', async () => {
    const { service, policy, arn } = await setUp();
    await policy.step(await policy.start(policy.event('Create', policyProperties(arn))));
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await policy.delete(policyProperties(arn), 'Lookalike-Policy-1ABCDEFGHIJKL');
    expect(service.policies.size).toBe(0);
  });
});
