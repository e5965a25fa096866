import { Annotations as CdkAnnotations, App, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TrainingDataset, TrainingWait } from '../src';
import {
  ACCOUNT, HANDLER_POLICY, REGION, testConfigured, testDataset, TestDatasetProps, testModel, testStack, TRAINING_DATASET_ARN,
} from './fixtures';
import { ResourceType } from '../src/private/contract';
import { REPLACING } from '../src/private/replacement';

const WINDOW = 'AWS::CloudFormation::WaitCondition';

type Model = Parameters<typeof testModel>[1];

interface Window {
  readonly DependsOn: string[];
  readonly CreationPolicy: { readonly ResourceSignal: object };
}

function templateOf(props: Model, dataset: TestDatasetProps = {}): Template {
  const stack = testStack();
  testModel(stack, { trainingDataset: testDataset(stack, dataset), ...props });
  return Template.fromStack(stack);
}

const windowsOf = (template: Template) => template.findResources(WINDOW) as Record<string, Window>;
const idsOf = (props: Model, dataset?: TestDatasetProps) => Object.keys(windowsOf(templateOf(props, dataset)));

function idsAfter(change: (dataset: TrainingDataset) => unknown, props: TestDatasetProps = {}): string[] {
  const stack = testStack();
  const trainingDataset = testDataset(stack, props);
  testModel(stack, { trainingDataset });
  change(trainingDataset);
  return Object.keys(windowsOf(Template.fromStack(stack)));
}

