import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { AspectPriority, Aspects, CfnCondition, CfnOutput, CfnParameter, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import type { CfnTrainingDataset } from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as include from 'aws-cdk-lib/cloudformation-include';
import { IConstruct } from 'constructs';
import { Retail, retail, RetailProps } from './retail';
import { HOUR, MINUTE, trainingOf } from './trainings';
import { World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel } from '../../src';

/*
 * Changes that no property of a construct shows. Each either has a deployment that waits as long as the training takes, or is refused at
 * once: none begins a training that is rolled back for want of time.
 */

const TRAINING = 20 * HOUR;
const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start(trainingOf(TRAINING), functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const resourceOf = (construct?: IConstruct) => construct?.node.defaultChild as CfnResource;
const CATALOG = 'TrainingData.0.InputConfig.DataSource.GlueDataSource.CatalogId';
const more = (work: NonNullable<RetailProps['more']>): RetailProps => ({ more: work });

async function expectWait(outcome: Awaited<ReturnType<World['deploy']>>, began: number): Promise<void> {
  expect(world.reasons(outcome)).toBe('');
  expect(outcome.status).toMatch(/^UPDATE_COMPLETE$/);
  expect(world.clock.now() - began).toBeGreaterThan(TRAINING);
  expect(world.trainings).toBe(2);
  expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
}

async function expectRefusal(outcome: Awaited<ReturnType<World['deploy']>>, began: number, reason: RegExp, stackName?: string): Promise<void> {
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.events(stackName).map((event) => event.reason).join()).toMatch(reason);
  expect(world.clock.now() - began).toBeLessThan(5 * MINUTE);
  expect(world.trainings).toBe(1);
  expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
}

/** An aspect that comes after all others. */
function last(stack: Stack, visit: (node: IConstruct) => void): void {
  Aspects.of(stack).add({ visit }, { priority: AspectPriority.READONLY + 1 });
}

describe('a deployment waits for the training that comes of', () => {
  test.each<[string, RetailProps, RetailProps]>([
    ['an override on the model', {}, more(({ model }) => resourceOf(model).addPropertyOverride('Generation', 'second'))],
    ['an override on the dataset', {}, more(({ dataset, stack }) => resourceOf(dataset).addPropertyOverride(CATALOG, stack.account))],
    ['an override by an aspect that runs last', {}, more(({ stack, model }) => last(stack, (node) => {
      if (node === resourceOf(model)) resourceOf(model).addPropertyOverride('Generation', 'second');
    }))],
    ['an override of the dataset by an aspect that runs last', {}, more(({ stack, dataset }) => last(stack, (node) => {
      if (node === resourceOf(dataset)) resourceOf(dataset).addPropertyOverride(CATALOG, stack.account);
    }))],
    ['another Fn::If', choosing('first'), choosing('second')],
    ['a role that an aspect renames', {}, more(({ stack, dataset }) => last(stack, (node) => {
      if (node === (dataset.role as iam.Role).node.defaultChild) (node as iam.CfnRole).roleName = 'prefixed-data';
    }))],
    ['another logical id of the model alone', {}, more(({ model }) => resourceOf(model).overrideLogicalId('Moved'))],
  ])('%s', async (_, from, to) => {
    expect((await world.deploy(from)).status).toBe('CREATE_COMPLETE');
    const began = world.clock.now();
    await expectWait(await world.deploy(to), began);
  });

  function choosing(generation: string): RetailProps {
    return more(({ stack, model }) => {
      const isHere = new CfnCondition(stack, 'IsHere', { expression: Fn.conditionEquals(stack.region, Fn.ref('AWS::Region')) });
      resourceOf(model).addPropertyOverride('Generation', Fn.conditionIf(isHere.logicalId, generation, 'never'));
    });
  }

  test.each<[string, (dataset: CfnTrainingDataset) => void]>([
    ['a setter', (dataset) => { dataset.name = 'second'; }],
    ['an override', (dataset) => dataset.addPropertyOverride('Name', 'second')],
  ])('a dataset that CfnInclude brings, changed by %s', async (_, change) => {
    expect((await world.deployTemplate(await included())).status).toBe('CREATE_COMPLETE');
    const began = world.clock.now();
    await expectWait(await world.deployTemplate(await included(change)), began);
  });
});

test('a construct that moves and keeps its logical ids trains nothing, and waits for nothing', async () => {
  expect((await world.deploy()).status).toBe('CREATE_COMPLETE');
  const { template } = await world.synthesize((stack) => retail(stack, {}));
  const kept = Object.keys(template.Resources);
  const moved = await world.synthesize((stack) => {
    retail(stack, { model: false });
    const dataset = stack.node.findChild('Interactions') as Retail['dataset'];
    const model = new AudienceModel(stack, 'Elsewhere', { trainingDataset: dataset });
    const idOf = (pattern: RegExp) => kept.find((id) => pattern.test(id))!;
    resourceOf(model).overrideLogicalId(idOf(/^Model\w{8}$/));
    (model.node.findChild('Gate').node.defaultChild as CfnResource).overrideLogicalId(idOf(/^ModelGate/));
  });
  const began = world.clock.now();
  const outcome = await world.deployTemplate(moved);
  expect(world.reasons(outcome)).toBe('');
  expect(outcome.status).toBe('UPDATE_COMPLETE');
  expect(world.trainings).toBe(1);
  expect(world.clock.now() - began).toBeLessThan(HOUR);
  expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
});

describe('refused at once, because only the deployment knows, is', () => {
  const UNSEEN = /the deployment would not wait for the training/;

  test('an Fn::If that a parameter decides', async () => {
    const props = more(({ stack, model }) => {
      const round = new CfnParameter(stack, 'Round', { default: 'first' });
      const isFirst = new CfnCondition(stack, 'IsFirst', { expression: Fn.conditionEquals(round.valueAsString, 'first') });
      resourceOf(model).addPropertyOverride('Generation', Fn.conditionIf(isFirst.logicalId, 'a', 'b'));
    });
    expect((await world.deploy(props)).status).toBe('CREATE_COMPLETE');
    const began = world.clock.now();
    await expectRefusal(await world.deploy(props, undefined, { parameters: { Round: 'second' } }), began, UNSEEN);
  });

  test.each<[string, boolean, RegExp]>([
    ['exported: CloudFormation keeps what is in use', true, /cannot be updated as it is in use by Retail/],
    ['referred to weakly', false, UNSEEN],
  ])('a dataset of another stack, %s', async (_, isExported, reason) => {
    const producing = (features: string[]) => world.synthesize((stack) => retail(stack, {
      features,
      model: false,
      more: ({ dataset }) => void new CfnOutput(stack, 'Arn', { value: dataset.trainingDatasetArn, exportName: isExported ? 'Arn' : undefined }),
    }), 'Upstream');
    const consuming: RetailProps = more(({ model, stack }) => resourceOf(model).addPropertyOverride('TrainingDatasetArn', isExported
      ? { 'Fn::ImportValue': 'Arn' }
      : { 'Fn::GetStackOutput': { StackName: 'Upstream', OutputName: 'Arn', Region: stack.region } }));
    expect((await world.deployTemplate(await producing(['device']), undefined, { stackName: 'Upstream' })).status).toBe('CREATE_COMPLETE');
    expect(world.reasons(await world.deploy(consuming))).toBe('');

    const began = world.clock.now();
    const outcome = await world.deployTemplate(await producing(['device', 'country']), undefined, { stackName: 'Upstream' });
    if (isExported) {await expectRefusal(outcome, began, reason, 'Upstream');} else {
      const follows = world.clock.now();
      await expectRefusal(await world.deploy(consuming), follows, reason);
    }
  });
});

/** A stack whose dataset comes from a template. */
async function included(change: (dataset: CfnTrainingDataset) => void = () => undefined) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'included-'));
  return world.synthesize((stack) => {
    retail(stack, { model: false });
    const role = stack.node.findChild('Interactions').node.findChild('Role') as iam.Role;
    const templateFile = path.join(directory, 'dataset.json');
    fs.writeFileSync(templateFile, JSON.stringify({ Resources: { Clicks2: { Type: 'AWS::CleanRoomsML::TrainingDataset', Properties: properties(stack) } } }));
    const dataset = new include.CfnInclude(stack, 'Included', { templateFile }).getResource('Clicks2') as CfnTrainingDataset;
    dataset.roleArn = role.roleArn;
    dataset.node.addDependency(stack.node.findChild('Interactions'));
    change(dataset);
    new AudienceModel(stack, 'Model', { trainingDataset: dataset });
    fs.rmSync(directory, { recursive: true });
  });
}

function properties(stack: Stack) {
  return {
    Name: 'included',
    RoleArn: 'arn:aws:iam::111122223333:role/x',
    TrainingData: [{
      Type: 'INTERACTIONS',
      InputConfig: {
        Schema: [
          { ColumnName: 'user_id', ColumnTypes: ['USER_ID'] }, { ColumnName: 'item_id', ColumnTypes: ['ITEM_ID'] }, { ColumnName: 'ts', ColumnTypes: ['TIMESTAMP'] },
          { ColumnName: 'device', ColumnTypes: ['CATEGORICAL_FEATURE'] },
        ],
        DataSource: { GlueDataSource: { DatabaseName: stack.stackName.toLowerCase(), TableName: 'clicks' } },
      },
    }],
  };
}
