import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** The ids by which users acknowledge warnings: they cannot change. */
export const Warning = {
  UNSUPPORTED_REGION: 'cdk-cleanrooms-ml:unsupportedRegion',
  ROLE_NOT_MODIFIED: 'cdk-cleanrooms-ml:roleNotModified',
  KEY_POLICY_NOT_MODIFIED: 'cdk-cleanrooms-ml:keyPolicyNotModified',
  LARGE_AUDIENCE_SIZE: 'cdk-cleanrooms-ml:largeAudienceSize',
  SMALL_SEED_SIZE: 'cdk-cleanrooms-ml:smallSeedSize',
  TRAINING_NOT_WAITED_FOR: 'cdk-cleanrooms-ml:trainingNotWaitedFor',
} as const;

export function warn(construct: IConstruct, id: string, message: string): void {
  Annotations.of(construct).addWarningV2(id, message);
}
