import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  App, AspectPriority, Aspects, CfnCondition, CfnElement, CfnParameter, CfnResource, Fn, IAspect, Lazy, NestedStack, RemovalPolicy, Stack, Tags,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct, IConstruct } from 'constructs';
import { ACCOUNT, REGION, stableTemplate, testConfigured, testDataset, testModel, testStack } from './fixtures';
import { AudienceModel, TrainingDataset } from '../src';
import { ResourceType } from '../src/private/contract';

/* What is rendered decides whether there are new windows. */

const WINDOW = 'AWS::CloudFormation::WaitCondition';
const ENV = { account: ACCOUNT, region: REGION };

interface Retail {
  readonly stack: Stack;
  readonly dataset: TrainingDataset;
  readonly model: AudienceModel;
}

const cfn = (construct: IConstruct) => construct.node.defaultChild as CfnResource;
const idsIn = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources(WINDOW));

/** The windows of a stack to which something was done. */
function idsAfter(change: (retail: Retail) => unknown, stack = testStack()): string[] {
  const dataset = testDataset(stack);
  const model = testModel(stack, { trainingDataset: dataset });
  change({ stack, dataset, model });
  return idsIn(stack);
}

/** An aspect that sees all the others' work. */
function atLast(scope: Construct, visit: (node: IConstruct) => void, priority: number = AspectPriority.READONLY + 1): void {
  Aspects.of(scope).add({ visit } satisfies IAspect, { priority });
}

const inAspect = (change: (retail: Retail) => void) => (retail: Retail) => {
  atLast(retail.stack, (node) => { if (node === retail.stack) change(retail); });
};

function parameter(stack: Stack): string {
  return new CfnParameter(stack, 'Parameter').valueAsString;
}

function cfnIf(stack: Stack, condition: string, value: string): string {
  const expression = new CfnCondition(stack, condition, { expression: Fn.conditionEquals('a', 'b') });
  return Fn.conditionIf(expression.logicalId, value, 'other').toString();
}

const other = (stack: Stack) => testDataset(new Construct(stack, 'Other'));

