import { failure } from './errors';
import { OperationName } from './model';

interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const rate = (perSecond: number, burst = perSecond): Rate => ({ perSecond, burst });

/** @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html */
const RATES: Readonly<Record<OperationName, Rate>> = {
  CreateTrainingDataset: rate(10),
  GetTrainingDataset: rate(50),
  ListTrainingDatasets: rate(50),
  DeleteTrainingDataset: rate(10),
  CreateAudienceModel: rate(1, 3),
  GetAudienceModel: rate(50),
  ListAudienceModels: rate(50),
  DeleteAudienceModel: rate(2, 10),
  CreateConfiguredAudienceModel: rate(10),
  GetConfiguredAudienceModel: rate(50),
  ListConfiguredAudienceModels: rate(50),
  UpdateConfiguredAudienceModel: rate(10),
  DeleteConfiguredAudienceModel: rate(10),
  PutConfiguredAudienceModelPolicy: rate(25),
  GetConfiguredAudienceModelPolicy: rate(50),
  DeleteConfiguredAudienceModelPolicy: rate(25),
  StartAudienceGenerationJob: rate(1, 5),
  GetAudienceGenerationJob: rate(50),
  ListAudienceGenerationJobs: rate(50),
  DeleteAudienceGenerationJob: rate(2, 10),
  StartAudienceExportJob: rate(1, 3),
  ListAudienceExportJobs: rate(50),
  TagResource: rate(10),
  UntagResource: rate(50),
  ListTagsForResource: rate(50),
};

/** A token bucket per operation. */
export class Throttle {
  private readonly buckets = new Map<OperationName, { tokens: number; at: number }>();

  take(operation: OperationName, now: number): void {
    const { perSecond, burst } = RATES[operation];
    const last = this.buckets.get(operation) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, last.tokens + ((now - last.at) / 1000) * perSecond);
    this.buckets.set(operation, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (tokens < 1) throw failure('ThrottlingException', 'Rate exceeded');
  }
}
