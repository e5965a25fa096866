import { Behaviour, FakeService } from './fake-service';
import {
  changedModel, configuredDriver, configuredProperties, datasetDriver, datasetProperties, Driver, modelDriver, modelProperties, policyDriver,
  policyProperties, STACK_ID,
} from './harness';
import type { CustomResourceEvent, RawProperties } from '../../lambda/events';
import { OwnershipTag } from '../../src/private/contract';

/*
 * Nothing is written for a request that CloudFormation gave up. For every kind of change of every resource type, the stack moves on right
 * before each write in turn, that is: the last time that the handler asks for the stack's status before it.
 */

const WRITES = /^(Create|Update|Delete|Put|Tag|Untag|Signal)(?!.*Execution)/;
const HOUR = 3_600_000;

const A = datasetProperties();
const B = datasetProperties({ RoleArn: 'arn:aws:iam::111122223333:role/other' });
const tagged = (properties: RawProperties, ...keys: string[]) => ({ ...properties, Tags: keys.map((Key) => ({ Key, Value: '1' })) });

/** All that the requests are for. */
async function world(behaviour: Partial<Behaviour>) {
  const service = new FakeService({ training: 0, deleteInTraining: 'accept', ...behaviour });
  const trainingDatasetArn = await service.createTrainingDataset({ name: 'd' });
  const ready = async (name: string) => service.createAudienceModel({ name, trainingDatasetArn });
  const [first, second] = [await ready('first'), await ready('second')];
  const configuredArn = await service.createConfiguredAudienceModel({ name: 'theirs', audienceModelArn: first });
  return {
    service,
    first,
    second,
    configuredArn,
    dataset: datasetDriver(service),
    model: modelDriver(service),
    configured: configuredDriver(service),
    policy: policyDriver(service),
    properties: modelProperties(trainingDatasetArn),
  };
}

type World = Awaited<ReturnType<typeof world>>;
type Prepared = [Driver, CustomResourceEvent];

/** The request for a change after what was there before. */
const change = async (driver: Driver, old: RawProperties, properties: RawProperties): Promise<Prepared> => {
  await driver.create(old);
  driver.service.begin('UPDATE_IN_PROGRESS');
  return [driver, driver.event('Update', properties, old, driver.name(old))];
};

const removal = async (driver: Driver, properties: RawProperties, status = 'DELETE_IN_PROGRESS'): Promise<Prepared> => {
  await driver.create(properties);
  driver.service.begin(status);
  return [driver, driver.event('Delete', properties, undefined, driver.name(properties))];
};

/** A rollback, after the change was made and was not answered. */
const rollBack = async (driver: Driver, old: RawProperties, properties: RawProperties): Promise<Prepared> => {
  const [, event] = await change(driver, old, properties);
  await driver.run(event);
  driver.service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
  return [driver, driver.event('Update', old, properties, driver.name(old))];
};

/** The name and tags of another of the same logical id, which CloudFormation does not know any more. */
const left = (logicalId: string) => ({
  name: `${logicalId}-${'0'.repeat(16)}`,
  tags: { [OwnershipTag.STACK_ID]: STACK_ID, [OwnershipTag.LOGICAL_ID]: logicalId, [OwnershipTag.IDENTITY]: `kept:${'0'.repeat(16)}` },
});

