import { CfnOutput, Fn } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Assembly, synthesize } from './assembly';
import { COLLABORATION, OTHER_COLLABORATION, retail, RetailProps } from './retail';
import { Permission, permissionsOf, without } from './statements';
import { NOTHING, STACK, World } from './world';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel, ConfiguredAudienceModel, SharedAudienceMetrics } from '../../src';

/* The roles of a stack may do what they have to, and nothing else: whatever single action is taken away, something fails. */

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const OTHER_ACCOUNT = '444455556666';

function assembly(props: RetailProps): Assembly {
  return synthesize(STACK, ACCOUNT, REGION, (stack) => retail(stack, { encrypted: true, ...props }));
}

/** A life that takes every permission that there is: a stack with one of everything, tags that go, an update in place, a replacement. */
const EVERYTHING = [
  assembly({ dataset: { tags: { a: '1' } }, model: { tags: { a: '1' } }, configured: { tags: { a: '1' } } }),
  assembly({ configured: { minMatchingSeedSize: 1_000 }, collaborations: [COLLABORATION, OTHER_COLLABORATION] }),
  assembly({ model: { generation: '2' } }),
];

/** A training dataset that nothing uses, so that its description can change. */
const DATASET_ALONE = [
  assembly({ model: false }),
  assembly({ model: false, dataset: { description: 'a comment' } }),
];

const PERMISSIONS = permissionsOf(EVERYTHING[0]);

/** What is missed only where a training does not go well, where it must not begin, or where a model is another stack's. */
const MISHAPS = ['states:DescribeExecution', 'states:StopExecution', 'cloudformation:ListExports', 'cloudformation:ListImports'];
const ELSEWHERE = /: cleanrooms-ml:UpdateConfiguredAudienceModel on .*:audience-model\/\*$/;
const needed = PERMISSIONS.filter(({ action, title }) => !MISHAPS.includes(action) && !ELSEWHERE.test(title));

