import { OwnershipTag } from '../../../src/private/contract';
import { FakeService } from '../fake-service';
import { datasetDriver, datasetProperties, STACK_ID } from '../harness';

/* A dataset that was left behind, or retained, whose role was deleted and created anew since. */

const [GONE, ROLE] = ['gone', 'cleanrooms-ml-reader'].map((name) => `arn:aws:iam::111122223333:role/${name}`);
const properties = datasetProperties({ RoleArn: ROLE, RoleIdentity: { LogicalId: 'InteractionsRole', Path: '/cleanrooms-ml/us-east-1/Lookalike/' } });

async function setUp(roleArn: string = GONE) {
  const service = new FakeService({ training: 60_000 });
  const dataset = datasetDriver(service);
  const arn = await service.createTrainingDataset({ name: dataset.name(properties), roleArn });
  return { service, dataset, arn };
}

test('is made anew where nothing was trained with it', async () => {
  const { service, dataset, arn } = await setUp();
  expect(await dataset.create(properties)).not.toBe(arn);
  expect(service.datasets).toHaveLength(1);
  expect(await service.byOtherHands('GetTrainingDataset', { trainingDatasetArn: service.datasets[0].arn })).toMatchObject({ roleArn: ROLE });
});

test('is taken up where the role is the one it was made with', async () => {
  const { dataset, arn } = await setUp(ROLE);
  expect(await dataset.create(properties)).toBe(arn);
});

test('is taken up where an ACTIVE model of the stack was trained with it', async () => {
  const { service, dataset, arn } = await setUp();
  await service.createAudienceModel({ name: 'ours', trainingDatasetArn: arn, tags: { [OwnershipTag.STACK_ID]: STACK_ID } });
  service.now += 3_600_000;
  expect(await dataset.create(properties)).toBe(arn);
});

test('is not taken up, and not made anew, where models of others need it', async () => {
  const { service, dataset, arn } = await setUp();
  await service.createAudienceModel({ name: 'theirs', trainingDatasetArn: arn });
  service.now += 3_600_000;
  await expect(dataset.create(properties)).rejects.toThrow(
    /was made with a role that is another one now; and it cannot make room for another: DeleteTrainingDataset: ConflictException/);
});

test('is what a rollback goes back to all the same', async () => {
  const { service, dataset, arn } = await setUp();
  const attempted = datasetProperties({ RoleArn: GONE });
  expect(await dataset.rollBack(attempted, properties)).toBe(arn);
  expect(service.datasets).toHaveLength(1);
});
