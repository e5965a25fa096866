import { FakeService } from './fake-service';
import { modelDriver, modelProperties, Wait } from './harness';
import { Memory, State, STATE_VERSION, TrainingState } from '../../lambda/events';

/** How the request left the training: begun by its step, or queueing because the quota was used up. */
type Begin = 'trains' | 'queues';

/** A request that is answered; its execution is about to train. */
export async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}, wait: Wait = {}, begin: Begin = 'trains') {
  const service = new FakeService(behaviour);
  const dataset = await service.createTrainingDataset({ name: 'd' });
  const model = modelDriver(service);
  const properties = modelProperties(dataset, {}, wait);
  if (begin === 'queues') service.quota = 0;
  const execution = await model.start(model.event('Create', properties));
  await model.step(execution);
  if (begin === 'queues') service.quota = Infinity;
  const began = service.now;
  const { data } = execution;
  const step = async (state: State | undefined = data.State, RetryCount = 0): Promise<State> => {
    const task = service.executions.taskOf(execution);
    return JSON.parse(JSON.stringify(await model.task({ ...task, RetryCount, Data: { ...data, State: state } }))) as State;
  };
  /** What the steps leave that train, and have seen that the model has no copy. */
  const known = async () => step();
  service.calls.length = 0;
  return { service, model, properties, execution, began, step, known };
}

export const waiting = (more: Partial<TrainingState> = {}, memory: Memory = {}): State =>
  ({ Version: STATE_VERSION, Next: 'WAIT', Seconds: 40, Memory: memory, Training: { WindowsPassed: 0, ...more } });
