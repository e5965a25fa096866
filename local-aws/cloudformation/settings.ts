import type { UrlStyle } from '../s3/custom-resource-responses';

/** What is not documented of CloudFormation, and so has a switch. */
export interface Settings {
  /** Whether a custom resource that answers FAILED to an Update, with a new physical id, is known by that id from then on. */
  readonly adoptIdOfFailedUpdate: boolean;
  /** Whether, after the rollback of a resource failed, it is no longer known what the update had made of it. */
  readonly forgetsFailedRollback: boolean;
  /** How the URLs are signed that custom resources answer to. */
  readonly responseUrls: UrlStyle;
  /** What the last part of a physical id is made of that CloudFormation invents. */
  readonly inventedIds: 'capitals' | 'mixed case';
  /** Whether the requests of a later operation have the ids of an earlier one, as was seen where deployments were retried. */
  readonly reusesRequestIds: boolean;
  /** Which answer counts where a second one is put before CloudFormation has looked at the first. */
  readonly answerTaken: 'first' | 'last';
  /** Whether `LastUpdatedTime` tells when a rollback began, and not when the update did. */
  readonly rollbackMovesTime: boolean;
  /** How often a clean-up tries to delete a resource before it leaves it behind. */
  readonly cleanupAttempts: number;
  /** Whose `UpdateReplacePolicy` goes for what an update replaces: that of the template before it, or its own. */
  readonly replacePolicyOf: 'old template' | 'new template';

  // ---- Where rollback is disabled

  /** Whether an update may replace resources. CloudFormation refused it until about November 2026. */
  readonly replacementWithoutRollback: 'allowed' | 'refused';
  /** Whether a custom resource may then answer with a new physical id, which nobody could foresee. */
  readonly newIdWithoutRollback: 'allowed' | 'refused';
  /**
   * How a resource that could not be updated goes back to its last stable state, as documented: by an Update, or only in what
   * CloudFormation knows of it; or not at all before the next operation.
   */
  readonly failedUpdate: 'updated back' | 'assumed back' | 'left';
  /**
   * What the next update does about a resource that could not be created, whose deletion "upon the next stack operation" is documented:
   * it deletes it before it creates another, or in its clean-up, or never.
   */
  readonly failedCreation: 'deleted first' | 'deleted last' | 'forgotten';
  /** What becomes of a stack without a last stable state that `RollbackStack` is called for: documented is that it is deleted. */
  readonly rollbackOfCreation: 'keeps the stack' | 'deletes the stack';
  /** Whether a cancelled update is rolled back although rollback is disabled. */
  readonly cancelWithoutRollback: 'rolls back' | 'stops';
  /** Whether a clean-up deletes what a failed update replaced with a custom resource, though the stack has gone back to that since. */
  readonly deletesWhatReturned: boolean;
  /** Whether the deletion of a stack whose update failed knows what the update had replaced. */
  readonly deletionForgetsReplaced: boolean;

  // ---- Lists

  /** Which resources that a stack let go of are still shown: none, those that it left behind, or those that it deleted, too. */
  readonly showsDeparted: 'none' | 'skipped' | 'all';
  /** Milliseconds until a list of resources shows that one came or went. */
  readonly resourceListLag: number;
  /** How many resources fit into one page of a list. */
  readonly resourcePageSize: number;
}

export const DEFAULT_SETTINGS: Settings = {
  adoptIdOfFailedUpdate: true,
  forgetsFailedRollback: true,
  responseUrls: 'sigv4',
  inventedIds: 'capitals',
  reusesRequestIds: false,
  answerTaken: 'first',
  rollbackMovesTime: false,
  cleanupAttempts: 3,
  replacePolicyOf: 'old template',
  replacementWithoutRollback: 'allowed',
  newIdWithoutRollback: 'allowed',
  failedUpdate: 'updated back',
  failedCreation: 'deleted first',
  rollbackOfCreation: 'keeps the stack',
  cancelWithoutRollback: 'rolls back',
  deletesWhatReturned: false,
  deletionForgetsReplaced: false,
  showsDeparted: 'none',
  resourceListLag: 0,
  resourcePageSize: 100,
};

/** Every switch of what is open with its positions, but for those that histories draw one by one, and `cleanupAttempts`. */
export const UNKNOWN_BEHAVIOURS: { readonly [S in keyof Settings]?: readonly Settings[S][] } = {
  inventedIds: ['capitals', 'mixed case'],
  answerTaken: ['first', 'last'],
  replacePolicyOf: ['old template', 'new template'],
  replacementWithoutRollback: ['allowed', 'refused'],
  newIdWithoutRollback: ['allowed', 'refused'],
  failedUpdate: ['updated back', 'assumed back', 'left'],
  failedCreation: ['deleted first', 'deleted last', 'forgotten'],
  rollbackOfCreation: ['keeps the stack', 'deletes the stack'],
  cancelWithoutRollback: ['rolls back', 'stops'],
  deletesWhatReturned: [false, true],
  deletionForgetsReplaced: [false, true],
  showsDeparted: ['none', 'skipped', 'all'],
  resourceListLag: [0, 10_000],
  resourcePageSize: [100, 3],
};
