import { Annotations, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** The ids by which users acknowledge warnings: they cannot change. */
export const Warning = {
  UNSUPPORTED_REGION: 'cdk-cleanrooms-ml:unsupportedRegion',
  ROLE_NOT_MODIFIED: 'cdk-cleanrooms-ml:roleNotModified',
  KEY_POLICY_NOT_MODIFIED: 'cdk-cleanrooms-ml:keyPolicyNotModified',
  LARGE_AUDIENCE_SIZE: 'cdk-cleanrooms-ml:largeAudienceSize',
  SMALL_SEED_SIZE: 'cdk-cleanrooms-ml:smallSeedSize',
  TRAINING_NOT_WAITED_FOR: 'cdk-cleanrooms-ml:trainingNotWaitedFor',
  SEED_LOCATION_UNKNOWN: 'cdk-cleanrooms-ml:seedLocationUnknown',
  QUERY_TOO_LONG_TO_CARRY: 'cdk-cleanrooms-ml:queryTooLongToCarry',
} as const;

export function warn(construct: IConstruct, id: string, message: string): void {
  Annotations.of(construct).addWarningV2(id, message);
}

/** Clean Rooms ML makes audiences of at most this share of the users, whatever the API accepts. */
const LARGEST_PERCENTAGE = 20;

export function warnOfLargeSizes(construct: IConstruct, property: string, percentages: number[]): void {
  const tooLarge = percentages.filter((percentage) => !Token.isUnresolved(percentage) && percentage > LARGEST_PERCENTAGE);
  if (tooLarge.length === 0) return;
  warn(construct, Warning.LARGE_AUDIENCE_SIZE,
    `${property} holds ${tooLarge.join(', ')} percent, but Clean Rooms ML makes audiences of at most ${LARGEST_PERCENTAGE} percent of the users`);
}