describe('are others where the template says another training', () => {
  const changes: [string, (retail: Retail) => void][] = [
    ['an override of the model', ({ model }) => cfn(model).addPropertyOverride('Generation', '2')],
    ['a raw override of the model', ({ model }) => cfn(model).addOverride('Properties.KmsKeyArn', 'mine')],
    ['an override of the dataset', ({ dataset }) => cfn(dataset).addPropertyOverride('TrainingData.0.InputConfig.DataSource.GlueDataSource.TableName', 'views')],
    ['a deletion override of the dataset', ({ dataset }) => cfn(dataset).addPropertyDeletionOverride('RoleIdentity')],
    ['Fn::If in the model', ({ stack, model }) => cfn(model).addPropertyOverride('Generation', cfnIf(stack, 'One', 'a'))],
    ['Fn::If in the dataset', ({ stack, dataset }) => cfn(dataset).addPropertyOverride('Description', cfnIf(stack, 'One', 'a'))],
    ['a parameter', ({ stack, model }) => cfn(model).addPropertyOverride('Generation', parameter(stack))],
    ['a parameter in a text', ({ stack, model }) => cfn(model).addPropertyOverride('Generation', `a-${parameter(stack)}`)],
    ['the name of the role', ({ dataset }) => { (cfn(dataset.role) as iam.CfnRole).roleName = 'prefixed'; }],
    ['an override of the role', ({ dataset }) => cfn(dataset.role).addPropertyOverride('Path', '/moved/')],
    ['the logical id of the model', ({ model }) => cfn(model).overrideLogicalId('Moved')],
    ['the logical id of the dataset', ({ dataset }) => cfn(dataset).overrideLogicalId('Moved')],
    ['the logical id of the role', ({ dataset }) => cfn(dataset.role).overrideLogicalId('Moved')],
    ['the name of the model', ({ model }) => cfn(model).addPropertyOverride('Name', 'mine')],
    ['another dataset', ({ stack, model }) => cfn(model).addPropertyOverride('TrainingDatasetArn', other(stack).trainingDatasetArn)],
    ['another dataset, by hand', ({ stack, model }) => cfn(model).addPropertyOverride('TrainingDatasetArn',
      { 'Fn::GetAtt': [stack.resolve(cfn(other(stack)).logicalId), 'TrainingDatasetArn'] })],
  ];

  test.each(changes)('%s', (_what, change) => {
    const before = idsAfter(() => undefined);
    for (const id of idsAfter(change)) expect(before).not.toContain(id);
  });

  test.each(changes.filter(([what]) => !/dataset, by|another dataset|If|parameter/.test(what)))('%s, by an aspect that comes last', (_what, change) => {
    expect(idsAfter(inAspect(change))).toEqual(idsAfter(change));
  });

  test('all of them are others than the others\'', () => {
    const all = changes.map(([, change]) => idsAfter(change).join());
    const [byToken, byHand] = all.splice(-2);
    expect(new Set([...all, byToken]).size).toBe(changes.length - 1);
    // The same template.
    expect(byHand).toBe(byToken);
  });

  test('what an escape hatch puts in place of the dataset counts, and not what it replaced', () => {
    const overridden = (what: 'dataset' | 'other' | 'nothing', byHand: boolean) => idsAfter(({ stack, model, dataset }) => {
      const another = other(stack);
      cfn(model).addPropertyOverride('TrainingDatasetArn', byHand
        ? { 'Fn::GetAtt': [stack.resolve(cfn(another).logicalId), 'TrainingDatasetArn'] } : another.trainingDatasetArn);
      if (what !== 'nothing') cfn(what === 'other' ? another : dataset).addPropertyOverride('Description', 'clicks');
    });
    for (const byHand of [true, false]) {
      expect(overridden('dataset', byHand)).toEqual(overridden('nothing', byHand));
      expect(overridden('other', byHand)).not.toEqual(overridden('nothing', byHand));
    }
  });

  test('the windows follow an allocation of logical ids', () => {
    const renamed = (suffix: string) => {
      class Renaming extends Stack {
        protected override allocateLogicalId(element: CfnElement): string {
          return super.allocateLogicalId(element) + suffix;
        }
      }
      return new Renaming(new App(), 'Retail', { env: ENV });
    };
    expect(idsAfter(() => undefined, renamed(''))).toEqual(idsAfter(() => undefined));
    expect(idsAfter(() => undefined, renamed('X'))).not.toEqual(idsAfter(() => undefined));
  });
});

