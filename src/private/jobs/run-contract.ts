/*
 * What an audience tells the world. Names are contracts from the first release on.
 */

export const METRIC_NAMESPACE = 'CleanRoomsML/Lookalike';

export const MetricName = {
  RECALL: 'Recall',
  RELEVANCE: 'Relevance',
} as const;

export const Dimension = {
  AUDIENCE: 'Audience',
  /** Of the relevance: its type and value, such as `PERCENTAGE-5`. */
  AUDIENCE_SIZE: 'AudienceSize',
} as const;

export const EVENT_SOURCE = 'cdk-cleanrooms-ml';

export const DetailType = {
  FINISHED: 'Lookalike Audience Finished',
  REJECTED: 'Lookalike Audience Rejected',
  FAILED: 'Lookalike Audience Failed',
} as const;

/** What a retraining tells the world. */
export const RETRAINING = {
  metricNamespace: 'CleanRoomsML/Retraining',
  /** From when an execution began until it ended, in seconds. */
  durationMetric: 'Duration',
  dimension: 'Retraining',
  detailTypes: {
    TRAINED: 'Audience Model Retrained',
    WENT_BACK: 'Audience Model Gone Back',
    FAILED: 'Audience Model Retraining Failed',
  },
} as const;

/** Tells the jobs of an audience from others. Not one of the tags of resources, which a stack owns. */
export const AUDIENCE_TAG = 'cdk-cleanrooms-ml:audience';
