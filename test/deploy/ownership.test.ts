import type { RetailProps } from './retail';
import { NOTHING, STACK, World } from './world';
import { AwsError, Principal } from '../../local-aws/aws';
import type { OperationName } from '../../local-aws/cleanroomsml/model';
import type { AudienceModel, ConfiguredAudienceModel, TrainingDataset } from '../../local-aws/cleanroomsml/state';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { OwnershipTag } from '../../src/private/contract';

/* Two stacks in one account: the handler of one cannot touch what is the other's, and IAM sees to it. */

const OTHER_STACK = 'Travel';

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({ trainingQueueTime: 0, trainingTime: 0, deletionQueueTime: 0, deletionTime: 0 }, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

/** All that is one stack's. */
interface Belongings {
  readonly stackId: string;
  readonly handler: Principal;
  readonly dataset: TrainingDataset;
  readonly model: AudienceModel;
  readonly configured: ConfiguredAudienceModel;
}

async function deploy(stackName: string, props: RetailProps = {}): Promise<void> {
  expect(world.reasons(await world.deploy(props, undefined, { stackName }))).toBe('');
}

function belongings(stackName: string): Belongings {
  const { service, aws: { cloudFormation, iam } } = world;
  const { stackId } = cloudFormation.stack(stackName);
  const isOurs = ({ tags }: { readonly tags: Readonly<Record<string, string>> }) => tags[OwnershipTag.STACK_ID] === stackId;
  const [dataset] = service.trainingDatasets().filter(isOurs);
  const [model] = service.audienceModels().filter(isOurs);
  const [configured] = service.configuredAudienceModels().filter(isOurs);
  const { principal: handler } = service.calls.find(({ principal }) => principal.roleArn?.includes(`role/${stackName}-`))!;
  expect(iam.decisions.some(({ principal }) => principal === handler.arn)).toBe(true);
  return { stackId, handler, dataset, model, configured };
}

/** What IAM, and not the service, says against a call. */
async function refusal(operation: OperationName, handler: Principal, input: object): Promise<string> {
  try {
    await world.service.call(operation, handler, input as never);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.code === 'AccessDeniedException' ? error.message : '';
  }
  return '';
}

type Change = [operation: OperationName, input: (whose: Belongings) => object];

const CHANGES: Change[] = [
  ['TagResource', ({ dataset }) => ({ resourceArn: dataset.arn, tags: { a: '1' } })],
  ['TagResource', ({ model }) => ({ resourceArn: model.arn, tags: { a: '1' } })],
  ['TagResource', ({ configured }) => ({ resourceArn: configured.arn, tags: { a: '1' } })],
  ['UntagResource', ({ dataset }) => ({ resourceArn: dataset.arn, tagKeys: ['a'] })],
  ['UntagResource', ({ model }) => ({ resourceArn: model.arn, tagKeys: ['a'] })],
  ['UntagResource', ({ configured }) => ({ resourceArn: configured.arn, tagKeys: ['a'] })],
  ['UpdateConfiguredAudienceModel', ({ configured }) => ({ configuredAudienceModelArn: configured.arn, minMatchingSeedSize: 1_000 })],
  ['PutConfiguredAudienceModelPolicy', ({ configured }) => ({
    configuredAudienceModelArn: configured.arn, configuredAudienceModelPolicy: world.service.policies()[configured.arn],
  })],
  ['DeleteConfiguredAudienceModelPolicy', ({ configured }) => ({ configuredAudienceModelArn: configured.arn })],
  ['DeleteConfiguredAudienceModel', ({ configured }) => ({ configuredAudienceModelArn: configured.arn })],
  ['DeleteAudienceModel', ({ model }) => ({ audienceModelArn: model.arn })],
  ['DeleteTrainingDataset', ({ dataset }) => ({ trainingDatasetArn: dataset.arn })],
];
const titled = CHANGES.map(([operation, input]): [string, ...Change] => [`${operation} of a ${/\{ (\w+) \}/.exec(String(input))?.[1]}`, operation, input]);

function state(): unknown {
  const { service } = world;
  return structuredClone([service.trainingDatasets(), service.audienceModels(), service.configuredAudienceModels(), service.policies()]);
}

describe('what bears another stack\'s tag', () => {
  beforeEach(async () => {
    await deploy(STACK);
    await deploy(OTHER_STACK);
  });

  test.each(titled)('%s: is denied, and on what is its own it is not', async (_, operation, input) => {
    const [ours, theirs] = [belongings(STACK), belongings(OTHER_STACK)];
    const before = state();

    expect(await refusal(operation, ours.handler, input(theirs))).toContain('not authorized to perform');
    expect(state()).toEqual(before);
    expect(await refusal(operation, ours.handler, input(ours))).toBe('');
  });

  test('a tag that says that it is one\'s own cannot be put over it, nor the other\'s taken away', async () => {
    const [ours, theirs] = [belongings(STACK), belongings(OTHER_STACK)];

    for (const { arn: resourceArn } of [theirs.dataset, theirs.model, theirs.configured]) {
      const tags = { [OwnershipTag.STACK_ID]: ours.stackId };
      expect(await refusal('TagResource', ours.handler, { resourceArn, tags })).toContain('not authorized to perform');
      expect(await refusal('UntagResource', ours.handler, { resourceArn, tagKeys: Object.keys(tags) })).toContain('not authorized to perform');
    }
  });

  test('the other\'s roles cannot be handed over, and one\'s own can', async () => {
    const [ours, theirs] = [belongings(STACK), belongings(OTHER_STACK)];
    const rolesOf = ({ dataset, configured }: Belongings) => [dataset.request.roleArn, configured.outputConfig.roleArn];
    const pass = async (role: string) => world.aws.iam.passRole(ours.handler, role, 'cleanrooms-ml.amazonaws.com');

    for (const role of rolesOf(theirs)) await expect(pass(role)).rejects.toThrow('not authorized to perform: iam:PassRole');
    for (const role of rolesOf(ours)) await expect(pass(role)).resolves.toBeUndefined();
  });

  test('and both stacks go without a trace, and neither is denied anything', async () => {
    expect(world.reasons(await world.delete())).toBe('');
    expect(world.reasons(await world.delete(OTHER_STACK))).toBe('');
    expect(world.held()).toEqual(NOTHING);
    expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
  });

  test('nothing of the other\'s stack, nor of its executions, can be touched', async () => {
    const [ours, theirs] = [belongings(STACK), belongings(OTHER_STACK)];
    const authorize = async (action: string, resource: string) => world.aws.iam.authorize(ours.handler, action, resource);
    const [execution] = world.executions().filter(({ input }) => input.includes(theirs.stackId));

    for (const action of ['DescribeStacks', 'DescribeStackResource', 'SignalResource'].map((name) => `cloudformation:${name}`)) {
      await expect(authorize(action, theirs.stackId)).rejects.toThrow('not authorized to perform');
      await expect(authorize(action, ours.stackId)).resolves.toBeUndefined();
    }
    for (const action of ['states:StartExecution', 'states:ListExecutions']) {
      await expect(authorize(action, execution.stateMachineArn)).rejects.toThrow('not authorized to perform');
    }
    for (const action of ['states:DescribeExecution', 'states:StopExecution']) {
      await expect(authorize(action, execution.arn)).rejects.toThrow('not authorized to perform');
    }
  });

  test.each<[string, (ours: Belongings, theirs: Belongings) => Record<string, string> | undefined]>([
    ['without a tag', () => undefined],
    ['with other tags only', () => ({ a: '1' })],
    ['with the other stack\'s tag', (_, theirs) => ({ [OwnershipTag.STACK_ID]: theirs.stackId })],
  ])('nothing can be created %s, and with one\'s own all can', async (_, tagsOf) => {
    const [ours, theirs] = [belongings(STACK), belongings(OTHER_STACK)];
    const { request: dataset } = ours.dataset;
    const { outputConfig, sharedAudienceMetrics } = ours.configured;
    const creations: [OperationName, object][] = [
      ['CreateTrainingDataset', { name: 'another', roleArn: dataset.roleArn, trainingData: dataset.trainingData }],
      ['CreateAudienceModel', { name: 'another', trainingDatasetArn: ours.dataset.arn }],
      ['CreateConfiguredAudienceModel', { name: 'another', audienceModelArn: ours.model.arn, outputConfig, sharedAudienceMetrics }],
    ];

    const before = world.held();
    for (const [operation, input] of creations) {
      expect(await refusal(operation, ours.handler, { ...input, tags: tagsOf(ours, theirs) })).toContain('not authorized to perform');
    }
    expect(world.held()).toEqual(before);
    for (const [operation, input] of creations) {
      expect(await refusal(operation, ours.handler, { ...input, tags: { [OwnershipTag.STACK_ID]: ours.stackId } })).toBe('');
    }
    expect(world.held().trainingDatasets).toHaveLength(before.trainingDatasets.length + 1);
    expect(world.held().audienceModels).toHaveLength(before.audienceModels.length + 1);
    expect(world.held().configuredAudienceModels).toHaveLength(before.configuredAudienceModels.length + 1);
  });
});

describe('what bears no tag', () => {
  /** Somebody's dataset, model and configured model, without any tag. */
  async function untagged(): Promise<Belongings> {
    await deploy(OTHER_STACK, {
      dataset: { trainingDatasetName: 'theirs' }, model: { audienceModelName: 'theirs' }, configured: { configuredAudienceModelName: 'theirs' },
    });
    const theirs = belongings(OTHER_STACK);
    for (const { arn: resourceArn, tags } of [theirs.dataset, theirs.model, theirs.configured]) {
      await world.service.untagResource(world.otherHands, { resourceArn, tagKeys: Object.keys(tags) });
    }
    return theirs;
  }

  test.each(titled)('%s: is not denied by IAM', async (_, operation, input) => {
    await deploy(STACK);
    const { handler } = belongings(STACK);
    const theirs = await untagged();

    expect(await refusal(operation, handler, input(theirs))).toBe('');
  });

  test.each<[string, RetailProps]>([
    ['a training dataset', { dataset: { trainingDatasetName: 'theirs' }, model: false }],
    ['an audience model', { model: { audienceModelName: 'theirs' }, configured: false }],
    ['a configured audience model', { configured: { configuredAudienceModelName: 'theirs' } }],
  ])('%s of the wanted name is left alone by the handler, in the deployment, its rollback and the deletion', async (_, props) => {
    await untagged();
    const before = state();

    const failed = await world.deploy(props);
    expect(world.reasons(failed)).toMatch(/theirs exists already and is not this stack's/);
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');

    expect(state()).toEqual(before);
  });
});
