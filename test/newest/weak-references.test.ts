import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { CrossStackReferences, ReferenceStrength } from 'aws-cdk-lib-newest';
import { AudienceModel, ConfiguredAudienceModel, SharedAudienceMetrics } from '../../src';
import type { Assembly } from '../deploy/assembly';
import { retail } from '../deploy/retail';
import { expectNothingLeft } from '../deploy/trainings';
import { World } from '../deploy/world';
import { ACCOUNT, REGION } from '../fixtures';

/* References from stack to stack, which versions of the CDK above the peer floor can make weak. */

const [PRODUCER, CONSUMER] = ['Producer', 'Consumer'];

interface Scene {
  readonly generation?: string;
  readonly strength?: ReferenceStrength;
  /** How that is said. */
  readonly say?: (model: AudienceModel, strength: ReferenceStrength) => void;
}

/** What a construct does that is not known at the peer floor. */
interface AppliesStrength {
  applyCrossStackReferenceStrength(how: ReferenceStrength): void;
}

function produce(stack: Stack, { generation, strength, say = (model, how) => CrossStackReferences.of(model).produce(how) }: Scene): AudienceModel {
  let result: AudienceModel | undefined;
  retail(stack, { configured: false, model: { generation }, more: ({ model }) => { result = model; } });
  if (strength) say(result!, strength);
  return result!;
}

function consume(stack: Stack, audienceModel: AudienceModel): void {
  new ConfiguredAudienceModel(stack, 'Configured', {
    audienceModel,
    outputBucket: new s3.Bucket(stack, 'Bucket', { removalPolicy: RemovalPolicy.DESTROY }),
    sharedAudienceMetrics: SharedAudienceMetrics.ALL,
  });
}

function modelArnIn(scene: Scene): { readonly consumed: unknown; readonly exported: boolean } {
  const app = new App();
  const [producer, consumer] = [PRODUCER, CONSUMER].map((id) => new Stack(app, id, { env: { account: ACCOUNT, region: REGION } }));
  consume(consumer, produce(producer, scene));
  const [configured] = Object.values(Template.fromStack(consumer).findResources('Custom::CleanRoomsMLConfiguredAudienceModel')) as {
    Properties: { AudienceModelArn: object };
  }[];
  const outputs = Object.values(Template.fromStack(producer).toJSON().Outputs as Record<string, { Export?: unknown }>);
  return { consumed: Object.keys(configured.Properties.AudienceModelArn)[0], exported: outputs.some((output) => output.Export !== undefined) };
}

test.each<[string, Scene, ReturnType<typeof modelArnIn>]>([
  ['by default', {}, { consumed: 'Fn::ImportValue', exported: true }],
  ['weak', { strength: ReferenceStrength.WEAK }, { consumed: 'Fn::GetStackOutput', exported: false }],
  ['weak, said to the construct itself', {
    strength: ReferenceStrength.WEAK,
    say: (model, strength) => (model as unknown as AppliesStrength).applyCrossStackReferenceStrength(strength),
  }, { consumed: 'Fn::GetStackOutput', exported: false }],
  ['both', { strength: ReferenceStrength.BOTH }, { consumed: 'Fn::GetStackOutput', exported: true }],
])('the reference to an audience model: %s', (_name, scene, expected) => {
  expect(modelArnIn(scene)).toEqual(expected);
});

describe('a model that is replaced, with its configured model in another stack', () => {
  let world: World;
  beforeEach(async () => { world = await World.start(); });
  afterEach(async () => {
    for (const name of [CONSUMER, PRODUCER]) expect((await world.delete(name)).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
  });
  // A hook of its own, so that it also runs where the one before fails.
  afterEach(async () => world.close());
  afterAll(async () => World.sandboxes.close());

  async function synthesized(scene: Scene): Promise<[Assembly, Assembly]> {
    const other = (stack: Stack, id: string) => new Stack(stack.node.root, id, { env: { account: stack.account, region: stack.region } });
    return [
      await world.synthesize((producer) => consume(other(producer, CONSUMER), produce(producer, scene)), PRODUCER),
      await world.synthesize((consumer) => consume(consumer, produce(other(consumer, PRODUCER), scene)), CONSUMER),
    ];
  }
  const deploy = async (assembly: Assembly, stackName: string) => world.deployTemplate(assembly, undefined, { stackName });

  /** Deploys both, and gives what a new generation of the model is. */
  async function replacement(scene: Scene): Promise<[Assembly, Assembly]> {
    const [producer, consumer] = await synthesized(scene);
    expect(await deploy(producer, PRODUCER)).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(await deploy(consumer, CONSUMER)).toMatchObject({ status: 'CREATE_COMPLETE' });
    return synthesized({ ...scene, generation: '2' });
  }
  const configuredModel = () => world.service.configuredAudienceModels()[0].audienceModelArn;
  const newestModel = () => world.service.audienceModels().at(-1)!.arn;

  test('is refused where the reference is an export in use', async () => {
    const [producer] = await replacement({});
    const before = configuredModel();
    expect(await deploy(producer, PRODUCER)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.events(PRODUCER).map(({ reason }) => reason).join()).toMatch(/which Consumer imports as .*, and AWS CloudFormation would refuse that after the training/);
    expect(world.trainings).toBe(1);
    expect(world.service.audienceModels().map(({ arn }) => arn)).toEqual([before]);
  });

  test('is deployed where the reference is weak; the old one stays while the other stack has not followed', async () => {
    const [producer, consumer] = await replacement({ strength: ReferenceStrength.WEAK });
    const before = configuredModel();
    expect(await deploy(producer, PRODUCER)).toMatchObject({ status: 'UPDATE_COMPLETE', reason: expect.stringContaining('could not be deleted') });
    expect(configuredModel()).toBe(before);
    expect(world.service.audienceModels().map(({ arn }) => arn)).toEqual([before, newestModel()]);
    // The template is the same: nothing but the output has changed.
    expect(consumer.template.Resources).toEqual((await synthesized({ strength: ReferenceStrength.WEAK }))[1].template.Resources);
    expect(await deploy(consumer, CONSUMER)).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(configuredModel()).toBe(newestModel());
  });

  test('leaves nothing where the other stack follows during the clean-up', async () => {
    const [producer, consumer] = await replacement({ strength: ReferenceStrength.WEAK });
    const outcome = deploy(producer, PRODUCER);
    await world.until(() => world.aws.cloudFormation.describe(PRODUCER).status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(await deploy(consumer, CONSUMER)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await outcome).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(world.service.audienceModels().map(({ arn }) => arn)).toEqual([configuredModel()]);
  });
});