/** Whoever is denied insists for a while: in this process that takes no time. */
const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({ trainingQueueTime: 0, trainingTime: 0, deletionQueueTime: 0, deletionTime: 0 }, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

/** From the creation of a stack to its deletion, or to the first failure: its reasons. */
async function live(stages: readonly Assembly[], taken: readonly Permission[]): Promise<string> {
  for (const stage of stages) {
    const outcome = await world.deployTemplate(stage, without(taken), { rollback: false });
    if (outcome.failures.length > 0) return world.reasons(outcome);
  }
  return world.reasons(await world.delete());
}

function denied(): string[] {
  return world.aws.iam.decisions.filter(({ allowed }) => !allowed).map(({ action }) => action);
}

async function expectLife(stages: readonly Assembly[], taken: readonly Permission[]): Promise<void> {
  expect(await live(stages, taken)).toBe('');
  expect(denied()).toEqual([]);
  expect(world.held()).toEqual(NOTHING);
}

async function expectFailure(stages: readonly Assembly[], taken: readonly Permission[], { action }: Permission): Promise<void> {
  expect(await live(stages, taken)).not.toBe('');
  expect(denied()).toContainEqual(expect.stringMatching(new RegExp(`^${action.replace('*', '.*')}$`)));
}

test('permissions can be told apart, and every stage of the life has the same', () => {
  for (const stage of EVERYTHING) expect(permissionsOf(stage)).toEqual(PERMISSIONS);
  expect(new Set(PERMISSIONS.map(({ title }) => title)).size).toBe(PERMISSIONS.length);
  expect(PERMISSIONS.filter(({ action, title }) => MISHAPS.includes(action) || ELSEWHERE.test(title))).toHaveLength(MISHAPS.length + 1);
});

test('with all, everything works and nothing is denied', async () => {
  await expectLife(EVERYTHING, []);
});

test.each([['each object', false], ['the bucket', true]])('with a data key for %s, everything works and nothing is denied', async (_, bucketKeyEnabled) => {
  await expectLife([assembly({ bucketKeyEnabled })], []);
});

describe('without it, something fails', () => {
  test.each(needed)('$title', async (permission) => {
    await expectFailure(EVERYTHING, [permission], permission);
  });

  const listing = permissionsOf(DATASET_ALONE[0]).filter(({ action }) => action === 'cleanrooms-ml:ListAudienceModels');
  test.each(listing)('$title, in a stack without audience models', async (permission) => {
    await expectFailure(DATASET_ALONE, [permission], permission);
  });
  test('in a stack without audience models, nothing else is denied', async () => {
    await expectLife(DATASET_ALONE, []);
  });
});

describe('without it, a configured model that is pointed from one model of another stack to another', () => {
  const OTHER = 'Travel';

  /** What is told of the update. */
  async function repoint(taken: readonly Permission[]): Promise<string> {
    const models = synthesize(OTHER, ACCOUNT, REGION, (stack) => retail(stack, {
      configured: false, more: ({ dataset }) => new AudienceModel(stack, 'Second', { trainingDataset: dataset }),
    }));
    expect(world.reasons(await world.deployTemplate(models, undefined, { stackName: OTHER }))).toBe('');
    const pointing = ({ arn }: { readonly arn: string }) => synthesize(STACK, ACCOUNT, REGION, (stack) => new ConfiguredAudienceModel(stack, 'Configured', {
      audienceModel: AudienceModel.fromAudienceModelArn(stack, 'Model', arn),
      outputBucket: s3.Bucket.fromBucketName(stack, 'Bucket', `${OTHER.toLowerCase()}-data`),
      sharedAudienceMetrics: SharedAudienceMetrics.ALL,
    }));
    const [first, second] = world.service.audienceModels();
    expect(world.reasons(await world.deployTemplate(pointing(first), without(taken)))).toBe('');
    return world.reasons(await world.deployTemplate(pointing(second), without(taken)));
  }

  const taken = permissionsOf(synthesize(STACK, ACCOUNT, REGION, (stack) => new ConfiguredAudienceModel(stack, 'Configured', {
    audienceModel: AudienceModel.fromAudienceModelArn(stack, 'Model', `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:audience-model/a1b2c3d4-5678-90ab-cdef-1234567890ab`),
    outputBucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'somewhere'),
    sharedAudienceMetrics: SharedAudienceMetrics.ALL,
  }))).filter(({ title }) => ELSEWHERE.test(title));

  test('UpdateConfiguredAudienceModel on models: is refused', async () => {
    expect(taken).toHaveLength(1);
    expect(await repoint(taken)).toContain('not authorized to perform: cleanrooms-ml:UpdateConfiguredAudienceModel');
  });

  test('with it: is done', async () => {
    expect(await repoint([])).toBe('');
    expect(denied()).toEqual([]);
  });
});

