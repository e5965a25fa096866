import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, modelDriver } from './harness';

/** Two datasets that are not the same. */
export const A = datasetProperties();
export const B = datasetProperties({ RoleArn: 'arn:aws:iam::111122223333:role/other' });

/** A service, and a dataset and a model of one stack. */
export function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService(behaviour);
  return { service, dataset: datasetDriver(service), model: modelDriver(service) };
}
