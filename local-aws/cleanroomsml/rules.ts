/** What the documentation demands beyond the API model. Pure: each rule throws, or does not. */
import { AudienceSize } from './audience-sizes';
import { failure } from './errors';
import { Input } from './model';

export const MAX_FEATURES = 10;
export const MAX_TAGS = 50;

const invalid = (message: string) => failure('ValidationException', message);

type TrainingData = Input<'CreateTrainingDataset'>['trainingData'];

export function checkTrainingData(trainingData: TrainingData): void {
  for (const { inputConfig: { schema } } of trainingData) {
    const names = schema.map((column) => column.columnName);
    const duplicate = names.find((name, index) => names.indexOf(name) !== index);
    if (duplicate !== undefined) throw invalid(`The schema contains the column '${duplicate}' more than once`);

    const types = schema.flatMap((column) => column.columnTypes);
    for (const type of ['USER_ID', 'ITEM_ID', 'TIMESTAMP'] as const) {
      const count = types.filter((other) => other === type).length;
      if (count !== 1) throw invalid(`The schema must contain exactly one column of type ${type}, but it contains ${count}`);
    }
    const features = types.filter((type) => type.endsWith('_FEATURE')).length;
    if (features > MAX_FEATURES) throw invalid(`The schema must not contain more than ${MAX_FEATURES} feature columns, but it contains ${features}`);
  }
}

export function checkTrainingWindow({ trainingDataStartTime: start, trainingDataEndTime: end }: Input<'CreateAudienceModel'>): void {
  if (start && end && start >= end) throw invalid('The trainingDataStartTime must be before the trainingDataEndTime');
}

export function checkAudienceSizeConfig(config: Input<'CreateConfiguredAudienceModel'>['audienceSizeConfig']): void {
  if (!config) return;
  const bins = config.audienceSizeBins;
  if (new Set(bins).size < bins.length) throw invalid('The audienceSizeBins must be distinct');
  const above = config.audienceSizeType === 'PERCENTAGE' ? bins.find((bin) => bin > 100) : undefined;
  if (above !== undefined) throw invalid(`The audienceSizeBins of type PERCENTAGE must be between 1 and 100, but one is ${above}`);
}

/**
 * Exactly one source of the seed, and of its query: the API model leaves both open, and the documentation describes either.
 * Compute capacity is for queries.
 */
export function checkSeedAudience({ dataSource, sqlParameters, sqlComputeConfiguration }: Input<'StartAudienceGenerationJob'>['seedAudience']): void {
  if ((dataSource === undefined) === (sqlParameters === undefined)) {
    throw invalid('The seedAudience must have exactly one of dataSource and sqlParameters');
  }
  if (sqlParameters && (sqlParameters.queryString === undefined) === (sqlParameters.analysisTemplateArn === undefined)) {
    throw invalid('The sqlParameters must have exactly one of queryString and analysisTemplateArn');
  }
  if (sqlComputeConfiguration && !sqlParameters) throw invalid('A sqlComputeConfiguration is for sqlParameters only');
}

/** An audience is exported in one of the sizes for which it was generated. */
export function checkAudienceSize(size: AudienceSize, sizes: readonly AudienceSize[]): void {
  if (sizes.some(({ type, value }) => type === size.type && value === size.value)) return;
  const allowed = sizes.map(({ type, value }) => `${type} ${value}`).join(', ');
  throw invalid(`The audienceSize ${size.type} ${size.value} is none of the configured audience model: ${allowed}`);
}

/** The tags of a resource as they would be. */
export function checkTags(tags: Readonly<Record<string, string>> = {}): void {
  checkTagKeys(Object.keys(tags));
  const count = Object.keys(tags).length;
  if (count > MAX_TAGS) throw invalid(`A resource can have at most ${MAX_TAGS} tags, but it would have ${count}`);
}

export function checkTagKeys(keys: readonly string[]): void {
  const reserved = keys.find((key) => key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) throw invalid(`The tag key '${reserved}' begins with 'aws:', which is reserved`);
}

export function checkQuota(quotaName: string, count: number, quotaValue: number): void {
  if (count < quotaValue) return;
  throw failure('ServiceQuotaExceededException', `You have reached the quota of ${quotaValue} for: ${quotaName}`, { quotaName, quotaValue });
}
