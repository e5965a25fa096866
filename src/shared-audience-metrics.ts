/**
 * Whether the metrics of an audience generation job are shared with the collaboration.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
 */
export enum SharedAudienceMetrics {
  /** All metrics are shared. */
  ALL = 'ALL',

  /** No metric is shared. */
  NONE = 'NONE',
}