describe('are the same where the template says no other training', () => {
  test.each<[string, (retail: Retail) => void]>([
    ['tags', ({ stack }) => Tags.of(stack).add('a', 'b')],
    ['the description of the model', ({ model }) => cfn(model).addPropertyOverride('Description', 'clicks')],
    ['how the wait is written', ({ model }) => cfn(model).addPropertyOverride('TrainingWait.Until', 'FOREVER')],
    ['a removal policy', ({ model, dataset }) => [model, dataset].forEach((one) => one.applyRemovalPolicy(RemovalPolicy.RETAIN))],
    ['metadata', ({ model, dataset }) => [model, dataset].forEach((one) => cfn(one).addMetadata('a', 'b'))],
    ['a dependency', ({ stack, model }) => model.node.addDependency(new CfnParameter(stack, 'P'), new iam.User(stack, 'User'))],
    ['a condition', ({ stack, model }) => { cfn(model).cfnOptions.condition = new CfnCondition(stack, 'Condition'); }],
    ['what is in a parameter', ({ stack }) => { new CfnParameter(stack, 'Parameter', { default: 'x' }); }],
    ['what uses the model', ({ stack, model }) => { testConfigured(new Construct(stack, 'User'), { audienceModel: model }); }],
    ['another model and its dataset', ({ stack }) => { const scope = new Construct(stack, 'Z'); testModel(scope, { trainingDataset: testDataset(scope) }); }],
    ['what the role is described as', ({ dataset }) => cfn(dataset.role).addPropertyOverride('Description', 'mine')],
    ['a property of CloudFormation\'s', ({ dataset }) => cfn(dataset).addPropertyOverride('ServiceTimeout', 60)],
  ])('%s', (_what, change) => {
    expect(idsAfter(change)).toEqual(expect.arrayContaining(idsAfter(() => undefined)));
  });

  test('a value that is a text or a number, as CloudFormation makes texts of both', () => {
    const ids = (value: unknown) => idsAfter(({ model }) => cfn(model).addPropertyOverride('Generation', value));
    expect(ids(2)).toEqual(ids('2'));
  });

  test('a text that is joined by hand', () => {
    const ids = (value: (name: string) => string) => idsAfter(({ stack, model }) => cfn(model).addPropertyOverride('Generation', value(parameter(stack))));
    expect(ids((name) => Fn.join('', ['a-', name, '-b']))).toEqual(ids((name) => `a-${name}-b`));
  });

  test('a text that begins, or ends, with nothing', () => {
    const nothing = Lazy.string({ produce: () => undefined as unknown as string });
    const ids = (value: string) => idsAfter(({ model }) => cfn(model).addPropertyOverride('Generation', value));
    expect(ids(`${nothing}-2`)).toEqual(ids('-2'));
    expect(ids(`2-${nothing}`)).toEqual(ids('2-'));
  });

  test('properties in another order', () => {
    const ids = (key: object) => idsAfter(({ model }) => cfn(model).addPropertyOverride('KmsKeyArn', { 'Fn::If': ['A', key, ''] }));
    expect(ids({ a: '1', b: '2' })).toEqual(ids({ b: '2', a: '1' }));
  });

  test('the whole is moved, and what is deployed keeps its logical ids', () => {
    const keep = ({ model, dataset }: Omit<Retail, 'stack'>) => {
      cfn(model).overrideLogicalId('Model');
      cfn(dataset).overrideLogicalId('Dataset');
      cfn(dataset.role).overrideLogicalId('Role');
      cfn(model.node.findChild('Gate')).overrideLogicalId('Gate');
    };
    const resourcesOf = (stack: Stack, scope: Construct = stack) => {
      const dataset = testDataset(scope);
      keep({ dataset, model: testModel(scope, { trainingDataset: dataset }) });
      return stableTemplate(stack);
    };
    const stack = testStack();
    expect(resourcesOf(stack, new Construct(stack, 'Elsewhere'))).toEqual(resourcesOf(testStack()));
  });

  test('an app is synthesized twice', () => {
    const stack = testStack();
    const dataset = testDataset(stack);
    const model = testModel(stack, { trainingDataset: dataset });
    const app = stack.node.root as App;
    const idsOf = () => Object.keys(app.synth({ force: true }).getStackByName('Retail').template.Resources).filter((id) => id.startsWith('Model0301700EWindow'));
    const before = idsOf();
    expect(before.length).toBeGreaterThan(0);
    expect(idsOf()).toEqual(before);
    cfn(model).addPropertyOverride('Generation', '2');
    expect(idsOf()).not.toEqual(before);
    cfn(model).addPropertyDeletionOverride('Generation');
    expect(idsOf()).toEqual(before);
    (cfn(dataset.role) as iam.CfnRole).roleName = 'renamed';
    expect(idsOf()).not.toEqual(before);
  });
});

test('the ids are the same wherever they are referred to', () => {
  const stack = testStack();
  const dataset = testDataset(stack);
  const model = testModel(stack, { trainingDataset: dataset });
  atLast(stack, (node) => { if (node === model) cfn(model).addPropertyOverride('Generation', '2'); });
  const [first] = model.node.children.filter((child) => child.node.id === 'Window1') as CfnResource[];
  // Asked for too early, when the aspect has not been there.
  expect(stack.resolve(first.logicalId)).toMatch(/^Model0301700EWindow1[0-9a-f]{12}$/);
  const { Resources: resources } = Template.fromStack(stack).toJSON();
  const ids = idsIn(stack);
  expect(resources.Model0301700E.Properties.TrainingWait.Windows).toEqual(ids);
  expect(resources[ids[1]].DependsOn).toEqual([ids[0]]);
  expect(stack.resolve(first.logicalId)).toBe(ids[0]);
});

test('are found out even where a training comes after another', () => {
  const stack = testStack();
  let before: AudienceModel | undefined;
  for (let number = 0; number < 12; number++) {
    const scope = new Construct(stack, `Chain${number}`);
    const trainingDataset = testDataset(scope);
    if (before) trainingDataset.node.addDependency(before);
    before = testModel(scope, { trainingDataset });
  }
  expect(new Set(idsIn(stack)).size).toBe(idsIn(stack).length);
});

