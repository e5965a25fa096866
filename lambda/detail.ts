import type { StatusDetails } from '@aws-sdk/client-cleanroomsml';

/* What the resources that have a name, a status and tags have in common. */

export type Tags = Readonly<Record<string, string>>;

/** What a list shows. */
export interface Summary {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly createTime: Date;
}

export interface Detail extends Summary {
  /** When its status changed, or somebody changed it. */
  readonly updateTime: Date;
  readonly description?: string;
  readonly statusDetails?: StatusDetails;
}

/** What was looked at, and what it bears. */
export interface Found {
  readonly detail: Detail;
  readonly tags: Tags;
}

export function isTraining(status: string): boolean {
  return status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS';
}

export function isBeingDeleted(status: string): boolean {
  return status === 'DELETE_PENDING' || status === 'DELETE_IN_PROGRESS';
}

export function isAlive(status: string): boolean {
  return status === 'ACTIVE' || isTraining(status);
}
