import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { COLLABORATION, OTHER_COLLABORATION, retail, RetailProps } from './retail';
import { NOTHING, World } from './world';
import { AudienceSizeConfig, ChildResourceTagOnCreatePolicy, SharedAudienceMetrics } from '../../src';

/* What a change costs: each row of the README's table. */

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => {
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

const SERVICE = new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com');
const NAMED: RetailProps = {
  dataset: { trainingDatasetName: 'clicks' },
  model: { audienceModelName: 'buyers' },
  configured: { configuredAudienceModelName: 'buyers' },
};

async function arns() {
  return {
    dataset: world.service.trainingDatasets().map(({ arn }) => arn),
    model: world.service.audienceModels().map(({ arn }) => arn),
    configured: world.service.configuredAudienceModels().map(({ arn }) => arn),
  };
}

async function change(from: RetailProps, to: RetailProps) {
  const created = await world.deploy(from);
  expect(world.reasons(created)).toBe('');
  const before = await arns();
  const outcome = await world.deploy(to);
  return { outcome, before, after: await arns() };
}

describe('in place', () => {
  test.each<[string, RetailProps, RetailProps]>([
    ['tags of the training dataset', { dataset: { tags: { a: '1', b: '2' } } }, { dataset: { tags: { a: '1', c: '3' } } }],
    ['tags of the audience model', { model: { tags: { a: '1', b: '2' } } }, { model: { tags: { a: '2' } } }],
    ['tags of the configured audience model', { configured: { tags: { a: '1' } } }, { configured: { tags: {} } }],
    ['the output', {}, { configured: { outputPrefix: 'elsewhere/' } }],
    ['the shared metrics', {}, { configured: { sharedAudienceMetrics: SharedAudienceMetrics.NONE } }],
    ['the seed size', {}, { configured: { minMatchingSeedSize: 1_000 } }],
    ['the size bins',
      { configured: { audienceSizeConfig: AudienceSizeConfig.percentage(1, 5) } },
      { configured: { audienceSizeConfig: AudienceSizeConfig.absolute(10_000, 20_000) } }],
    ['the description', { configured: { description: 'before' } }, { configured: { description: 'after' } }],
    ['statements', {}, { collaborations: [COLLABORATION, OTHER_COLLABORATION] }],
  ])('%s', async (_, from, to) => {
    const { outcome, before, after } = await change(from, to);

    expect(world.reasons(outcome)).toBe('');
    expect(outcome).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
    expect(after).toEqual(before);
    expect(world.trainings).toBe(1);
  });

  test('what was asked for is what the service then shows', async () => {
    await change({ configured: { tags: { a: '1', b: '2' } } }, {
      configured: {
        tags: { b: '3', c: '4' },
        minMatchingSeedSize: 25,
        description: 'after',
        sharedAudienceMetrics: SharedAudienceMetrics.NONE,
        outputPrefix: 'elsewhere/',
      },
      collaborations: [COLLABORATION, OTHER_COLLABORATION],
    });

    const [configured] = world.service.configuredAudienceModels();
    expect(configured).toMatchObject({
      minMatchingSeedSize: 25,
      description: 'after',
      sharedAudienceMetrics: ['NONE'],
      outputConfig: { destination: { s3Destination: { s3Uri: 's3://retail-data/elsewhere/' } } },
    });
    expect(configured.tags).toMatchObject({ b: '3', c: '4' });
    expect(configured.tags).not.toHaveProperty('a');
    const { Statement: statements } = JSON.parse(Object.values(world.service.policies())[0]);
    expect(statements).toHaveLength(2);
  });

  test('a property that is removed goes back to what the service takes by default', async () => {
    await change({ configured: { minMatchingSeedSize: 25, description: 'before' } }, {});

    const [configured] = world.service.configuredAudienceModels();
    expect(configured.minMatchingSeedSize).toBe(500);
    expect(configured.description ?? '').toBe('');
  });

  test('another audience model', async () => {
    const { outcome, before, after } = await change({}, { model: { generation: '2' } });

    expect(outcome.status).toBe('UPDATE_COMPLETE');
    expect(after.configured).toEqual(before.configured);
    expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(after.model[0]);
  });

  test('the last statement', async () => {
    const { outcome } = await change({}, { collaborations: [] });

    expect(outcome.status).toBe('UPDATE_COMPLETE');
    expect(world.service.policies()).toEqual({});
  });
});

describe('by replacement', () => {
  test.each<[string, RetailProps, RetailProps, string[], number]>([
    ['the dataset', {}, { features: ['country'] }, ['dataset', 'model'], 2],
    ['the description of a dataset that no model uses', { model: false }, { model: false, dataset: { description: 'after' } }, ['dataset'], 0],
    ['the training window', {}, { model: { trainingDataStartTime: new Date('2026-01-01T00:00:00Z') } }, ['model'], 2],
    ['the generation', { model: { generation: '1' } }, { model: { generation: '2' } }, ['model'], 2],
    ['the tag policy of jobs', {}, {
      configured: { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE },
    }, ['configured'], 1],
    ['size bins that are removed', { configured: { audienceSizeConfig: AudienceSizeConfig.percentage(1) } }, {}, ['configured'], 1],
    ['size bins that are added', {}, { configured: { audienceSizeConfig: AudienceSizeConfig.percentage(1) } }, ['configured'], 1],
    ['a new name together with what replaces the model',
      { model: { audienceModelName: 'buyers', generation: '1' } }, { model: { audienceModelName: 'buyers-2', generation: '2' } }, ['model'], 2],
  ])('%s', async (_, from, to, replaced, trainings) => {
    const { outcome, before, after } = await change(from, to);

    expect(world.reasons(outcome)).toBe('');
    expect(outcome.status).toBe('UPDATE_COMPLETE');
    for (const part of ['dataset', 'model', 'configured'] as const) {
      expect(after[part]).toHaveLength(before[part].length);
      if (replaced.includes(part)) expect(after[part]).not.toEqual(before[part]);
      else expect(after[part]).toEqual(before[part]);
    }
    expect(world.trainings).toBe(trainings);
  });

  test('the encryption key', async () => {
    await world.deploy();
    const [before] = world.service.audienceModels();

    const keyed = await world.deployTemplate(await world.synthesize((stack) => {
      const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
      retail(stack, { model: { encryptionKey } });
    }));

    expect(world.reasons(keyed)).toBe('');
    const [after] = world.service.audienceModels();
    expect(after.request.kmsKeyArn).toMatch(/:key\//);
    expect(after.arn).not.toBe(before.arn);
  });

  test('the role of the dataset', async () => {
    await world.deploy();
    const before = await arns();

    const outcome = await world.deployTemplate(await world.synthesize((stack) => {
      retail(stack, { dataset: { role: new iam.Role(stack, 'OtherRole', { assumedBy: SERVICE }) } });
    }));

    expect(world.reasons(outcome)).toBe('');
    const after = await arns();
    expect(after.dataset).toHaveLength(1);
    expect(after.dataset).not.toEqual(before.dataset);
    expect(after.model).not.toEqual(before.model);
    expect(after.configured).toEqual(before.configured);
  });

  test('the configured audience model that a policy belongs to', async () => {
    await change({}, { configured: { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE } });

    expect(Object.keys(world.service.policies())).toEqual(world.service.configuredAudienceModels().map(({ arn }) => arn));
  });
});

describe('refused, with the reason in the stack event and nothing touched', () => {
  test.each<[string, RetailProps, RetailProps, RegExp]>([
    ['replacing a dataset that the user named', NAMED, { ...NAMED, features: ['country'] }, /training dataset clicks.*cannot have the name of the old.*trainingDatasetName/],
    ['replacing a model that the user named', NAMED, { ...NAMED, model: { audienceModelName: 'buyers', generation: '2' } }, /cannot have the name of the old.*audienceModelName/],
    ['replacing a configured model that the user named', NAMED, {
      ...NAMED,
      configured: {
        configuredAudienceModelName: 'buyers', childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE,
      },
    }, /cannot have the name of the old.*configuredAudienceModelName/],
    ['a comment on a dataset that models use', {}, { dataset: { description: 'a comment' } }, /would train again what uses it/],
    ['a name for a dataset that models use', {}, { dataset: { trainingDatasetName: 'clicks' } }, /would train again what uses it/],
    ['a comment on a model', {}, { model: { description: 'a comment' } }, /change generation to say that you mean it/],
    ['a name for a model', {}, { model: { audienceModelName: 'buyers' } }, /change generation to say that you mean it/],
    ['another name for a model', NAMED, { ...NAMED, model: { audienceModelName: 'shoppers' } }, /change generation to say that you mean it/],
  ])('%s', async (_, from, to, reason) => {
    const { outcome, before, after } = await change(from, to);

    expect(world.reasons(outcome)).toMatch(reason);
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(after).toEqual(before);
    expect(world.trainings).toBe(1);
    expect(await world.deploy(from)).toMatchObject({ changed: false });
  });
});
