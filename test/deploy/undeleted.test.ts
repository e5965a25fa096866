import { RemovalPolicy } from 'aws-cdk-lib';
import type { RetailProps } from './retail';
import { DAY, expectNothingLeft, HOUR, MINUTE } from './trainings';
import { STACK, World } from './world';
import { AwsError } from '../../local-aws/aws';
import type { Settings } from '../../local-aws/cloudformation/settings';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel, TrainingDataset } from '../../src';

/* A deletion that the service takes may fail all the same, hours later. CloudFormation asks three times, and forgets. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const another = (generation: string): RetailProps => ({
  more: ({ stack, dataset }) => { new AudienceModel(stack, 'Another', { trainingDataset: dataset, generation }); },
});

async function deployed(props: RetailProps): Promise<void> {
  expect((await world.deploy(props)).status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
}

/** While no model can be deleted. */
async function failing(act: () => Promise<void>): Promise<void> {
  const heal = world.service.failDeletion(() => true, { statusCode: 'INTERNAL', message: 'as the test asked' });
  await act();
  await world.clock.sleep(HOUR);
  heal();
}

function undeleted(): string[] {
  return world.service.audienceModels().filter(({ status }) => status === 'DELETE_FAILED').map(({ name }) => name);
}

describe.each<[string, RetailProps]>([
  ['was removed', {}],
  ['was replaced', another('2')],
])('an audience model that %s and could not be deleted goes', (_, after) => {
  beforeEach(async () => {
    await deployed(another('1'));
    await failing(async () => deployed(after));
    expect(undeleted()).toEqual([expect.stringMatching(/^Another/)]);
  });

  test('with the stack', async () => {
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
  });

  test('with its dataset, when that is replaced', async () => {
    await deployed({ ...after, features: ['device', 'country'] });
    expect(undeleted()).toEqual([]);
    expect(world.service.trainingDatasets()).toHaveLength(1);
  });
});

describe('an audience model that was removed and could not be deleted', () => {
  beforeEach(async () => {
    await deployed(another('1'));
    await failing(async () => deployed({}));
  });

  test('goes with the next deployment that deletes something', async () => {
    await deployed({ model: { generation: '2' } });
    expect(undeleted()).toEqual([]);
  });

  test('holds nothing else up where it cannot be deleted yet', async () => {
    await failing(async () => {
      const began = world.clock.now();
      await deployed({ configured: false });
      expect(world.clock.now() - began).toBeLessThan(10 * MINUTE);
    });
    expect(undeleted()).toHaveLength(1);
  });
});

describe.each<Settings['showsDeparted']>(['none', 'skipped', 'all'])('an audience model that was removed, with a dataset of another stack (what departed is shown: %s),', (showsDeparted) => {
  beforeEach(async () => {
    await world.close();
    world = await World.start({}, functions, { cloudFormationSettings: { showsDeparted } });
    await world.deploy({ model: false }, undefined, { stackName: 'Data' });
    await app({ Model: '1', Another: '1' });
    await failing(async () => app({ Model: '1' }));
    expect(undeleted()).toHaveLength(1);
  });
  afterEach(async () => {
    expect((await world.delete('Data')).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
  });

  /** What is there, and which generation of it. */
  async function app(models: Record<string, string>): Promise<void> {
    const [{ arn }] = world.service.trainingDatasets();
    const assembly = await world.synthesize((stack) => {
      const trainingDataset = TrainingDataset.fromTrainingDatasetArn(stack, 'Interactions', arn);
      for (const [id, generation] of Object.entries(models)) new AudienceModel(stack, id, { trainingDataset, generation });
    }, 'App');
    expect((await world.deployTemplate(assembly, undefined, { stackName: 'App' })).status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
  }

  test('goes with the next deployment that deletes something', async () => {
    await app({ Model: '2' });
    expect(undeleted()).toEqual([]);
    expect((await world.delete('App')).status).toBe('DELETE_COMPLETE');
  });

  test('goes with the stack', async () => {
    expect((await world.delete('App')).status).toBe('DELETE_COMPLETE');
    expect(world.service.audienceModels()).toEqual([]);
  });
});

test.each(['ValidationException', 'ConflictException'])('a model that could not be deleted, and may not be marked (%s), is deleted all the same', async (code) => {
  await deployed(another('1'));
  world.service.beforeCall = ({ operation, input }) => {
    const { resourceArn } = input as { resourceArn?: string };
    const isFailed = world.service.audienceModels().some(({ arn, status }) => arn === resourceArn && status === 'DELETE_FAILED');
    if (operation === 'TagResource' && isFailed) throw new AwsError(code, 'not in this status');
  };
  await failing(async () => deployed({}));
  expect(undeleted()).toHaveLength(1);
  await deployed({ model: { generation: '2' } });
  expect(undeleted()).toEqual([]);
});

test.each<[string, RetailProps]>([
  ['that the update added', {
    more: ({ stack, dataset }) => {
      new AudienceModel(stack, 'Another', { trainingDataset: dataset }).applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    },
  }],
  ['that the update put in the place of another', { model: { generation: '2', removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } }],
])('a model that was to be retained once it is there, %s, and whose slow deletion fails in the rollback, goes with the next deployment', async (_, props) => {
  world.service.settings.trainingTime = 20 * HOUR;
  await deployed({});
  world.service.settings.deletionTime = 5 * HOUR;
  const heal = world.service.failDeletion(() => true, { statusCode: 'INTERNAL', message: 'as the test asked' });
  const update = world.deploy(props);
  // CloudFormation has no answer yet.
  world.service.afterCall = ({ operation }) => {
    if (operation === 'CreateAudienceModel') world.aws.cloudFormation.cancelUpdate(STACK);
  };
  let { status } = await update;
  world.service.afterCall = undefined;
  while (status === 'UPDATE_ROLLBACK_FAILED') ({ status } = await world.aws.cloudFormation.continueUpdateRollback(STACK));
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  await world.clock.sleep(DAY);
  expect(undeleted()).toHaveLength(1);
  heal();
  world.service.settings.deletionTime = MINUTE;
  await deployed({ model: { generation: '3' } });
  expect(undeleted()).toEqual([]);
});

test('a dataset whose models could not be deleted goes after them', async () => {
  await deployed({});
  await failing(async () => deployed({ features: ['device', 'country'] }));
  expect(undeleted()).toHaveLength(1);
  expect(world.service.trainingDatasets()).toHaveLength(2);
  await deployed({ features: ['device', 'country'], model: { generation: '2' } });
  expect(undeleted()).toEqual([]);
  expect(world.service.trainingDatasets()).toHaveLength(1);
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
