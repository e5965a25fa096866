import { CfnParameter } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { strike } from './requests';
import { failing, failingLater, Retail, RetailProps } from './retail';
import { HOUR, trainingOf } from './trainings';
import { NOTHING, STACK, World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { ChildResourceTagOnCreatePolicy, ConfiguredAudienceModel, ConfiguredAudienceModelPolicy } from '../../src';
import { ResourceType } from '../../src/private/contract';

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => {
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());
afterAll(async () => functions.close());

/** Everything that the service holds but for what was kept, and for when it was touched. */
function state(): unknown {
  const { service } = world;
  const kept = world.kept().map(({ arn }) => arn);
  return structuredClone([
    service.trainingDatasets().filter(({ arn }) => !kept.includes(arn)).map(({ arn, tags }) => ({ arn, tags })),
    service.audienceModels().filter(({ arn }) => !kept.includes(arn)).map(({ arn, tags, status }) => ({ arn, tags, status })),
    service.configuredAudienceModels().map(({ arn, tags, audienceModelArn, description, minMatchingSeedSize, outputConfig }) =>
      ({ arn, tags, audienceModelArn, description: description ?? '', minMatchingSeedSize: minMatchingSeedSize ?? 500, outputConfig })),
    service.policies(),
  ]);
}

test.each<[string, number, number, RetailProps]>([
  ['an update in place', 1, 0, {
    configured: { minMatchingSeedSize: 1_000, description: 'after', tags: { a: '1' } }, model: { tags: { b: '2' } }, dataset: { tags: { c: '3' } },
  }],
  ['a replacement of the model', 2, 1, { model: { generation: '2' } }],
  ['a replacement of the dataset, and of the model with it', 2, 2, { features: ['country'] }],
  ['a replacement of the configured model', 1, 0, { configured: { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE } }],
  ['another policy', 1, 0, { collaborations: ['c1b2c3d4-5678-90ab-cdef-1234567890ab'] }],
])('a rollback of %s brings back what was, keeps what was trained, and trains nothing', async (_, trainings, kept, props) => {
  await world.deploy();
  const before = state();

  const failed = await world.deploy({ ...props, more: (retail) => failing(retail, retail.configured, retail.configured?.policy) });

  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  // The update itself trained where it replaced the model; the way back did not.
  expect(world.trainings).toBe(trainings);
  expect(state()).toEqual(before);
  expect(world.kept()).toHaveLength(kept);
});

test('the same change made good after its rollback takes up what was trained', async () => {
  await world.deploy();
  await world.deploy({ model: { generation: '2' }, more: (retail) => failing(retail, retail.configured) });

  expect((await world.deploy({ model: { generation: '2' } })).status).toBe('UPDATE_COMPLETE');
  expect(world.held().audienceModels).toHaveLength(1);
  expect(world.kept()).toEqual([]);
  expect(world.trainings).toBe(2);
});

test('to a model that others deleted fails, however often it goes on, and leaves the new one under its own name', async () => {
  await world.close();
  world = await World.start(trainingOf(HOUR), functions);
  await world.deploy({ configured: false });
  const [{ arn: audienceModelArn }] = world.service.audienceModels();
  const update = world.deploy({ configured: false, model: { generation: '2' }, more: (retail) => failing(retail, retail.model) });
  await world.until(() => world.trainings >= 2);
  await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn });
  expect((await update).status).toBe('UPDATE_ROLLBACK_FAILED');
  expect((await world.aws.cloudFormation.continueUpdateRollback(STACK)).status).toBe('UPDATE_ROLLBACK_FAILED');
  const [{ name }] = world.service.audienceModels();
  expect([...world.aws.cloudFormation.stack(STACK).resources.values()].map(({ physicalId }) => physicalId)).toContain(name);
});

test('a replacement that is cancelled in the middle of its training is cleaned up', async () => {
  await world.deploy();
  const before = state();

  const failed = await world.deploy({ model: { generation: '2' }, more: failingLater(world) });
  expect(world.trainings).toBe(2);

  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(state()).toEqual(before);
});

