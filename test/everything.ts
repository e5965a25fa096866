import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { COLLABORATION_ID, encryptedBucket, OTHER_ACCOUNT, testConfigured, testDataset, testModel } from './fixtures';
import { AudienceModelRetraining, AudienceSize, LookalikeAudience, SeedAudience } from '../src';

/** Everything that the library has, with roles of the user's own or without. */
export function everything(stack: Stack, roles: (id: string) => iam.IRole | undefined = () => undefined): void {
  const encryptionKey = new kms.Key(stack, 'Key');
  const bucket = encryptedBucket(stack, encryptionKey);
  const trainingDataset = testDataset(stack, { source: { bucket }, role: roles('Reader') });
  const audienceModel = testModel(stack, { trainingDataset, encryptionKey });
  const configuredAudienceModel = testConfigured(stack, { audienceModel, outputBucket: bucket, outputRole: roles('Writer') });
  configuredAudienceModel.grants.startAudienceGenerationJob(new iam.AccountPrincipal(OTHER_ACCOUNT), { collaborationId: COLLABORATION_ID });
  new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset });
  new LookalikeAudience(stack, 'Audience', {
    configuredAudienceModel,
    seedAudience: SeedAudience.fromS3(bucket, 'seed.jsonl'),
    seedRole: roles('Seed'),
    sizes: [AudienceSize.percentage(5)],
    schedule: scheduler.ScheduleExpression.cron({ weekDay: 'MON' }),
  });
}
