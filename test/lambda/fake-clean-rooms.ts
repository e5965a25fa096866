import { ServiceError } from '../../lambda/errors';
import type { Operations } from '../../lambda/service';
import { AwsError } from '../../local-aws/aws';
import { CleanRoomsMl } from '../../local-aws/cleanroomsml/cleanroomsml';
import { Input, OperationName, OPERATIONS, Output } from '../../local-aws/cleanroomsml/model';
import { Settings } from '../../local-aws/cleanroomsml/settings';
import type { Resource } from '../../local-aws/cleanroomsml/state';
import { Clock } from '../../local-aws/clock';
import { ACCOUNT, KEY_ARN, Others, OUTPUT, ROLE_ARN, ROOT, TRAINING_DATA } from '../local-aws/cleanroomsml/fixture';

export { KEY_ARN, OUTPUT, ROLE_ARN, TRAINING_DATA };

/** Those that the handlers call. */
export type MlOperation = Extract<keyof Operations, OperationName>;

export const isMlOperation = (operation: string): operation is MlOperation => operation in OPERATIONS;

/** The service of the embedded AWS, as the handlers call it, with the time that a test sets. */
export class FakeCleanRooms {
  readonly ml: CleanRoomsMl;
  private readonly clock: Clock;
  private readonly failing = new Set<string>();
  private caughtUp: Promise<void> = Promise.resolve();

  constructor(private readonly now: () => number, private readonly settings: () => Partial<Settings>, private readonly trainingFails: () => boolean) {
    this.clock = Clock.frozen(now());
    this.ml = new CleanRoomsMl({ account: ACCOUNT, clock: this.clock, ...new Others() });
    this.ml.failTraining(({ arn }) => this.failing.has(arn), { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' });
    // The clock skips nothing but what `catchUp` lets it skip.
    void this.clock.busy(async () => new Promise<void>(() => undefined));
  }

  async call<Name extends OperationName>(operation: Name, input: unknown): Promise<Output<Name>> {
    Object.assign(this.ml.settings, this.settings());
    await (this.now() === this.clock.now() ? this.caughtUp : this.catchUp());
    try {
      const output = await this.ml.call(operation, ROOT, copyOf(input) as Input<Name>);
      if (operation === 'CreateAudienceModel' && this.trainingFails()) this.failing.add((output as Output<'CreateAudienceModel'>).audienceModelArn);
      return copyOf(output);
    } catch (error) {
      throw error instanceof AwsError ? new ServiceError(operation, error.code, error.message, error.status) : error;
    } finally {
      if (/^(Create|Delete)AudienceModel$/.test(operation)) await this.catchUp();
    }
  }

  /** What a test looks at, and cannot change so. */
  get datasets() {
    return this.ml.trainingDatasets().map(({ request: { roleArn, trainingData }, ...held }) =>
      ({ ...shown(held), ...copyOf({ roleArn, trainingData }) }));
  }

  /** Also those that are being deleted. */
  get models() {
    return this.ml.audienceModels().map(({ status, request, ...held }) => {
      const { trainingDatasetArn, trainingDataStartTime, trainingDataEndTime, kmsKeyArn } = request;
      return { ...shown(held), ...copyOf({ status, trainingDatasetArn, trainingDataStartTime, trainingDataEndTime, kmsKeyArn }) };
    });
  }

  get configured() {
    return this.ml.configuredAudienceModels().map(({ request: { childResourceTagOnCreatePolicy }, ...held }) => {
      const { audienceModelArn, outputConfig, sharedAudienceMetrics, minMatchingSeedSize, audienceSizeConfig } = held;
      const sizes = { minMatchingSeedSize, audienceSizeConfig };
      return { ...shown(held), ...copyOf({ audienceModelArn, outputConfig, sharedAudienceMetrics, ...sizes, childResourceTagOnCreatePolicy }) };
    });
  }

  /** Lets happen what is due by now, also the end of a training or a deletion that takes no time. */
  private async catchUp(): Promise<void> {
    this.caughtUp = this.caughtUp.then(async () => {
      const later = this.now() - this.clock.now();
      if (later < 0) throw new Error('time does not go backwards');
      await this.clock.pause(later);
      // What began at this very moment may be over as well.
      await this.clock.pause(0);
    });
    return this.caughtUp;
  }
}

function shown({ arn, name, description, tags, createTime }: Omit<Resource, 'sequence' | 'updateTime'>) {
  return copyOf({ arn, name, description, tags, createTime });
}

/** As it comes over the wire, where what is undefined is not there. */
function copyOf<T>(value: T): T {
  if (value instanceof Date) return new Date(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => copyOf(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, copyOf(item as unknown)])) as T;
}
