import { Annotations as CdkAnnotations, App, CfnDeletionPolicy, CfnResource, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ACCOUNT, OTHER_ACCOUNT, REGION, testChain, testConfigured, testDataset, testImportedConfigured, testModel, testStack } from './fixtures';
import { AudienceModel, AudienceModelRetraining, ConfiguredAudienceModel, ConfiguredAudienceModelPolicy, TrainingDataset } from '../src';

/* What becomes of resources, as far as the template says it. */

type Make = (stack: Stack, removalPolicy?: RemovalPolicy) => Construct;

const RESOURCES: [string, Make][] = [
  ['TrainingDataset', (stack, removalPolicy) => testDataset(stack, { removalPolicy })],
  ['AudienceModel', (stack, removalPolicy) => testModel(stack, { removalPolicy })],
  ['ConfiguredAudienceModel', (stack, removalPolicy) => testConfigured(stack, { removalPolicy })],
  ['ConfiguredAudienceModelPolicy', (stack, removalPolicy) => new ConfiguredAudienceModelPolicy(stack, 'Policy', {
    configuredAudienceModel: testImportedConfigured(stack),
    document: new iam.PolicyDocument({
      statements: [new iam.PolicyStatement({ principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)], actions: ['cleanrooms-ml:StartAudienceGenerationJob'], resources: ['*'] })],
    }),
    removalPolicy,
  })],
  ['AudienceModelRetraining', (stack, removalPolicy) => {
    const configuredAudienceModel = testChain(stack);
    return new AudienceModelRetraining(stack, 'Retraining', {
      configuredAudienceModel, trainingDataset: stack.node.findChild('Interactions') as TrainingDataset, removalPolicy,
    });
  }],
];

const resourceOf = (construct: Construct) => construct.node.defaultChild as CfnResource;

