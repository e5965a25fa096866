import type { StatusDetails } from '@aws-sdk/client-cleanroomsml';

export type Tags = Readonly<Record<string, string>>;

/** What the resources have in common, whatever their own API calls it. */
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
