import type { World } from './world';

const SEEDS = 'retail-seeds';

/** Somebody generates an audience with the configured audience model, which takes ten hours unless the world has it otherwise. */
export async function generateAudience({ service, otherHands, aws: { iam, s3 } }: World): Promise<string> {
  s3.createBucket({ bucketName: SEEDS });
  s3.putObject(SEEDS, 'today.jsonl', Buffer.from(Array.from({ length: 500 }, (_, user) => JSON.stringify({ user_id: String(user) })).join('\n')));
  const { arn: roleArn } = iam.createRole({
    roleName: 'seeds',
    assumeRolePolicyDocument: {
      Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'cleanrooms-ml.amazonaws.com' } }],
    },
    inlinePolicies: { Seeds: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] } },
  });
  const [{ arn: configuredAudienceModelArn }] = service.configuredAudienceModels();
  const { audienceGenerationJobArn } = await service.startAudienceGenerationJob(otherHands, {
    name: 'audience', configuredAudienceModelArn, seedAudience: { roleArn, dataSource: { s3Uri: `s3://${SEEDS}/today.jsonl` } },
  });
  return audienceGenerationJobArn;
}
