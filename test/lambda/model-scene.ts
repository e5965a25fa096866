import { FakeService } from './fake-service';
import { ModelDriver, modelDriver, modelProperties, Wait } from './harness';

/** A service with two datasets, and a model that is to be trained with the first. */
export interface Scene {
  readonly service: FakeService;
  /** The second dataset. */
  readonly other: string;
  readonly model: ModelDriver;
  readonly properties: ReturnType<typeof modelProperties>;
}

export async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}, wait: Wait = {}): Promise<Scene> {
  const service = new FakeService(behaviour);
  const arn = await service.createTrainingDataset({ name: 'dataset' });
  const other = await service.createTrainingDataset({ name: 'other' });
  return { service, other, model: modelDriver(service), properties: modelProperties(arn, {}, wait) };
}

/** How the executions stand that train, or might. */
export const executions = ({ service }: Pick<Scene, 'service'>) =>
  service.executions.all.filter(({ name }) => /^(Create|Update)-Model-/.test(name)).map(({ status }) => status);
export const modelNames = ({ service }: Pick<Scene, 'service'>) => service.models.map(({ name }) => name).sort();
