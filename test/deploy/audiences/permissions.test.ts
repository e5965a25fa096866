import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { DAY, HOUR, MINUTE, World } from './world';
import { MEMBERSHIP_ID } from '../../../local-aws/cleanroomsml/settings';
import { ConnectionReset } from '../../../local-aws/faults';
import { AudienceSize, LookalikeAudience, SeedAudience } from '../../../src';
import { Assembly, synthesize } from '../assembly';
import { Permission, permissionsOf, without } from '../statements';

/* The roles of an audience may do what they have to, and nothing else: whatever single action is taken away, something fails. */

const COLLABORATION = 'a1b2c3d4-5678-90ab-cdef-1234567890ab';
const SEEDS = 'encrypted-seeds';

/** All that an audience can have, with a seed from a bucket with a key of its own or from a query. */
function build(stack: Stack, world: World, kind: 'S3' | 'SQL', bucketKeyEnabled?: boolean): void {
  const bucket = new s3.Bucket(stack, 'Bucket', { bucketName: SEEDS, encryptionKey: new kms.Key(stack, 'Key'), bucketKeyEnabled });
  new LookalikeAudience(stack, 'Audience', {
    configuredAudienceModel: world.model(stack),
    seedAudience: kind === 'S3' ? SeedAudience.fromS3(bucket, 'today.jsonl') : SeedAudience.fromQuery({ membershipId: MEMBERSHIP_ID, queryString: 'SELECT 1' }),
    sizes: [AudienceSize.percentage(5)],
    collaborationId: COLLABORATION,
    tags: { team: 'ads' },
    schedule: scheduler.ScheduleExpression.rate(Duration.days(7)),
    keepJobs: 1,
  });
}

/** A week: two runs of the schedule, the first of which loses answers; and what came of them. */
async function live(kind: 'S3' | 'SQL', taken: readonly Permission[] = [], bucketKeyEnabled?: boolean): Promise<unknown> {
  const world = await World.start({ generationTime: HOUR, seedQueryTime: 0 });
  try {
    world.service.collaborate(COLLABORATION);
    await world.deploy((stack) => build(stack, world, kind, bucketKeyEnabled), without(taken));
    world.aws.s3.putObject(SEEDS, 'today.jsonl', Buffer.from(Array.from({ length: 500 }, (_, user) => `{"user_id":"${user}"}`).join('\n')));
    const lose = new Set(['StartAudienceGenerationJob', 'StartAudienceExportJob']);
    world.service.afterCall = ({ operation }) => { if (lose.delete(operation)) throw new ConnectionReset(); };
    await world.aws.scheduler.runFor(8 * DAY);
    await world.clock.sleep(20 * MINUTE);
    return {
      events: world.aws.events.events().map(({ detailType }) => detailType),
      metrics: world.aws.cloudWatch.metrics().length,
      jobs: world.service.audienceGenerationJobs().map(({ status, tags }) => [status, tags.team]),
      executions: world.aws.states.executions().map(({ status }) => status),
    };
  } catch (error) {
    return String(error);
  } finally {
    await world.close();
  }
}

const WHOLE = {
  events: ['Lookalike Audience Finished', 'Lookalike Audience Finished'],
  metrics: 4,
  jobs: [['ACTIVE', 'ads']],
  executions: ['SUCCEEDED', 'SUCCEEDED'],
};

/** What nothing misses here, by the reason. */
const SPARE: Readonly<Record<string, RegExp>> = {
  'the key of a bucket belongs to the CDK, which lets the account administer it': /^Key: /,
  'an administrator deploys here, and no template is looked at': /^BucketPolicy: /,
};

describe.each(['S3', 'SQL'] as const)('with a seed from %s', (kind) => {
  const assembly: Assembly = synthesize('Retail', '111122223333', 'us-east-1', (stack) => build(stack, {
    model: (scope: Stack) => World.prototype.model.call({ configuredAudienceModelArn: 'arn:aws:cleanrooms-ml:us-east-1:111122223333:configured-audience-model/abc' } as World, scope),
  } as unknown as World, kind));
  const permissions = permissionsOf(assembly).filter(({ title }) => !Object.values(SPARE).some((spare) => spare.test(title)));

  test('all of them are enough', async () => {
    expect(await live(kind)).toEqual(WHOLE);
  });

  test.each(permissions.map((permission) => [permission.title, permission] as const))('without %s something fails', async (_, permission) => {
    expect(await live(kind, [permission])).not.toEqual(WHOLE);
  });
});

test('with a seed from a bucket that has an S3 Bucket Key all of them are enough', async () => {
  expect(await live('S3', [], true)).toEqual(WHOLE);
});