describe('of an L1 dataset', () => {
  type Change = (l1: cleanroomsml.CfnTrainingDataset) => void;

  function include(stack: Stack): cleanroomsml.CfnTrainingDataset {
    const templateFile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'include-')), 'template.json');
    const Properties = { Name: 'n', RoleArn: 'r', TrainingData: [] };
    fs.writeFileSync(templateFile, JSON.stringify({ Resources: { L1: { Type: 'AWS::CleanRoomsML::TrainingDataset', Properties } } }));
    return new CfnInclude(stack, 'Include', { templateFile }).getResource('L1') as cleanroomsml.CfnTrainingDataset;
  }

  describe.each<[string, (stack: Stack) => cleanroomsml.CfnTrainingDataset, boolean]>([
    ['made here', (stack) => new cleanroomsml.CfnTrainingDataset(stack, 'L1', { name: 'n', roleArn: 'r', trainingData: [] }), false],
    ['from a template', include, false],
    ['taken for one of another stack', include, true],
  ])('%s', (_which, make, imports) => {
    const ids = (change: Change) => {
      const stack = testStack();
      const l1 = make(stack);
      testModel(stack, { trainingDataset: imports ? TrainingDataset.fromTrainingDatasetArn(stack, 'Imported', l1.attrTrainingDatasetArn) : l1 });
      change(l1);
      return idsIn(stack);
    };

    test.each<[string, Change]>([
      ['name', (l1) => l1.addPropertyOverride('Name', 'm')],
      ['role', (l1) => { l1.roleArn = 's'; }],
      ['description', (l1) => l1.addOverride('Properties.Description', 'd')],
      ['data', (l1) => l1.addPropertyOverride('TrainingData', [{ Type: 'INTERACTIONS' }])],
      ['logical id', (l1) => l1.overrideLogicalId('Other')],
    ])('are others where its %s is another', (_what, change) => {
      expect(ids(change)).not.toEqual(ids(() => undefined));
    });

    test('are the same where its tags are others', () => {
      expect(ids((l1) => Tags.of(l1).add('a', 'b'))).toEqual(ids(() => undefined));
    });
  });
});

describe('of a dataset in another stack', () => {
  function twoStacks(change: (data: Retail['dataset']) => void = () => undefined, id?: string) {
    const app = new App();
    const data = new Stack(app, 'Data', { env: ENV });
    const dataset = testDataset(id ? new Construct(data, id) : data);
    change(dataset);
    const stack = new Stack(app, 'Retail', { env: ENV });
    testModel(stack, { trainingDataset: dataset });
    return { ids: idsIn(stack), data: Template.fromStack(data).toJSON(), template: Template.fromStack(stack).toJSON() };
  }

  test('are others where it is another one', () => {
    expect(twoStacks(undefined, 'Other').ids).not.toEqual(twoStacks().ids);
  });

  test('do not depend on what the other stack says of it, and make no export but that of its ARN', () => {
    const { ids, data } = twoStacks((dataset) => {
      cfn(dataset).addPropertyOverride('Description', 'clicks');
      cfn(dataset.role).addPropertyOverride('RoleName', 'mine');
    });
    expect(ids).toEqual(twoStacks().ids);
    expect(Object.keys(data.Outputs)).toEqual([expect.stringMatching(/^ExportsOutputFnGetAttInteractions\w+TrainingDatasetArn/)]);
  });

  test.each<[string, boolean, boolean]>([
    ['the parent\'s of the model\'s', false, true], ['a child of the model\'s', true, false], ['a brother of the model\'s', true, true],
  ])('that is %s, they are in the template as they are in the model', (_which, isDataNested, isModelNested) => {
    const build = (table: string) => {
      const app = new App();
      const top = new Stack(app, 'Top', { env: ENV });
      const data = isDataNested ? new NestedStack(top, 'Data') : top;
      const stack = isModelNested ? new NestedStack(top, 'Retail') : top;
      testModel(stack, { trainingDataset: testDataset(data, { source: { tableName: table } }) });
      const template = Template.fromStack(stack);
      const ids = Object.keys(template.findResources(WINDOW));
      const [model] = Object.values(template.findResources(ResourceType.AUDIENCE_MODEL));
      expect(model.Properties.TrainingWait.Windows).toEqual(ids);
      return ids;
    };
    const ids = build('clicks');
    expect(ids.length).toBeGreaterThan(0);
    expect(build('views')).toEqual(ids);
  });

  test('do not depend on one of a nested stack that has the same logical id', () => {
    const build = (roleArn: string) => idsAfter(({ stack, model }) => {
      const l1 = new cleanroomsml.CfnTrainingDataset(new NestedStack(stack, 'Nested'), 'L1', { name: 'n', roleArn, trainingData: [] });
      l1.overrideLogicalId('Foreign');
      cfn(model).addPropertyOverride('TrainingDatasetArn', { 'Fn::GetAtt': ['Foreign', 'TrainingDatasetArn'] });
    });
    expect(build('r')).toEqual(build('s'));
  });

  test('that is the same nested one they are others where it is', () => {
    const build = (table: string) => {
      const stack = new NestedStack(new Stack(new App(), 'Top', { env: ENV }), 'Retail');
      testModel(stack, { trainingDataset: testDataset(stack, { source: { tableName: table } }) });
      return Object.keys(Template.fromStack(stack).findResources(WINDOW));
    };
    expect(build('views')).not.toEqual(build('clicks'));
  });
});