describe('without it, a training that does not go well', () => {
  /** What is told of a training that fails. */
  async function fail(...actions: string[]): Promise<string> {
    world.service.failTraining(() => true, { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' });
    return live(EVERYTHING, PERMISSIONS.filter(({ action }) => actions.includes(action)));
  }

  /** What is told of a deletion in the middle of a training. */
  async function giveUp(...actions: string[]): Promise<string> {
    world.service.settings.trainingTime = 3_600_000;
    const deployment = world.deployTemplate(EVERYTHING[0], without(PERMISSIONS.filter(({ action }) => actions.includes(action))));
    await world.until(() => world.trainings > 0);
    const { status } = await world.delete();
    await deployment;
    return status;
  }

  test('states:DescribeExecution: fails without the reason', async () => {
    expect(await fail('states:DescribeExecution')).not.toContain('INSUFFICIENT_DATA');
    expect(denied()).toContain('states:DescribeExecution');
  });

  test('with it: fails with the reason', async () => {
    expect(await fail()).toContain('INSUFFICIENT_DATA');
    expect(denied()).toEqual([]);
  });

  test('states:StopExecution: cannot be ended', async () => {
    expect(await giveUp('states:StopExecution')).toBe('DELETE_FAILED');
    expect(denied()).toContain('states:StopExecution');
  });

  test('with it: can be ended', async () => {
    expect(await giveUp()).toBe('DELETE_COMPLETE');
    expect(denied()).toEqual([]);
    expect(world.held()).toEqual(NOTHING);
  });
});

describe('without it, the replacement of a model whose ARN another stack imports', () => {
  const stage = (generation?: string) => assembly({
    model: { generation }, more: ({ stack, model }) => void new CfnOutput(stack, 'Shared', { value: model!.audienceModelArn, exportName: 'Shared' }),
  });

  async function replace(action?: string): Promise<StackOutcome> {
    const taken = permissionsOf(stage()).filter((one) => one.action === action);
    expect(taken).toHaveLength(action ? 1 : 0);
    expect(world.reasons(await world.deployTemplate(stage()))).toBe('');
    const importing = await world.synthesize((stack) => void new ssm.StringParameter(stack, 'Model', { stringValue: Fn.importValue('Shared') }), 'Reports');
    expect(world.reasons(await world.deployTemplate(importing, undefined, { stackName: 'Reports' }))).toBe('');
    return world.deployTemplate(stage('2'), without(taken));
  }

  test.each(['cloudformation:ListExports', 'cloudformation:ListImports'])('%s: trains in vain', async (action) => {
    expect(await replace(action)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.trainings).toBe(2);
    expect(denied()).toContain(action);
  });

  test('with it: is refused', async () => {
    expect(world.reasons(await replace())).toContain('which Reports imports as Shared');
    expect(world.trainings).toBe(1);
    expect(denied()).toEqual([]);
  });
});

describe('whom it is for', () => {
  beforeEach(async () => { await world.deployTemplate(EVERYTHING[0]); });

  test('the service assumes the roles only for resources of their type in this account and Region, and no other service does', async () => {
    const [dataset] = world.service.trainingDatasets();
    const [configured] = world.service.configuredAudienceModels();

    for (const [roleArn, sourceArn, ofOtherType] of [
      [dataset.request.roleArn, dataset.arn, configured.arn],
      [configured.outputConfig.roleArn, configured.arn, dataset.arn],
    ]) {
      const assumes = async (service: string, context: { sourceArn?: string; sourceAccount?: string }) =>
        world.aws.iam.assumeRoleForService(roleArn, service, { sourceArn, sourceAccount: ACCOUNT, ...context }).then(() => true, () => false);

      expect(await assumes('cleanrooms-ml.amazonaws.com', {})).toBe(true);
      expect(await assumes('cleanrooms-ml.amazonaws.com', { sourceAccount: OTHER_ACCOUNT })).toBe(false);
      expect(await assumes('cleanrooms-ml.amazonaws.com', { sourceArn: sourceArn.replace(ACCOUNT, OTHER_ACCOUNT) })).toBe(false);
      expect(await assumes('cleanrooms-ml.amazonaws.com', { sourceArn: sourceArn.replace(REGION, 'eu-west-1') })).toBe(false);
      expect(await assumes('cleanrooms-ml.amazonaws.com', { sourceArn: ofOtherType })).toBe(false);
      expect(await assumes('lambda.amazonaws.com', {})).toBe(false);
    }
  });

  test('the handler hands the roles, and the key, to the service only', async () => {
    const { iam, kms } = world.aws;
    const [{ principal }] = world.service.calls;
    const [{ request: { kmsKeyArn = '' } }] = world.service.audienceModels();
    const roles = [world.service.trainingDatasets()[0].request.roleArn, world.service.configuredAudienceModels()[0].outputConfig.roleArn];

    for (const role of roles) {
      await expect(iam.passRole(principal, role, 'cleanrooms-ml.amazonaws.com')).resolves.toBeUndefined();
      await expect(iam.passRole(principal, role, 'lambda.amazonaws.com')).rejects.toThrow('iam:PassRole');
    }
    const through = (service: string) => ({ 'kms:ViaService': `${service}.${REGION}.amazonaws.com` });
    await expect(kms.authorize(principal, 'kms:Decrypt', kmsKeyArn, through('cleanrooms-ml'))).resolves.toBeUndefined();
    await expect(kms.authorize(principal, 'kms:Decrypt', kmsKeyArn, through('s3'))).rejects.toThrow('kms:Decrypt');
    await expect(kms.authorize(principal, 'kms:Decrypt', kmsKeyArn)).rejects.toThrow('kms:Decrypt');
  });
});
