import { ServiceError } from '../../../lambda/errors';
import { FakeService } from '../fake-service';
import { policyDriver, policyProperties } from '../harness';

async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService({ training: 0, ...behaviour });
  const trainingDatasetArn = await service.createTrainingDataset({ name: 'dataset', roleArn: 'role', trainingData: [] });
  const audienceModelArn = await service.createAudienceModel({ name: 'model', trainingDatasetArn });
  const create = async (name: string) => service.createConfiguredAudienceModel({
    name, audienceModelArn, outputConfig: { destination: { s3Destination: { s3Uri: 's3://b' } }, roleArn: 'r' }, sharedAudienceMetrics: ['ALL'],
  });
  return { service, policy: policyDriver(service), arn: await create('configured'), other: await create('other') };
}

const foreign = { Sid: 'Clean-Rooms-CAMA-ID', Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
const foreignPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [foreign] });

function accounts(service: FakeService, arn: string): unknown[] {
  const { Statement }: { Statement: { Sid: string; Principal: unknown }[] } = JSON.parse(service.policies.get(arn) ?? '{"Statement":[]}');
  return Statement.map(({ Sid, Principal }) => Sid === foreign.Sid ? 'foreign' : (Principal as { AWS: string }).AWS);
}

test('a create writes the first policy, and a delete takes it away', async () => {
  const { service, policy, arn } = await setUp();
  await policy.create(policyProperties(arn, ['1', '2']));
  expect(accounts(service, arn)).toEqual(['1', '2']);
  service.begin('DELETE_IN_PROGRESS');
  await policy.delete(policyProperties(arn, ['1', '2']));
  expect(service.policies.has(arn)).toBe(false);
});

test('foreign statements stay at every turn', async () => {
  const { service, policy, arn } = await setUp();
  service.policies.set(arn, foreignPolicy);
  await policy.create(policyProperties(arn, ['1']));
  expect(accounts(service, arn)).toEqual(['foreign', '1']);
  service.begin('UPDATE_IN_PROGRESS');
  await policy.update(policyProperties(arn, ['1']), policyProperties(arn, ['2', '3']));
  expect(accounts(service, arn)).toEqual(['foreign', '2', '3']);
  await policy.rollBack(policyProperties(arn, ['2', '3']), policyProperties(arn, ['1']));
  expect(accounts(service, arn)).toEqual(['foreign', '1']);
  service.begin('DELETE_IN_PROGRESS');
  await policy.delete(policyProperties(arn, ['1']));
  expect(service.policies.get(arn)).toBe(foreignPolicy);
});

test('a step that was run already writes nothing', async () => {
  const { service, policy, arn } = await setUp();
  await policy.create(policyProperties(arn));
  await policy.create(policyProperties(arn));
  expect(service.count('PutConfiguredAudienceModelPolicy')).toBe(1);
});

describe.each(['validation', 'conflict'] as const)('a race that is lost (%s)', (lostRace) => {
  test.each([[undefined], [foreignPolicy]])('over %p is run again', async (before) => {
    const { service, policy, arn } = await setUp({ lostRace });
    if (before !== undefined) service.policies.set(arn, before);
    let races = 2;
    service.fault = (operation) => {
      if (operation === 'PutConfiguredAudienceModelPolicy' && races > 0) {
        service.policies.set(arn, JSON.stringify({ Version: '2012-10-17', Statement: [foreign, { ...foreign, Race: races-- }] }));
      }
      return undefined;
    };
    await policy.create(policyProperties(arn, ['1']));
    expect(accounts(service, arn)).toEqual(['foreign', 'foreign', '1']);
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
    service.policies.set(other, foreignPolicy);
    await policy.create(policyProperties(arn));
    service.begin('UPDATE_IN_PROGRESS');
    await policy.update(policyProperties(arn), policyProperties(other));
    await policy.rollBack(policyProperties(other), policyProperties(arn));
    expect([accounts(service, arn), accounts(service, other)]).toEqual([['444455556666'], ['foreign']]);
  });
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

  test('of a cancelled create takes back what it wrote', async () => {
    const { service, policy, arn } = await setUp();
    await policy.step(await policy.start(policy.event('Create', policyProperties(arn))));
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await policy.delete(policyProperties(arn), 'Lookalike-Policy-1ABCDEFGHIJKL');
    expect(service.policies.size).toBe(0);
  });
});