test('the ids have at most 255 characters, of which the hash and the number are not cut', () => {
  const build = (ending: string, generation: string) => {
    const stack = testStack();
    const model = testModel(stack, { generation });
    cfn(model).overrideLogicalId('M'.repeat(255 - ending.length) + ending);
    return idsIn(stack);
  };
  const ids = build('A', '1');
  for (const [index, id] of ids.entries()) {
    expect(id).toMatch(new RegExp(`^M+Window${index + 1}[0-9a-f]{12}$`));
    expect(id).toHaveLength(255);
  }
  for (const id of [...build('A', '2'), ...build('B', '1')]) expect(ids).not.toContain(id);
});

describe('a condition of the model', () => {
  const resourcesOf = (stack: Stack): { Type: string; Condition?: string }[] => Object.values(Template.fromStack(stack).toJSON().Resources);
  const conditionsOf = (stack: Stack) => resourcesOf(stack)
    .filter(({ Type }) => Type.startsWith('Custom::') || Type === WINDOW).map(({ Type, Condition }) => [Type, Condition]);

  const conditional = (id: string | undefined, windows: number) => [
    [ResourceType.TRAINING_DATASET, undefined],
    ...Array.from({ length: windows }, () => [WINDOW, id]),
    [ResourceType.AUDIENCE_MODEL, id],
    [ResourceType.AUDIENCE_MODEL_GATE, id],
  ];

  test.each(['at once', 'by an aspect that comes last', 'by an escape hatch of later'])('is its gate\'s and its windows\' too, said %s', (when) => {
    const stack = testStack();
    const model = testModel(stack, { trainingDataset: testDataset(stack) });
    const condition = new CfnCondition(stack, 'Wanted', { expression: Fn.conditionEquals('a', 'b') });
    const windows = model.node.children.filter(({ node }) => node.id.startsWith('Window')).length;
    expect(windows).toBeGreaterThan(0);
    const set = () => { cfn(model).cfnOptions.condition = condition; };
    if (when === 'by an aspect that comes last') atLast(stack, (node) => { if (node === stack) set(); });
    else set();
    if (when === 'by an escape hatch of later') condition.overrideLogicalId('Other');
    expect(conditionsOf(stack)).toEqual(conditional(when === 'by an escape hatch of later' ? 'Other' : 'Wanted', windows));
  });

  test('that there is none of leaves none', () => {
    const stack = testStack();
    testModel(stack, { trainingDataset: testDataset(stack) });
    for (const [, condition] of conditionsOf(stack)) expect(condition).toBeUndefined();
  });

  test('is what a second synthesis says', () => {
    const stack = testStack();
    const model = testModel(stack, { trainingDataset: testDataset(stack) });
    const app = stack.node.root as App;
    const gate = () => app.synth({ force: true }).getStackByName('Retail').template.Resources.ModelGate5CCD7912.Condition;
    cfn(model).cfnOptions.condition = new CfnCondition(stack, 'One');
    expect(gate()).toBe('One');
    cfn(model).cfnOptions.condition = undefined;
    expect(gate()).toBeUndefined();
  });
});