test('a replacement that is cancelled while it waits for a free place never starts a training', async () => {
  await world.deploy();
  const before = state();
  const { quotas } = world.service.settings;
  world.service.settings.quotas = { ...quotas, audienceModelsInTraining: 0 };

  expect((await world.deploy({ model: { generation: '2' }, more: failingLater(world) })).status).toBe('UPDATE_ROLLBACK_COMPLETE');

  world.service.settings.quotas = quotas;
  await world.clock.sleep(2 * 60 * 60_000);
  expect(world.trainings).toBe(1);
  expect(state()).toEqual(before);
});

test.each(['capitals', 'mixed case'] as const)('a model that an update adds, cancelled when it has just been made, goes (the id that is invented is in %s)', async (inventedIds) => {
  await world.close();
  world = await World.start(trainingOf(2 * HOUR), functions, { cloudFormationSettings: { inventedIds } });
  await world.deploy({ model: false });
  strike(functions, 'STEP', 'CreateAudienceModel', 'killed-after');
  const update = world.deploy();
  await world.until(() => world.trainings > 0);
  world.aws.cloudFormation.cancelUpdate(STACK);
  expect((await update).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  await world.clock.sleep(3 * HOUR);
  expect(world.held().audienceModels).toEqual([]);
});

test('an update that somebody cancels is rolled back', async () => {
  await world.deploy();
  const before = state();

  const update = world.deploy({ model: { generation: '2' } });
  await world.until(() => world.trainings >= 2);
  world.aws.cloudFormation.cancelUpdate('Retail');

  expect((await update).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(state()).toEqual(before);
});

test('a replacement whose training fails is rolled back with the reason, and leaves nothing of it', async () => {
  await world.deploy();
  const before = state();
  world.service.failTraining(() => true, { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' });

  const failed = await world.deploy({ model: { generation: '2' } });

  expect(world.reasons(failed)).toMatch(/INSUFFICIENT_DATA: fewer than 100,000 users/);
  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(state()).toEqual(before);
});

describe.each([
  ['of another Region', 'arn:aws:cleanrooms-ml:eu-west-1:111122223333:configured-audience-model/11111111-2222-3333-4444-555555555555'],
  ['of another account', 'arn:aws:cleanrooms-ml:us-east-1:444455556666:configured-audience-model/11111111-2222-3333-4444-555555555555'],
  ['that is no ARN', 'configured'],
])('a resource policy for a configured audience model %s fails, and nothing has to be taken back there,', (_, arn) => {
  test('in an update', async () => {
    await world.deploy();
    const before = state();
    const outcome = await world.deploy({}, ({ Resources }) => {
      for (const { Type, Properties } of Object.values(Resources)) {
        if (Type === ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY) Properties!.ConfiguredAudienceModelArn = arn;
      }
    });
    expect(world.reasons(outcome)).toMatch(/^ConfiguredPolicy\w{8}: /);
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(state()).toEqual(before);
  });

  test('in a first deployment', async () => {
    const more = ({ stack }: Retail) => {
      const parameter = new CfnParameter(stack, 'Arn', { default: arn });
      const configuredAudienceModel = ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Theirs', parameter.valueAsString);
      const statement = new iam.PolicyStatement({
        actions: ['cleanrooms-ml:StartAudienceGenerationJob'], principals: [new iam.AccountPrincipal('444455556666')], resources: ['*'],
      });
      new ConfiguredAudienceModelPolicy(stack, 'Policy', { configuredAudienceModel, document: new iam.PolicyDocument({ statements: [statement] }) });
    };
    expect((await world.deploy({ model: false, more })).status).toBe('ROLLBACK_COMPLETE');
  });
});

test('resources that an update adds go again with its rollback, but for what was trained', async () => {
  await world.deploy({ model: false });

  const failed = await world.deploy({ more: (retail) => failing(retail, retail.configured) });

  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.held()).toMatchObject({ audienceModels: [expect.stringMatching(/ ACTIVE$/)], configuredAudienceModels: [], policies: [] });
  expect(world.kept()).toHaveLength(1);
});
