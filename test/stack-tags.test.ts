import { App, Aws, NestedStack, Stack, StackProps, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Construct, IConstruct } from 'constructs';
import { testConfigured, testDataset, testModel } from './fixtures';

const DATASET = 'Custom::CleanRoomsMLTrainingDataset';
const EXPLICIT = { '@aws-cdk/core:explicitStackTags': true };

function tagged(props: StackProps, context: Record<string, unknown> = {}): Stack {
  return new Stack(new App({ context }), 'Retail', props);
}

function tagsOf(stack: Stack): unknown {
  const [dataset] = Object.values(Template.fromStack(stack).findResources(DATASET)) as { Properties: { Tags?: { Key: string; Value: unknown }[] } }[];
  return dataset.Properties.Tags && Object.fromEntries(dataset.Properties.Tags.map(({ Key: key, Value: value }) => [key, value]));
}

test.each([[{}], [EXPLICIT]])('the tags of a stack reach all resources that can be tagged, sorted by key, with the flags %j', (context) => {
  const stack = tagged({ tags: { team: 'ads', app: 'retail' } }, context);
  const audienceModel = testModel(stack, { trainingDataset: testDataset(stack) });
  testConfigured(new Construct(stack, 'Output'), { audienceModel });
  const template = Template.fromStack(stack);
  for (const type of [DATASET, 'Custom::CleanRoomsMLAudienceModel', 'Custom::CleanRoomsMLConfiguredAudienceModel']) {
    template.hasResourceProperties(type, { Tags: [{ Key: 'app', Value: 'retail' }, { Key: 'team', Value: 'ads' }] });
  }
  template.hasResourceProperties('Custom::CleanRoomsMLAudienceModelGate', { Tags: Match.absent() });
});

describe('of the same key', () => {
  test.each<[string, { tags?: Record<string, string> }, (dataset: IConstruct) => void]>([
    ['a property', { tags: { team: 'mine' } }, () => {}],
    ['Tags.of', {}, (dataset) => Tags.of(dataset).add('team', 'mine')],
    ['Tags.of with the lowest priority', {}, (dataset) => Tags.of(dataset).add('team', 'mine', { priority: 0 })],
  ])('the tag of %s wins', (_name, props, add) => {
    const stack = tagged({ tags: { team: 'ads', app: 'retail' } });
    add(testDataset(stack, props));
    expect(tagsOf(stack)).toEqual({ team: 'mine', app: 'retail' });
  });
});

test('a tag that is removed from a resource does not come back from the stack', () => {
  const stack = tagged({ tags: { team: 'ads', app: 'retail' } });
  Tags.of(testDataset(stack)).remove('team');
  expect(tagsOf(stack)).toEqual({ app: 'retail' });
});

test('a tag that is removed with a low priority stays, and so does one that is added again', () => {
  const stack = tagged({ tags: { team: 'ads' } });
  const dataset = testDataset(stack, { tags: { stage: 'prod' } });
  Tags.of(dataset).remove('stage', { priority: 10 });
  Tags.of(dataset).remove('team');
  Tags.of(dataset).add('team', 'mine', { priority: 300 });
  expect(tagsOf(stack)).toEqual({ stage: 'prod', team: 'mine' });
});

test('tags that are added to, or removed from, the stack later count too', () => {
  const stack = tagged({ tags: { team: 'ads' } });
  testDataset(stack);
  stack.tags.setTag('late', 'yes');
  stack.tags.removeTag('team', 100);
  expect(tagsOf(stack)).toEqual({ late: 'yes' });
});

describe('Tags.of(stack)', () => {
  test.each([[{}], [EXPLICIT]])('reaches a resource once, with the flags %j', (context) => {
    const stack = tagged({ tags: { team: 'ads' } }, context);
    testDataset(stack);
    Tags.of(stack).add('stage', 'prod');
    Template.fromStack(stack).hasResourceProperties(DATASET, { Tags: [{ Key: 'stage', Value: 'prod' }, { Key: 'team', Value: 'ads' }] });
  });

  test('reaches a resource that it excludes, as native ones, unless it excludes the stack', () => {
    const stack = tagged({});
    testDataset(stack);
    Tags.of(stack).add('stage', 'prod', { excludeResourceTypes: [DATASET] });
    Tags.of(stack).add('never', 'x', { excludeResourceTypes: [DATASET, 'aws:cdk:stack'] });
    Tags.of(stack).add('direct', 'x', { excludeResourceTypes: ['aws:cdk:stack'] });
    Tags.of(stack).add('only-stack', 'x', { includeResourceTypes: ['aws:cdk:stack'] });
    expect(tagsOf(stack)).toEqual({ 'stage': 'prod', 'direct': 'x', 'only-stack': 'x' });
  });

  test('takes a value that only deployment knows, which a tag of the stack may not have, nor a key', () => {
    const stack = tagged({ tags: { team: Aws.REGION, [Aws.STACK_NAME]: 'ads' } });
    testDataset(stack);
    Tags.of(stack).add('account', Aws.ACCOUNT_ID);
    expect(tagsOf(stack)).toEqual({ account: { Ref: 'AWS::AccountId' } });
  });
});

test('the resources of a nested stack have its tags, which win, and those of the stacks around it', () => {
  const outer = tagged({ tags: { team: 'ads', app: 'retail' } });
  const nested = new NestedStack(new NestedStack(outer, 'Middle'), 'Inner');
  Tags.of(nested.nestedStackResource!).add('level', 'inner');
  Tags.of(nested.nestedStackResource!).add('team', 'middle');
  nested.tags.setTag('team', 'inner');
  testDataset(nested);
  expect(tagsOf(nested)).toEqual({ team: 'inner', app: 'retail', level: 'inner' });
});

describe('are refused at synthesis', () => {
  test('where there are too many, and Tags.of can remove some', () => {
    const stack = tagged({ tags: Object.fromEntries(Array.from({ length: 47 }, (_, index) => [`key${index}`, 'v'])) });
    const dataset = testDataset(stack, { tags: { own: 'v' } });
    expect(() => Template.fromStack(stack)).toThrow(
      /Retail\/Interactions\/Resource\] tags, with those of the stack: got .*there may be at most 47 tags .* but there are 48; remove some/);
    Tags.of(dataset).remove('key0');
    expect(Object.keys(tagsOf(stack) as object)).toHaveLength(47);
  });

  test('where a key is reserved', () => {
    const stack = tagged({ tags: { 'cdk-cleanrooms-ml:stack-id': 'x' } });
    testDataset(stack);
    expect(() => Template.fromStack(stack)).toThrow(/tags, with those of the stack: .*keys that begin with "cdk-cleanrooms-ml:" are reserved; rename it/);
  });
});