describe.each(RESOURCES)('SNAPSHOT, which CloudFormation does not know of custom resources, is refused: %s', (type, make) => {
  const advice = 'because CloudFormation makes no snapshots of custom resources; choose one of them';

  test('as a property', () => {
    expect(() => make(testStack(), RemovalPolicy.SNAPSHOT)).toThrow(new RegExp(
      `^invalid ${type} at 'Retail/\\w+':\n  - removalPolicy: got "snapshot"; it must be RemovalPolicy.DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, ${advice}$`,
    ));
    expect(() => make(testStack(), 'keep' as RemovalPolicy)).toThrow('removalPolicy: got "keep"; it must be RemovalPolicy.DESTROY');
  });

  test.each<[string, (construct: Construct) => void]>([
    ['applyRemovalPolicy', (construct) => resourceOf(construct).applyRemovalPolicy(RemovalPolicy.SNAPSHOT)],
    ['an aspect', (construct) => RemovalPolicies.of(construct).snapshot({ applyToResourceTypes: [resourceOf(construct).cfnResourceType] })],
    ['an escape hatch', (construct) => Object.assign(resourceOf(construct).cfnOptions, { deletionPolicy: CfnDeletionPolicy.SNAPSHOT })],
  ])('by %s', (_, say) => {
    const stack = testStack();
    const construct = make(stack);
    say(construct);
    expect(() => Template.fromStack(stack)).toThrow(
      `[${construct.node.path}] deletionPolicy: got "Snapshot"; it must be Delete, Retain or RetainExceptOnCreate, ${advice}`);
  });

  test('of what is replaced', () => {
    const stack = testStack();
    resourceOf(make(stack)).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
    expect(() => Template.fromStack(stack)).toThrow('updateReplacePolicy: got "Snapshot"; it must be Delete, Retain');
  });

  test.each([RemovalPolicy.DESTROY, RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('and %s is not', (removalPolicy) => {
    const stack = testStack();
    make(stack, removalPolicy);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('what stays and uses what goes with its stack is warned about, because the service deletes nothing that is in use:', () => {
  const ID = 'cdk-cleanrooms-ml:retainedDependsOnDeleted';
  const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('retainedDependsOnDeleted'))
    .map(({ id, entry }) => `${id}: ${String(entry.data).replace(/ \[ack: .*\]$/, '')}`);
  const warning = (id: string, property: string, used: string) => `/Retail/${id}: ${property} is '${used}', which is deleted with the stack, but this is retained; `
    + `the service deletes nothing that is in use, so the deletion of the stack would fail: retain '${used}', too, with RemovalPolicy.RETAIN`;
  const MODEL = warning('Model', 'trainingDataset', 'Retail/Interactions');
  const CONFIGURED = warning('Configured', 'audienceModel', 'Retail/Model');
  const RETRAINING = warning('Retraining', 'trainingDataset', 'Retail/Interactions');

  interface Everything {
    readonly dataset: TrainingDataset;
    readonly model: AudienceModel;
    readonly configured: ConfiguredAudienceModel;
    readonly retraining: AudienceModelRetraining;
  }

  function everythingIn(stack: Stack): Everything {
    const configured = testChain(stack);
    const [dataset, model] = ['Interactions', 'Model'].map((id) => stack.node.findChild(id)) as [TrainingDataset, AudienceModel];
    return { dataset, model, configured, retraining: new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel: configured, trainingDataset: dataset }) };
  }

  const retain = (construct: Construct, policy = RemovalPolicy.RETAIN) => resourceOf(construct).applyRemovalPolicy(policy);
  const { DELETE, RETAIN, RETAIN_EXCEPT_ON_CREATE } = CfnDeletionPolicy;
  const set = (construct: Construct, deletionPolicy: CfnDeletionPolicy, updateReplacePolicy: CfnDeletionPolicy) => (
    Object.assign(resourceOf(construct).cfnOptions, { deletionPolicy, updateReplacePolicy })
  );

  test.each<[string, (everything: Everything) => void, string[]]>([
    ['a model', ({ model }) => retain(model), [MODEL]],
    ['a model, once it is created', ({ model }) => retain(model, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE), [MODEL]],
    ['a model that stays only when it is replaced', ({ model }) => set(model, DELETE, RETAIN), [MODEL]],
    ['a model that stays only when it is removed', ({ model }) => set(model, RETAIN_EXCEPT_ON_CREATE, DELETE), [MODEL]],
    ['a model whose dataset stays only when that is replaced', ({ model, dataset }) => { retain(model); set(dataset, DELETE, RETAIN); }, [MODEL]],
    ['a configured model', ({ configured }) => retain(configured), [CONFIGURED]],
    ['a configured model whose dataset stays, too', ({ configured, dataset }) => [configured, dataset].forEach((one) => retain(one)), [CONFIGURED]],
    ['a retraining', ({ retraining }) => retain(retraining), [RETRAINING]],
    ['all but the dataset', ({ model, configured, retraining }) => [model, configured, retraining].forEach((one) => retain(one)), [MODEL, RETRAINING]],
    ['nothing', () => undefined, []],
    ['everything', (everything) => Object.values(everything).forEach((one: Construct) => retain(one)), []],
    ['everything, once it is created', (everything) => Object.values(everything).forEach((one: Construct) => retain(one, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)), []],
    ['a dataset', ({ dataset }) => retain(dataset), []],
    ['a model, and later not', ({ model }) => { retain(model); retain(model, RemovalPolicy.DESTROY); }, []],
  ])('%s', (_, say, expected) => {
    const stack = testStack();
    say(everythingIn(stack));
    expect(warnings(stack).sort()).toEqual([...expected].sort());
  });

  test('by an aspect', () => {
    const stack = testStack();
    const { dataset } = everythingIn(stack);
    RemovalPolicies.of(stack).retain({ excludeResourceTypes: [resourceOf(dataset).cfnResourceType] });
    expect(warnings(stack).sort()).toEqual([MODEL, RETRAINING]);
  });

  test('a dataset of CloudFormation\'s own, too', () => {
    const data: Pick<cleanroomsml.CfnTrainingDatasetProps, 'name' | 'roleArn' | 'trainingData'> = { name: 'clicks', roleArn: 'arn', trainingData: [] };
    const [going, staying] = [testStack(), testStack()];
    testModel(going, { trainingDataset: new cleanroomsml.CfnTrainingDataset(going, 'Clicks', data), removalPolicy: RemovalPolicy.RETAIN });
    expect(warnings(going)).toEqual([warning('Model', 'trainingDataset', 'Retail/Clicks')]);
    const kept = new cleanroomsml.CfnTrainingDataset(staying, 'Clicks', data);
    kept.applyRemovalPolicy(RemovalPolicy.RETAIN);
    testModel(staying, { trainingDataset: kept, removalPolicy: RemovalPolicy.RETAIN });
    expect(warnings(staying)).toEqual([]);
  });

  test('but nothing of another stack, and no import', () => {
    const stack = testStack();
    const other = new Stack(stack.node.root as App, 'Other', { env: { account: ACCOUNT, region: REGION } });
    testModel(stack, { trainingDataset: testDataset(other), removalPolicy: RemovalPolicy.RETAIN });
    testConfigured(other, { removalPolicy: RemovalPolicy.RETAIN, outputBucket: other.node.findChild('Bucket') as never });
    expect([...warnings(stack), ...warnings(other)]).toEqual([]);
  });

  test('and it may be acknowledged', () => {
    const stack = testStack();
    retain(everythingIn(stack).model);
    CdkAnnotations.of(stack).acknowledgeWarning(ID);
    expect(warnings(stack)).toEqual([]);
  });
});