const table: [string, string[], (world: World) => Promise<Prepared>, Partial<Behaviour>?][] = [
  ['a dataset is created', ['CreateTrainingDataset'], async ({ dataset }) => [dataset, dataset.event('Create', A)]],
  ['a dataset is replaced', ['CreateTrainingDataset'], async ({ dataset }) => change(dataset, A, B)],
  ['a dataset is tagged', ['TagResource'], async ({ dataset }) => change(dataset, A, tagged(A, 'a'))],
  ['a dataset is untagged', ['UntagResource'], async ({ dataset }) => change(dataset, tagged(A, 'a'), A)],
  ['a dataset’s tags are replaced', ['UntagResource', 'TagResource'], async ({ dataset }) => change(dataset, tagged(A, 'a'), tagged(A, 'b'))],
  ['a dataset is deleted', ['DeleteTrainingDataset'], async ({ dataset }) => removal(dataset, A)],
  ['a replaced dataset is deleted', ['DeleteTrainingDataset'], async ({ dataset }) => removal(dataset, A, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')],
  ['a dataset is rolled back', ['DeleteTrainingDataset'], async ({ dataset }) => rollBack(dataset, A, B)],
  ['a dataset that was kept is deleted', ['DeleteTrainingDataset'], async ({ service, dataset }) => {
    const prepared = await removal(dataset, A, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await service.createTrainingDataset(left('Interactions'));
    return prepared;
  }],
  ['a dataset is deleted with the model that was left', ['DeleteAudienceModel', 'DeleteTrainingDataset'], async ({ service, dataset }) => {
    const prepared = await removal(dataset, A);
    await service.createAudienceModel({ ...left('Model'), trainingDatasetArn: service.datasets[1].arn });
    return prepared;
  }],

  ['a model is created', ['CreateAudienceModel', 'SignalResource', 'SignalResource'], async ({ model, properties }) => [model, model.event('Create', properties)]],
  ['a model is replaced', ['CreateAudienceModel', 'SignalResource', 'SignalResource'], async ({ model, properties }) => change(model, properties, changedModel(properties, { Generation: '2' }))],
  ['a model is tagged', ['TagResource'], async ({ model, properties }) => change(model, properties, tagged(properties, 'a'))],
  ['a model is untagged', ['UntagResource'], async ({ model, properties }) => change(model, tagged(properties, 'a'), properties)],
  ['a model is deleted', ['DeleteAudienceModel'], async ({ model, properties }) => removal(model, properties)],
  ['a model is rolled back', ['TagResource'], async ({ model, properties }) => rollBack(model, properties, changedModel(properties, { Generation: '2' }))],
  ['a model that was replaced is retained', ['TagResource', 'CreateAudienceModel', 'SignalResource'], async ({ model, properties }) =>
    change(model, properties, changedModel(properties, { Generation: '2', Retained: 'true' }))],
  ['a model that was made is kept', ['TagResource'], async ({ model, properties }) => removal(model, properties, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS')],
  ['a model that was kept is deleted', ['DeleteAudienceModel'], async ({ service, model, properties }) => {
    const prepared = await removal(model, properties, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await service.createAudienceModel({ ...left('Model'), trainingDatasetArn: service.datasets[0].arn });
    return prepared;
  }],
  ['a model that cannot be deleted is marked', ['DeleteAudienceModel', 'TagResource'], async ({ service, model, properties }) => {
    const prepared = await removal(model, properties, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await service.createConfiguredAudienceModel({ name: 'user', audienceModelArn: service.models.at(-1)!.arn });
    return prepared;
  }],

  ['a configured model is created', ['CreateConfiguredAudienceModel'], async ({ configured, first }) => [configured, configured.event('Create', configuredProperties(first))]],
  ['a configured model is changed', ['UpdateConfiguredAudienceModel'], async ({ configured, first, second }) =>
    change(configured, configuredProperties(first), configuredProperties(second, { Description: 'd' }))],
  ['a configured model is tagged', ['TagResource'], async ({ configured, first }) => change(configured, configuredProperties(first), tagged(configuredProperties(first), 'a'))],
  ['a configured model is untagged', ['UntagResource'], async ({ configured, first }) => change(configured, tagged(configuredProperties(first), 'a'), configuredProperties(first))],
  ['a configured model is replaced', ['CreateConfiguredAudienceModel'], async ({ configured, first }) =>
    change(configured, configuredProperties(first), configuredProperties(first, { ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE' }))],
  ['a configured model is deleted', ['DeleteConfiguredAudienceModel'], async ({ configured, first }) => removal(configured, configuredProperties(first))],
  ['a configured model is rolled back', ['UpdateConfiguredAudienceModel'], async ({ configured, first, second }) =>
    rollBack(configured, configuredProperties(first), configuredProperties(second))],
  ['a configured model is rolled back for the second time', ['UpdateConfiguredAudienceModel'], async ({ configured, first, second }) => {
    await rollBack(configured, configuredProperties(first), configuredProperties(second, { Description: 'd' }));
    return [configured, configured.event('Update', configuredProperties(first), configuredProperties(first), configured.name(configuredProperties(first)))];
  }],
  ['a configured model that was kept is deleted', ['DeleteConfiguredAudienceModel'], async ({ service, configured, first }) => {
    const prepared = await removal(configured, configuredProperties(first), 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await service.createConfiguredAudienceModel({ ...left('Configured'), audienceModelArn: first });
    return prepared;
  }],

  ['a policy is created', ['PutConfiguredAudienceModelPolicy'], async ({ policy, configuredArn }) => [policy, policy.event('Create', policyProperties(configuredArn))]],
  ['a policy is changed', ['PutConfiguredAudienceModelPolicy'], async ({ policy, configuredArn }) =>
    change(policy, policyProperties(configuredArn), policyProperties(configuredArn, ['111111111111']))],
  ['a policy is deleted', ['DeleteConfiguredAudienceModelPolicy'], async ({ policy, configuredArn }) => removal(policy, policyProperties(configuredArn))],
  ['a policy is taken out of what others wrote', ['PutConfiguredAudienceModelPolicy'], async ({ service, policy, configuredArn }) => {
    await service.putForeignPolicy(configuredArn);
    return removal(policy, policyProperties(configuredArn));
  }],

  ['a gate is passed', [], async ({ model, properties }) => {
    await model.create(properties);
    return [model.gate, model.gate.event('Create', model.gateProperties(model.name(properties), properties))];
  }],
  ['a gate is deleted', [], async ({ service, model, properties }) => {
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    return [model.gate, model.gate.event('Delete', model.gateProperties(model.name(properties), properties), undefined, 'gate')];
  }],
];

/** What is called for a request, and for the training behind it, where the stack moves on at the call of that number. */
async function play(arrange: (scene: World) => Promise<Prepared>, behaviour: Partial<Behaviour>, moveAt?: number): Promise<string[]> {
  const scene = await world(behaviour);
  const { service, model } = scene;
  const [driver, event] = await arrange(scene);
  const execution = await driver.start(event);
  const from = service.calls.length;
  service.fault = () => {
    if (service.calls.length - 1 - from === moveAt) service.stack = { ...service.stack, status: 'UPDATE_ROLLBACK_FAILED' };
    return undefined;
  };
  await driver.step(execution).catch(() => undefined);
  if (driver === model && event.RequestType !== 'Delete') model.openWindows(event.ResourceProperties);
  await driver.pass(HOUR);
  return service.calls.slice(from);
}

/** One fence is for all windows that are signalled in a step, each of which is looked at before. */
function isFenced(calls: string[], index: number): boolean {
  const before = calls.slice(0, index).reverse();
  return (calls[index] === 'SignalResource' ? before.find((call) => !/^(DescribeStackResource|SignalResource)$/.test(call)) : before[0]) === 'DescribeStacks';
}

describe.each(table)('%s', (_, expected, arrange, behaviour = {}) => {
  test('by these writes and no other, each right behind the fence', async () => {
    const calls = await play(arrange, behaviour);
    // What the service refuses is tried again.
    expect([...new Set(calls.filter((call) => WRITES.test(call)))]).toEqual([...new Set(expected)]);
    expect(calls.filter((call, index) => WRITES.test(call) && !isFenced(calls, index))).toEqual([]);
  });

  test('and by none of them once the stack has moved on', async () => {
    const calls = await play(arrange, behaviour);
    const fences = calls.flatMap((call, index) => WRITES.test(call) ? [calls.lastIndexOf('DescribeStacks', index)] : []).slice(0, 4);
    expect(fences).not.toContain(-1);
    for (const fence of fences) {
      const after = (await play(arrange, behaviour, fence)).slice(fence);
      expect(after.filter((call) => WRITES.test(call))).toEqual([]);
    }
  });
});
