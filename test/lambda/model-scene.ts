import { FakeService } from './fake-service';
import { datasetProperties, ModelDriver, modelDriver, modelProperties, Wait } from './harness';

/** A second dataset that a model can be trained with. */
export const OTHER_ARN = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/other';

/** A service with two datasets, and a model that is to be trained with the first. */
export interface Scene {
  readonly service: FakeService;
  readonly model: ModelDriver;
  readonly properties: ReturnType<typeof modelProperties>;
}

export async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}, wait: Wait = {}): Promise<Scene> {
  const service = new FakeService(behaviour);
  const arn = await service.createTrainingDataset({ name: 'dataset', roleArn: datasetProperties().RoleArn as string, trainingData: [] });
  service.datasets.push({ ...service.datasets[0], name: 'other', arn: OTHER_ARN });
  return { service, model: modelDriver(service), properties: modelProperties(arn, {}, wait) };
}

/** How the executions stand that train, or might. */
export const executions = ({ service }: Pick<Scene, 'service'>) =>
  service.executions.all.filter(({ name }) => /^(Create|Update)-Model-/.test(name)).map(({ status }) => status);
export const modelNames = ({ service }: Pick<Scene, 'service'>) => service.models.filter(({ deletedAt }) => deletedAt === undefined).map(({ name }) => name).sort();
