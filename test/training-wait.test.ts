import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import { TrainingDataset, TrainingWait } from '../src';
import { ACCOUNT, REGION, testConfigured, testDataset, TestDatasetProps, testModel, testStack, TRAINING_DATASET_ARN } from './fixtures';

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

describe('the windows', () => {
  test.each([
    [Duration.minutes(1), ['PT31M']],
    [Duration.seconds(61), ['PT32M']],
    [Duration.minutes(690), ['PT12H']],
    [Duration.minutes(691), ['PT12H', 'PT31M']],
    [undefined, ['PT12H', 'PT12H', 'PT1H30M']],
    [Duration.hours(24), ['PT12H', 'PT12H', 'PT1H30M']],
    [Duration.days(5), [...Array.from({ length: 10 }, () => 'PT12H'), 'PT5H30M']],
  ])('for a wait of %s are as many as are needed, each of 12 hours at most', (duration, timeouts) => {
    const windows = Object.values(windowsOf(templateOf({ trainingWait: duration && TrainingWait.upTo(duration) })));
    expect(windows.map(({ CreationPolicy }) => CreationPolicy)).toEqual(timeouts.map((Timeout) => ({ ResourceSignal: { Count: 1, Timeout } })));
  });

  test('stand in a chain between the beginning of the training and the gate', () => {
    const template = templateOf({});
    const windows = windowsOf(template);
    const [first, second, third] = Object.keys(windows);
    expect(Object.values(windows).map(({ DependsOn }) => DependsOn)).toEqual([['Model0301700E'], [first], [second]]);
    template.hasResource('Custom::CleanRoomsMLAudienceModelGate', { DependsOn: Match.arrayWith([third]) });
    template.hasResourceProperties('Custom::CleanRoomsMLAudienceModel', { TrainingWait: { Until: 'ACTIVE', Minutes: 1440, Windows: [first, second, third] } });
  });

  test('are the same as long as nothing trains another model', () => {
    expect(idsOf({ description: 'a', tags: { a: 'b' } }, { tags: { c: 'd' } })).toEqual(idsOf({ description: 'b', tags: { a: 'c' } }));
  });

  test.each<[string, Model, TestDatasetProps]>([
    ['generation', { generation: '2' }, {}],
    ['the start of the data', { trainingDataStartTime: new Date(0) }, {}],
    ['the end of the data', { trainingDataEndTime: new Date(0) }, {}],
    ['the name', { audienceModelName: 'mine' }, {}],
    ['the wait, as they cannot be changed', { trainingWait: TrainingWait.upTo(Duration.hours(25)) }, {}],
    ['the description of the dataset, which makes another dataset', {}, { description: 'clicks' }],
    ['the data of the dataset', {}, { source: { tableName: 'views' } }],
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
    Template.fromStack(stack).resourceCountIs(WINDOW, 3);
  });
});

describe('TrainingWait.none', () => {
  test('waits until the service has accepted the training, which the quota may delay', () => {
    const template = templateOf({ trainingWait: TrainingWait.none() });
    template.hasResourceProperties('Custom::CleanRoomsMLAudienceModel', { TrainingWait: { Until: 'ACCEPTED', Minutes: 1440 } });
    template.hasResourceProperties('Custom::CleanRoomsMLAudienceModelGate', { Until: 'ACCEPTED' });
    template.resourceCountIs(WINDOW, 3);
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
