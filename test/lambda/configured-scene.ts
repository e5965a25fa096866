import { FakeService } from './fake-service';
import { configuredDriver, configuredProperties, ROLE } from './harness';
import type { Input } from '../../local-aws/cleanroomsml/model';

/** A service with three audience models, what drives a configured one, and what is sent to change it. */
export async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService({ training: 0, ...behaviour });
  const trainingDatasetArn = await service.createTrainingDataset({ name: 'dataset' });
  const first = await service.createAudienceModel({ name: 'first', trainingDatasetArn });
  const second = await service.createAudienceModel({ name: 'second', trainingDatasetArn });
  const third = await service.createAudienceModel({ name: 'third', trainingDatasetArn });
  const sent: object[] = [];
  service.fault = (operation) => {
    if (operation !== 'UpdateConfiguredAudienceModel') return undefined;
    const { configuredAudienceModelArn: _, ...changes } = service.inputsOf(operation).at(-1)!;
    sent.push(changes);
    return undefined;
  };
  return { service, configured: configuredDriver(service), first, second, third, sent };
}

export const OTHER_ROLE = `${ROLE}-other`;
export const NO_MODEL = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-model/none';

/** By another hand. */
export async function changeByOtherHands(service: FakeService, changes: Omit<Input<'UpdateConfiguredAudienceModel'>, 'configuredAudienceModelArn'>): Promise<void> {
  await service.byOtherHands('UpdateConfiguredAudienceModel', { configuredAudienceModelArn: service.configured[0].arn, ...changes });
}

export const bins = (...AudienceSizeBins: string[]) => ({ AudienceSizeType: 'PERCENTAGE', AudienceSizeBins });
export const full = (arn: string) => configuredProperties(arn, { MinMatchingSeedSize: '700', AudienceSizeConfig: bins('1', '5'), Description: 'd' });
