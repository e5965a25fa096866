import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import {
  ACCOUNT, COLLABORATION_ID, encryptedBucket, HANDLER_ROLE, OTHER_ACCOUNT, REGION, ROLE_PATH, testConfigured, testDataset, testModel,
} from './fixtures';
import { statementsOf } from './machines';
import { AudienceModelRetraining, AudienceSize, LookalikeAudience, SeedAudience } from '../src';

/* With the flags that `cdk init` sets in a new app. */

/** Everything that the library has, with roles of the user's own or without. */
function everything(stack: Stack, roles: (id: string) => iam.IRole | undefined): void {
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

test.each<[string, (stack: Stack) => (id: string) => iam.IRole | undefined, unknown[]]>([
  ['roles that the library makes', () => () => undefined, []],
  ['roles of the app', (stack) => (id) => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') }),
    [expect.stringMatching(/^Reader/), expect.stringMatching(/^Writer/)]],
  ['roles that exist', (stack) => (id) => iam.Role.fromRoleName(stack, id, id),
    [`arn:aws:iam::${ACCOUNT}:role/Reader`, `arn:aws:iam::${ACCOUNT}:role/Writer`]],
])('everything is synthesized with %s, and the handler may pass them', (_, roles, passed) => {
  const stack = new Stack(new App({ context: flags }), 'Retail', { env: { account: ACCOUNT, region: REGION } });
  everything(stack, roles(stack));
  const [statement, ...others] = statementsOf(stack, HANDLER_ROLE).filter(({ Action }) => Action === 'iam:PassRole');
  const resources = [statement.Resource].flat();
  expect(others).toEqual([]);
  for (const resource of [`arn:aws:iam::${ACCOUNT}:role${ROLE_PATH}*`, ...passed]) expect(resources).toContainEqual(resource);
  expect(resources).toHaveLength(1 + passed.length);
});
