import { Assembly, synthesize } from './assembly';
import { COLLABORATION, OTHER_COLLABORATION, retail, RetailProps } from './retail';
import { Permission, permissionsOf, without } from './statements';
import { NOTHING, STACK, World } from './world';

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

/** What nothing misses in this stack, by the reason. All of it but the last is the CDK's, and not for this library to take back. */
const SPARE: Readonly<Record<string, readonly string[]>> = {
  'every function of the provider framework may call both handlers, and calls one or none': [
    'CleanRoomsMLProviderframeworkonEventServiceRoleDefaultPolicy: lambda:InvokeFunction on CleanRoomsMLProviderIsComplete',
    'CleanRoomsMLProviderframeworkisCompleteServiceRoleDefaultPolicy: lambda:InvokeFunction on CleanRoomsMLProviderOnEvent',
    'CleanRoomsMLProviderframeworkonTimeoutServiceRoleDefaultPolicy: lambda:InvokeFunction on CleanRoomsMLProviderOnEvent',
    'CleanRoomsMLProviderframeworkonTimeoutServiceRoleDefaultPolicy: lambda:InvokeFunction on CleanRoomsMLProviderIsComplete',
  ],
  'the framework looks at a handler only when a call of it has failed, for it may be asleep after weeks without any': [
    'CleanRoomsMLProviderframeworkonEventServiceRoleDefaultPolicy: lambda:GetFunction on CleanRoomsMLProviderOnEvent',
    'CleanRoomsMLProviderframeworkonEventServiceRoleDefaultPolicy: lambda:GetFunction on CleanRoomsMLProviderIsComplete',
    'CleanRoomsMLProviderframeworkisCompleteServiceRoleDefaultPolicy: lambda:GetFunction on CleanRoomsMLProviderOnEvent',
    'CleanRoomsMLProviderframeworkisCompleteServiceRoleDefaultPolicy: lambda:GetFunction on CleanRoomsMLProviderIsComplete',
    'CleanRoomsMLProviderframeworkonTimeoutServiceRoleDefaultPolicy: lambda:GetFunction on CleanRoomsMLProviderOnEvent',
    'CleanRoomsMLProviderframeworkonTimeoutServiceRoleDefaultPolicy: lambda:GetFunction on CleanRoomsMLProviderIsComplete',
  ],
  'the handler gives up by itself before the framework does': [
    'CleanRoomsMLProviderwaiterstatemachineRoleDefaultPolicy: lambda:InvokeFunction on CleanRoomsMLProviderframeworkonTimeout',
  ],
  'another policy of the stack allows the same': [
    'CleanRoomsMLProviderAudienceModelPermissions: cleanrooms-ml:ListAudienceModels on *',
    'CleanRoomsMLProviderConfiguredAudienceModelPermissions: cleanrooms-ml:ListAudienceModels on *',
    ...['DeleteAudienceModel', 'GetAudienceModel', 'ListTagsForResource'].map((action) =>
      `CleanRoomsMLProviderTrainingDatasetPermissions: cleanrooms-ml:${action} on arn:AWS::Partition:cleanrooms-ml:us-east-1:111122223333:audience-model/*`),
  ],
};
const spareTitles = Object.values(SPARE).flat();
const spare = PERMISSIONS.filter(({ title }) => spareTitles.includes(title));
/** What is missed only where a training does not go well. */
const MISHAPS = ['states:DescribeExecution', 'states:StopExecution'];
const needed = PERMISSIONS.filter((permission) => !spare.includes(permission) && !MISHAPS.includes(permission.action));

let world: World;
beforeEach(async () => { world = await World.start({ trainingQueueTime: 0, trainingTime: 0, deletionQueueTime: 0, deletionTime: 0 }); });
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

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
  expect(spare.map(({ title }) => title).sort()).toEqual([...spareTitles].sort());
});

test('without all that is spare, everything works and nothing is denied', async () => {
  await expectLife(EVERYTHING, spare);
});

describe('without it, something fails', () => {
  test.each(needed)('$title', async (permission) => {
    // What is spare must not stand in for it.
    await expectFailure(EVERYTHING, [permission, ...spare.filter(({ action }) => action === permission.action)], permission);
  });

  const listing = permissionsOf(DATASET_ALONE[0]).filter(({ action }) => action === 'cleanrooms-ml:ListAudienceModels');
  test.each(listing)('$title, in a stack without audience models', async (permission) => {
    await expectFailure(DATASET_ALONE, [permission], permission);
  });
  test('in a stack without audience models, nothing else is denied', async () => {
    await expectLife(DATASET_ALONE, []);
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
    while (world.trainings === 0) await world.clock.sleep(1_000);
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
