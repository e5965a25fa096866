/**
 * Which tags the audience generation jobs of a configured audience model get when they are created.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
 */
export enum ChildResourceTagOnCreatePolicy {
  /** The tags of the configured audience model, in the account that owns it; tags of the same keys in the request for the job take precedence. */
  FROM_PARENT_RESOURCE = 'FROM_PARENT_RESOURCE',

  /** Only the tags in the request for the job. */
  NONE = 'NONE',
}