const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd`;

describe('the windows', () => {
  test.each([
    [Duration.minutes(1), []],
    [Duration.seconds(61), []],
    [Duration.minutes(55), []],
    [Duration.minutes(56), ['PT14M']],
    [Duration.minutes(762), ['PT12H']],
    [Duration.minutes(763), ['PT12H', 'PT14M']],
    [undefined, ['PT12H', 'PT12H', 'PT12H', 'PT11H57M']],
    [Duration.hours(24), ['PT12H', 'PT11H31M']],
    [Duration.hours(48), ['PT12H', 'PT12H', 'PT12H', 'PT11H57M']],
    [Duration.days(5), [...Array.from({ length: 10 }, () => 'PT12H'), 'PT1H28M']],
  ])('for a wait of %s are as many as are needed beside the 55 minutes of the gate, each of 12 hours at most', (duration, timeouts) => {
    const windows = Object.values(windowsOf(templateOf({ trainingWait: duration && TrainingWait.upTo(duration) })));
    expect(windows.map(({ CreationPolicy }) => CreationPolicy)).toEqual(timeouts.map((Timeout) => ({ ResourceSignal: { Count: 1, Timeout } })));
  });

  test('stand in a chain between the beginning of the training and the gate', () => {
    const template = templateOf({ trainingWait: TrainingWait.upTo(Duration.hours(36)) });
    const windows = windowsOf(template);
    const [first, second, third] = Object.keys(windows);
    expect(Object.values(windows).map(({ DependsOn }) => DependsOn)).toEqual([['Model0301700E'], [first], [second]]);
    template.hasResource('Custom::CleanRoomsMLAudienceModelGate', { DependsOn: Match.arrayWith([third]) });
    const wait = { Until: 'ACTIVE', Minutes: 2160, Windows: [first, second, third] };
    template.hasResourceProperties('Custom::CleanRoomsMLAudienceModel', { TrainingWait: wait });
  });

  test('have ids of the construct\'s, a number and a hash', () => {
    const [first, second] = idsOf({});
    expect(first).toMatch(/^Model0301700EWindow1[0-9a-f]{12}$/);
    expect(second).toMatch(/^Model0301700EWindow2[0-9a-f]{12}$/);
    expect(first.slice(-12)).toBe(second.slice(-12));
  });

  test('where there are none the model says none, and the gate waits for the model itself', () => {
    const template = templateOf({ trainingWait: TrainingWait.upTo(Duration.minutes(55)) });
    template.hasResourceProperties('Custom::CleanRoomsMLAudienceModel', { TrainingWait: { Until: 'ACTIVE', Minutes: 55, Windows: Match.absent() } });
    template.hasResource('Custom::CleanRoomsMLAudienceModelGate', { DependsOn: [HANDLER_POLICY, 'Model0301700E'] });
  });

  test('are the same as long as nothing trains another model', () => {
    const all: [Model, TestDatasetProps][] = [
      [{}, {}],
      [{ description: 'a' }, {}],
      [{ tags: { a: 'b' } }, {}],
      [{ removalPolicy: RemovalPolicy.RETAIN }, {}],
      [{}, { tags: { c: 'd' } }],
      [{}, { removalPolicy: RemovalPolicy.RETAIN }],
    ];
    for (const [model, dataset] of all) expect(idsOf(model, dataset)).toEqual(idsOf({}));
  });

  test('are the same where another key lets the role read the same data, or the role may do more', () => {
    expect(idsAfter(() => undefined, { source: { encryptionKey: kms.Key.fromKeyArn(testStack(), 'Key', KEY_ARN) } })).toEqual(idsOf({}));
    const statement = new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: ['*'] });
    expect(idsAfter((dataset) => dataset.role.addToPrincipalPolicy(statement))).toEqual(idsOf({}));
    const boundary = iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess');
    expect(idsAfter((dataset) => iam.PermissionsBoundary.of(dataset.role).apply(boundary))).toEqual(idsOf({}));
  });

  const role = (name: string) => iam.Role.fromRoleArn(testStack(), name, `arn:aws:iam::${ACCOUNT}:role/${name}`, { mutable: false });

  const IMPORTED = TrainingDataset.fromTrainingDatasetArn(testStack(), 'Imported', TRAINING_DATASET_ARN);

  /** What changes each property that replaces. */
  const REPLACING_CHANGES: [string, string, Model, TestDatasetProps][] = [
    [ResourceType.AUDIENCE_MODEL, 'Generation', { generation: '2' }, {}],
    [ResourceType.AUDIENCE_MODEL, 'TrainingDataStartTime', { trainingDataStartTime: new Date(0) }, {}],
    [ResourceType.AUDIENCE_MODEL, 'TrainingDataEndTime', { trainingDataEndTime: new Date(0) }, {}],
    [ResourceType.AUDIENCE_MODEL, 'KmsKeyArn', { encryptionKey: kms.Key.fromKeyArn(testStack(), 'Key', KEY_ARN) }, {}],
    [ResourceType.AUDIENCE_MODEL, 'TrainingDatasetArn', { trainingDataset: IMPORTED }, {}],
    [ResourceType.TRAINING_DATASET, 'Description', {}, { description: 'clicks' }],
    [ResourceType.TRAINING_DATASET, 'TrainingData', {}, { source: { tableName: 'views' } }],
    [ResourceType.TRAINING_DATASET, 'RoleArn', {}, { role: role('mine') }],
  ];

  test.each(REPLACING_CHANGES)('are others where %s has another %s', (_type, _property, model, dataset) => {
    const before = idsOf({});
    const after = idsOf(model, dataset);
    expect(after).toHaveLength(4);
    for (const id of after) expect(before).not.toContain(id);
  });

  test('are others where the role that was given is another', () => {
    expect(idsOf({}, { role: role('mine') })).toEqual(idsOf({}, { role: role('mine') }));
    expect(idsOf({}, { role: role('mine') })).not.toEqual(idsOf({}, { role: role('yours') }));
  });

  test.each<[string, (cfnRole: iam.CfnRole) => void]>([
    ['name', (cfnRole) => { cfnRole.roleName = 'prefixed'; }],
    ['name, by an override', (cfnRole) => cfnRole.addPropertyOverride('RoleName', 'prefixed')],
    ['path', (cfnRole) => { cfnRole.path = '/moved/'; }],
    ['logical id', (cfnRole) => cfnRole.overrideLogicalId('Moved')],
  ])('are others where the role that was created has another %s, which is its identity', (_what, change) => {
    expect(idsAfter(({ role: created }) => change(created.node.defaultChild as iam.CfnRole))).not.toEqual(idsOf({}));
  });

  test('nothing else replaces: each property that does has been tried', () => {
    const read = [ResourceType.AUDIENCE_MODEL, ResourceType.TRAINING_DATASET].flatMap((type) => {
      const names: string[] = [];
      REPLACING[type](new Proxy({}, { get: (_target, name) => { names.push(String(name)); return undefined; } }));
      return names.map((name) => `${type} ${name}`);
    });
    const tried = [...REPLACING_CHANGES.map(([type, property]) => `${type} ${property}`), `${ResourceType.TRAINING_DATASET} RoleIdentity`];
    expect(read.sort()).toEqual(tried.sort());
  });

  test.each<[string, Model, TestDatasetProps]>([
    ['the name', { audienceModelName: 'mine' }, {}],
    ['the wait, as they cannot be changed', { trainingWait: TrainingWait.upTo(Duration.hours(25)) }, {}],
    ['the name of the dataset', {}, { trainingDatasetName: 'mine' }],
  ])('are others where %s is another', (_what, model, dataset) => {
    const before = idsOf({});
    for (const id of idsOf(model, dataset)) expect(before).not.toContain(id);
  });

  test('are others where an L1 dataset or an imported one is another', () => {
    const idsWith = (dataset: (stack: Stack) => cleanroomsml.ITrainingDatasetRef) => {
      const stack = testStack();
      testModel(stack, { trainingDataset: dataset(stack) });
      return Object.keys(Template.fromStack(stack).findResources(WINDOW)).join();
    };
    const l1 = (props: object) => (stack: Stack) => new cleanroomsml.CfnTrainingDataset(stack, 'L1', { name: 'n', roleArn: 'r', trainingData: [], ...props });
    const imported = (arn: string) => (stack: Stack) => TrainingDataset.fromTrainingDatasetArn(stack, 'Imported', arn);
    const all = [l1({}), l1({ name: 'm' }), l1({ roleArn: 's' }), l1({ description: 'd' }), imported(TRAINING_DATASET_ARN), imported(`${TRAINING_DATASET_ARN}d`)].map(idsWith);
    expect(new Set(all).size).toBe(all.length);
    expect(idsWith(l1({ tags: [{ key: 'a', value: 'b' }] }))).toBe(all[0]);
  });

  test('of a dataset in another stack can be synthesized', () => {
    const app = new App();
    const env = { account: ACCOUNT, region: REGION };
    const dataset = testDataset(new Stack(app, 'Data', { env }));
    const stack = new Stack(app, 'Model', { env });
    testModel(stack, { trainingDataset: dataset });
    Template.fromStack(stack).resourceCountIs(WINDOW, 4);
  });
});

describe('TrainingWait.none', () => {
  test('waits in the gate until the service has accepted the training, which the quota may delay, and has no windows', () => {
    const template = templateOf({ trainingWait: TrainingWait.none() });
    const wait = { Until: 'ACCEPTED', Minutes: 55, Windows: Match.absent() };
    template.hasResourceProperties('Custom::CleanRoomsMLAudienceModel', { TrainingWait: wait });
    const gate = { Properties: { Until: 'ACCEPTED' }, DependsOn: [HANDLER_POLICY, 'Model0301700E'] };
    template.hasResource('Custom::CleanRoomsMLAudienceModelGate', gate);
    template.resourceCountIs(WINDOW, 0);
  });

  test.each([[TrainingWait.none(), 1], [TrainingWait.upTo(Duration.hours(1)), 0], [undefined, 0]])(
    'with a configured audience model warns: %#', (trainingWait, count) => {
      const stack = testStack();
      testConfigured(stack, { audienceModel: testModel(stack, { trainingWait }) });
      const found = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('trainingNotWaitedFor'));
      expect(found.map(({ entry }) => String(entry.data))).toEqual(Array.from({ length: count }, () => expect.stringContaining(
        'Retail/Model has TrainingWait.none(), so this will be created while the audience model is still in training')));
    });
});

describe('waits that are too short under the quota of two trainings', () => {
  const hours = (count: number) => TrainingWait.upTo(Duration.hours(count));

  function warningsOf(waits: (TrainingWait | undefined)[], change: (stack: Stack) => void = () => undefined): string[] {
    const stack = testStack();
    waits.forEach((trainingWait, index) => testModel(new Construct(stack, `No${index + 1}`), { trainingWait }));
    change(stack);
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('trainingWaitTooShort')).map(({ id, entry }) => `${id}: ${String(entry.data)}`);
  }

  test.each<[string, (TrainingWait | undefined)[]]>([
    ['one with the default', [undefined]],
    ['two with the default', [undefined, undefined]],
    ['three with 96 hours', [hours(96), hours(96), hours(96)]],
    ['four with 96 hours', [hours(96), hours(96), hours(96), hours(96)]],
    ['many that are not waited for', Array.from({ length: 9 }, () => TrainingWait.none())],
    ['two with the default among such', [TrainingWait.none(), undefined, TrainingWait.none(), undefined]],
    ['none', []],
  ])('are not those of %s', (_what, waits) => {
    expect(warningsOf(waits)).toEqual([]);
  });

  test.each<[string, (TrainingWait | undefined)[], RegExp]>([
    ['one with less than the default', [hours(47)], /it waits for, 1, may take 48 hours; 'Retail\/No1\/Model' waits less,.*TrainingWait.upTo\(Duration.hours\(48\)\), or have the quota raised/],
    ['three of which one has the default', [hours(96), undefined, hours(96)], /quota L-11056252.*, 3, may take 96 hours; 'Retail\/No2\/Model' waits less,.*a trainingWait of .*hours\(96\)/],
    ['three with the default', [undefined, undefined, undefined], /'Retail\/No1\/Model' and 2 more wait less/],
    ['five with the longest', Array.from({ length: 5 }, () => hours(120)), /may take 144 hours;.*: no trainingWait is that long, so have the quota raised, or add the models in several deployments of at most 4 each/],
  ])('are those of %s, of which the stack is warned once', (_what, waits, message) => {
    expect(warningsOf(waits)).toEqual([expect.stringMatching(message)]);
    expect(warningsOf(waits)[0]).toMatch(/^\/Retail\/CleanRoomsMLProvider: /);
  });

  test('may be acknowledged', () => {
    const acknowledged = (stack: Stack) => CdkAnnotations.of(stack).acknowledgeWarning('cdk-cleanrooms-ml:trainingWaitTooShort');
    expect(warningsOf([hours(1)], acknowledged)).toEqual([]);
  });

  test('are told once in two syntheses', () => {
    expect(warningsOf([hours(1)], (stack) => (stack.node.root as App).synth())).toHaveLength(1);
  });

  test('are those of one stack, as the models of others need not be deployed with them', () => {
    const app = new App();
    const stacks = ['A', 'B'].map((id) => new Stack(app, id, { env: { account: ACCOUNT, region: REGION } }));
    for (const stack of stacks) for (const id of ['One', 'Two']) testModel(new Construct(stack, id));
    for (const stack of stacks) Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('trainingWaitTooShort'));
  });
});

describe('a wait', () => {
  test.each([[Duration.seconds(0)], [Duration.seconds(59)], [Duration.minutes(5 * 24 * 60 + 1)]])('of %s is refused', (duration) => {
    expect(() => testModel(testStack(), { trainingWait: TrainingWait.upTo(duration) })).toThrow(
      `invalid AudienceModel at 'Retail/Model':\n  - trainingWait: got "${duration.toHumanString()}"; it must be a Duration from 1 minute to 5 days`);
  });

  test('that is negative is refused by the CDK', () => {
    expect(() => TrainingWait.upTo(Duration.minutes(-1))).toThrow(/cannot be negative/);
  });

  const late = Lazy.number({ produce: () => 60 });
  test.each([[undefined], ['1 hour'], [Duration.minutes(NaN)], [Duration.minutes(late)], [Duration.hours(late)], [Duration.days(late)]])('of something else is refused: %#', (duration) => {
    expect(() => testModel(testStack(), { trainingWait: TrainingWait.upTo(duration as Duration) })).toThrow(/trainingWait: got .*; it must be a Duration/);
  });
});
