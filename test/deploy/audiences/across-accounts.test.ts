import { HOUR, OUTPUT, outputOf, World } from './world';
import { AudienceSize } from '../../../src';

const COLLABORATION = 'a1b2c3d4-5678-90ab-cdef-1234567890ab';
const OWNER = { accountId: '444455556666', region: 'us-east-1', partition: 'aws' };

let seeds: World;
let owner: World;
beforeEach(async () => {
  seeds = await World.start({ generationTime: HOUR });
  owner = await World.start({ generationTime: HOUR }, { clock: seeds.clock, account: OWNER });
  owner.service.collaborate(COLLABORATION, seeds.service);
});
afterEach(async () => {
  await seeds.close();
  await owner.close();
});

const JOBS = `arn:aws:cleanrooms-ml:us-east-1:${OWNER.accountId}:audience-generation-job/*`;

/** What the owner's `configured.grants.startAudienceGenerationJob(new iam.AccountPrincipal(…), { collaborationId })` puts into the policy of the model. */
async function allow(collaborationId = COLLABORATION): Promise<void> {
  await owner.service.putConfiguredAudienceModelPolicy(owner.otherHands, {
    configuredAudienceModelArn: owner.configuredAudienceModelArn,
    configuredAudienceModelPolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 'cleanrooms-ml:StartAudienceGenerationJob',
        Resource: [owner.configuredAudienceModelArn, JOBS],
        Condition: { StringEquals: { 'cleanrooms-ml:CollaborationId': collaborationId } },
      }],
    }),
  });
}

const deploy = async () => {
  seeds.configuredAudienceModelArn = owner.configuredAudienceModelArn;
  return seeds.deployAudience({ sizes: [AudienceSize.percentage(5)], collaborationId: COLLABORATION, minimumRecall: 0.1, keepJobs: 1 });
};

test('the members of a collaboration generate and export with the model of another one', async () => {
  await allow();
  const audience = await deploy();
  expect(outputOf(await seeds.run('Audience')).status).toBe('FINISHED');
  const [mine] = seeds.service.audienceGenerationJobs();
  const [theirs] = owner.service.audienceGenerationJobs();
  expect(mine.tags).toEqual({ 'cdk-cleanrooms-ml:audience': audience.audienceName });
  expect([mine.arn.replace('111122223333', OWNER.accountId), `111122223333-${mine.name}`]).toEqual([theirs.arn, theirs.name]);
  // What comes out belongs to the owner of the model.
  expect(owner.aws.s3.objects(OUTPUT)).toHaveLength(1);
  expect(seeds.aws.s3.objects(OUTPUT)).toHaveLength(0);
  expect(seeds.denied()).toEqual([]);
});

test('older jobs are deleted in both accounts, and no others', async () => {
  await allow();
  await deploy();
  for (let week = 0; week < 3; week++) {
    outputOf(await seeds.run('Audience'));
    await seeds.clock.sleep(HOUR);
  }
  expect([seeds, owner].map(({ service }) => service.audienceGenerationJobs().length)).toEqual([1, 1]);
});

test('an audience of the owner leaves those alone that others generate with its model, even of the same name', async () => {
  await allow();
  await deploy();
  await owner.deployAudience({ sizes: [AudienceSize.percentage(5)], keepJobs: 1 });
  outputOf(await seeds.run('Audience'));
  for (let week = 0; week < 3; week++) {
    outputOf(await owner.run('Audience'));
    await owner.clock.sleep(HOUR);
  }
  const startedBy = owner.service.audienceGenerationJobs().map(({ generation }) => generation.startedBy);
  expect(startedBy.sort()).toEqual(['111122223333', OWNER.accountId]);
});

test.each<[string, () => Promise<void>]>([
  ['without a policy of the model', async () => {}],
  ['in another collaboration', async () => allow('b1b2c3d4-5678-90ab-cdef-1234567890ab')],
])('%s nothing is generated, and the error says so', async (_, prepare) => {
  await prepare();
  await deploy();
  expect(await seeds.run('Audience')).toMatchObject({ status: 'FAILED', error: 'CleanRoomsMl.AccessDeniedException' });
  expect(seeds.service.generationsStarted).toEqual([]);
});

test('where the owner does not share metrics, an audience that is to be judged is not exported', async () => {
  await allow();
  await owner.service.updateConfiguredAudienceModel(owner.otherHands, { configuredAudienceModelArn: owner.configuredAudienceModelArn, sharedAudienceMetrics: ['NONE'] });
  await deploy();
  expect(await seeds.run('Audience')).toMatchObject({ status: 'FAILED', error: 'QualityUnknown', cause: expect.stringContaining('may not share them') });
  expect(seeds.aws.cloudWatch.metrics()).toEqual([]);
});
