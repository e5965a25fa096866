/**
 * Which tags the child resources of a configured audience model (audience generation jobs and audience export jobs) get when they are created.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
 */
export enum ChildResourceTagOnCreatePolicy {
  /** The tags of the configured audience model, in the account that owns it. */
  FROM_PARENT_RESOURCE = 'FROM_PARENT_RESOURCE',

  /** No tags. This is the service's default. */
  NONE = 'NONE',
}
