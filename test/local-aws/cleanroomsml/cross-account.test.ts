import { ACCOUNT, COLLABORATION_ID, DATASET, HOUR, seedOf, START } from './fixture';
import { Account, Principal } from '../../../local-aws/aws';
import { CleanRoomsMl } from '../../../local-aws/cleanroomsml/cleanroomsml';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { Clock } from '../../../local-aws/clock';
import { Glue } from '../../../local-aws/glue/glue';
import { Iam } from '../../../local-aws/iam/iam';
import { Kms } from '../../../local-aws/kms/kms';
import { S3 } from '../../../local-aws/s3/s3';
import { allow, policy, roleWith, trusting } from '../account';

/* One account has the seed, another one the model. IAM judges with the policies of both. */

const OWNER: Account = { ...ACCOUNT, accountId: '444455556666' };
const ACTION = 'cleanrooms-ml:StartAudienceGenerationJob';
const FIVE_PERCENT = { type: 'PERCENTAGE', value: 5 } as const;
const IN_COLLABORATION = { StringEquals: { 'cleanrooms-ml:CollaborationId': COLLABORATION_ID } };
const jobsOf = ({ accountId }: Account) => `arn:aws:cleanrooms-ml:us-east-1:${accountId}:audience-generation-job/*`;

const sideOf = (account: Account, clock: Clock) => {
  const iam = new Iam(account, clock);
  const kms = new Kms(account, iam);
  const s3 = new S3(account, clock, iam, kms);
  const glue = new Glue(account);
  const roleFor = (roleName: string) => iam.createRole({
    roleName, assumeRolePolicyDocument: trusting('cleanrooms-ml.amazonaws.com'), inlinePolicies: { all: allow('*') },
  }).arn;
  const service = new CleanRoomsMl({ account, clock, iam, kms, s3, glue, settings: { throttling: false } });
  return { account, iam, s3, glue, service, root: iam.developer.principal, roleFor };
};

const setUp = async (changes: Partial<Input<'CreateConfiguredAudienceModel'>> = {}) => {
  const clock = Clock.frozen(START);
  const seeds = sideOf(ACCOUNT, clock);
  const owner = sideOf(OWNER, clock);
  for (const bucketName of ['data', 'output']) owner.s3.createBucket({ bucketName });
  owner.glue.createDatabase({ name: 'retail' });
  owner.glue.createTable({
    databaseName: 'retail', name: 'clicks', location: 's3://data/clicks/', columns: ['user_id', 'item_id', 'ts', 'device', 'price'].map((name) => ({ name })),
  });
  seeds.s3.createBucket({ bucketName: 'seeds' });
  seeds.s3.putObject('seeds', 'users.jsonl', seedOf(500));

  const { trainingDatasetArn } = await owner.service.createTrainingDataset(owner.root, { ...DATASET, roleArn: owner.roleFor('cleanrooms-ml-reader') });
  const { audienceModelArn } = await owner.service.createAudienceModel(owner.root, { name: 'model', trainingDatasetArn });
  await clock.sleep(25 * HOUR);
  const { configuredAudienceModelArn } = await owner.service.createConfiguredAudienceModel(owner.root, {
    name: 'configured',
    audienceModelArn,
    sharedAudienceMetrics: ['ALL'],
    outputConfig: { roleArn: owner.roleFor('cleanrooms-ml-writer'), destination: { s3Destination: { s3Uri: 's3://output/audiences/' } } },
    ...changes,
  });
  seeds.service.collaborate(COLLABORATION_ID, owner.service);

  const put = (statement: object = {}) => owner.service.putConfiguredAudienceModelPolicy(owner.root, {
    configuredAudienceModelArn,
    configuredAudienceModelPolicy: JSON.stringify(policy({
      Effect: 'Allow',
      Principal: { AWS: [ACCOUNT.accountId] },
      Action: [ACTION],
      Resource: [configuredAudienceModelArn, jobsOf(OWNER)],
      Condition: IN_COLLABORATION,
      ...statement,
    })),
  });
  const request: Input<'StartAudienceGenerationJob'> = {
    name: 'job',
    configuredAudienceModelArn,
    collaborationId: COLLABORATION_ID,
    seedAudience: { roleArn: seeds.roleFor('cleanrooms-ml-seed'), dataSource: { s3Uri: 's3://seeds/users.jsonl' } },
  };
  const start = (more: Partial<Input<'StartAudienceGenerationJob'>> = {}, caller: Principal = seeds.root) =>
    seeds.service.startAudienceGenerationJob(caller, { ...request, ...more });
  return { clock, seeds, owner, configuredAudienceModelArn, request, put, start };
};

/** And a job that is ACTIVE, under both of its ARNs. */
const setUpJob = async (changes: Partial<Input<'CreateConfiguredAudienceModel'>> = {}, more: Partial<Input<'StartAudienceGenerationJob'>> = {}) => {
  const fixture = await setUp(changes);
  await fixture.put();
  const { audienceGenerationJobArn: arn } = await fixture.start(more);
  await fixture.clock.sleep(11 * HOUR);
  return { ...fixture, arn, ownersArn: arn.replace(ACCOUNT.accountId, OWNER.accountId) };
};

const refused = (resource: string) => ({ name: 'AccessDeniedException', message: expect.stringContaining(`${ACTION} on resource: ${resource}`) });

describe('a start on the model of another account', () => {
  test('needs the resource policy that the user guide shows', async () => {
    const { put, start, configuredAudienceModelArn } = await setUp();
    await expect(start()).rejects.toMatchObject(refused(configuredAudienceModelArn));
    await put();
    await expect(start()).resolves.toBeDefined();
  });

  test.each<[string, object, (configuredAudienceModelArn: string) => string]>([
    ['for another account', { Principal: { AWS: '777788889999' } }, (arn) => arn],
    ['for another collaboration', { Condition: { StringEquals: { 'cleanrooms-ml:CollaborationId': 'ffffffff-89ab-4def-8123-456789abcdef' } } }, (arn) => arn],
    ['without the model', { Resource: jobsOf(OWNER) }, (arn) => arn],
    ['which denies', { Effect: 'Deny' }, (arn) => arn],
  ])('is refused with a policy %s', async (_case, statement, resourceOf) => {
    const { put, start, configuredAudienceModelArn } = await setUp();
    await put(statement);
    await expect(start()).rejects.toMatchObject(refused(resourceOf(configuredAudienceModelArn)));
  });

  test("is refused with a policy without the owner's jobs", async () => {
    const { put, start, owner, configuredAudienceModelArn } = await setUp();
    await put({ Resource: configuredAudienceModelArn });
    await expect(start()).rejects.toMatchObject(refused('arn:aws:cleanrooms-ml:us-east-1:444455556666:audience-generation-job/'));
    expect(owner.service.audienceGenerationJobs()).toEqual([]);
  });

  test('is refused without a collaboration where the policy demands one, and otherwise is not', async () => {
    const { put, start, configuredAudienceModelArn } = await setUp();
    await put();
    await expect(start({ collaborationId: undefined })).rejects.toMatchObject(refused(configuredAudienceModelArn));
    await put({ Condition: undefined });
    await expect(start({ collaborationId: undefined })).resolves.toBeDefined();
  });

  test('works for the one role that the policy names', async () => {
    const { seeds, put, start, configuredAudienceModelArn } = await setUp();
    const starter = await roleWith(seeds.iam, 'starter', { all: allow('*') });
    await put({ Principal: { AWS: starter.roleArn } });
    await expect(start({}, await roleWith(seeds.iam, 'other', { all: allow('*') }))).rejects.toMatchObject(refused(configuredAudienceModelArn));
    await expect(start({}, starter)).resolves.toBeDefined();
  });

  describe("needs of the caller's own policies", () => {
    const resources = (configuredAudienceModelArn: string) => [configuredAudienceModelArn, jobsOf(OWNER), jobsOf(ACCOUNT)];
    const listMembers = {
      Effect: 'Allow',
      Action: 'cleanrooms:ListMembers',
      Resource: `arn:aws:cleanrooms:us-east-1:*:collaboration/${COLLABORATION_ID}`,
      Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cleanrooms-ml.amazonaws.com' } },
    };
    const passRole = { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' };
    const startAs = async (statementsOf: (configuredAudienceModelArn: string) => object[]) => {
      const { seeds, put, start, configuredAudienceModelArn } = await setUp();
      await put();
      return start({}, await roleWith(seeds.iam, 'starter', { all: policy(...statementsOf(configuredAudienceModelArn)) }));
    };
    const startOn = (Resource: string[]) => ({ Effect: 'Allow', Action: ACTION, Resource, Condition: IN_COLLABORATION });

    test('the start on all three resources, the listing of members and the role', async () => {
      await expect(startAs((arn) => [startOn(resources(arn)), listMembers, passRole])).resolves.toBeDefined();
    });

    test.each<[string, number, string]>([
      ['the model', 0, 'configured-audience-model/'],
      ["the owner's jobs", 1, '444455556666:audience-generation-job/'],
      ["the caller's jobs", 2, '111122223333:audience-generation-job/'],
    ])('the start on %s', async (_case, left, resource) => {
      const started = startAs((arn) => [startOn(resources(arn).filter((_one, index) => index !== left)), listMembers, passRole]);
      await expect(started).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(resource) });
    });

    test('the listing of members', async () => {
      await expect(startAs((arn) => [startOn(resources(arn)), passRole])).rejects.toMatchObject({
        name: 'AccessDeniedException', message: expect.stringContaining('cleanrooms:ListMembers'),
      });
    });

    test('the role', async () => {
      await expect(startAs((arn) => [startOn(resources(arn)), listMembers])).rejects.toMatchObject({
        name: 'AccessDeniedException', message: expect.stringContaining('iam:PassRole'),
      });
    });
  });

  test('lists the members of a collaboration in the account that created it', async () => {
    const { clock, seeds, owner, put, start } = await setUp();
    const collaborationId = 'eeeeeeee-89ab-4def-8123-456789abcdef';
    owner.service.collaborate(collaborationId, seeds.service);
    await put({ Condition: undefined });
    await clock.busy(async () => {
      await start();
      await start({ name: 'other', collaborationId });
    });
    const listed = seeds.iam.decisions.filter(({ action }) => action === 'cleanrooms:ListMembers').map(({ resource }) => resource);
    expect(listed).toEqual([
      `arn:aws:cleanrooms:us-east-1:111122223333:collaboration/${COLLABORATION_ID}`, `arn:aws:cleanrooms:us-east-1:444455556666:collaboration/${collaborationId}`,
    ]);
  });

  test('is refused in a collaboration of one of the two only', async () => {
    const { seeds, owner, put, start } = await setUp();
    await put({ Condition: undefined });
    const collaborationId = 'eeeeeeee-89ab-4def-8123-456789abcdef';
    seeds.service.collaborate(collaborationId);
    await expect(start({ collaborationId })).rejects.toMatchObject({
      name: 'ValidationException', message: `The account 444455556666 is not an active member of the collaboration ${collaborationId}`,
    });
    const ofOwner = 'dddddddd-89ab-4def-8123-456789abcdef';
    owner.service.collaborate(ofOwner);
    await expect(start({ collaborationId: ofOwner })).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining('111122223333') });
  });

  test('is refused on a model of an account that nobody knows, and on one in another Region', async () => {
    const { start, configuredAudienceModelArn } = await setUp();
    for (const arn of [configuredAudienceModelArn.replace(OWNER.accountId, '777788889999'), configuredAudienceModelArn.replace('us-east-1', 'eu-west-1')]) {
      await expect(start({ configuredAudienceModelArn: arn })).rejects.toMatchObject(refused(arn));
    }
  });

  test('is not made in the account of the model', async () => {
    const { seeds, owner, put, request } = await setUp();
    await put();
    await expect(owner.service.startAudienceGenerationJob(seeds.root, request)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('the job', () => {
  test('is one, with an ARN in each account and a name of its own for the owner', async () => {
    const { seeds, owner, arn, ownersArn } = await setUpJob();
    expect(arn).not.toBe(ownersArn);
    const ofSeeds = await seeds.service.getAudienceGenerationJob(seeds.root, { audienceGenerationJobArn: arn });
    const ofOwner = await owner.service.getAudienceGenerationJob(owner.root, { audienceGenerationJobArn: ownersArn });
    expect(ofSeeds).toMatchObject({ audienceGenerationJobArn: arn, name: 'job', status: 'ACTIVE', startedBy: ACCOUNT.accountId });
    expect(ofOwner).toEqual({ ...ofSeeds, audienceGenerationJobArn: ownersArn, name: '111122223333-job', seedAudience: undefined });
    const { audienceGenerationJobs } = await seeds.service.listAudienceGenerationJobs(seeds.root, {});
    expect(audienceGenerationJobs).toMatchObject([{ audienceGenerationJobArn: arn, name: 'job' }]);
    expect((await owner.service.listAudienceGenerationJobs(owner.root, { collaborationId: COLLABORATION_ID })).audienceGenerationJobs).toMatchObject([
      { audienceGenerationJobArn: ownersArn, name: '111122223333-job' },
    ]);
    expect([seeds.service.generationsStarted.length, owner.service.generationsStarted.length]).toEqual([1, 0]);
  });

  test('is not to be reached by the ARN of the other account, from either side', async () => {
    const { seeds, owner, arn, ownersArn } = await setUpJob();
    for (const [{ service, root }, audienceGenerationJobArn] of [[seeds, ownersArn], [owner, arn]] as const) {
      for (const call of [
        service.getAudienceGenerationJob(root, { audienceGenerationJobArn }),
        service.deleteAudienceGenerationJob(root, { audienceGenerationJobArn }),
        service.startAudienceExportJob(root, { name: 'export', audienceGenerationJobArn, audienceSize: FIVE_PERCENT }),
        service.listAudienceExportJobs(root, { audienceGenerationJobArn }),
        service.listTagsForResource(root, { resourceArn: audienceGenerationJobArn }),
      ]) await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
  });

  test('does not open the model, or its account, to anything else', async () => {
    const { seeds, configuredAudienceModelArn } = await setUpJob();
    for (const call of [
      seeds.service.getConfiguredAudienceModel(seeds.root, { configuredAudienceModelArn }),
      seeds.service.getConfiguredAudienceModelPolicy(seeds.root, { configuredAudienceModelArn }),
      seeds.service.listAudienceGenerationJobs(seeds.root, { configuredAudienceModelArn }),
    ]) await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test.each<['ALL' | 'NONE', boolean]>([['ALL', true], ['NONE', false]])('shows metrics to the owner, and with %s to the other account: %p', async (shared, shown) => {
    const { seeds, owner, arn, ownersArn } = await setUpJob({ sharedAudienceMetrics: [shared] });
    expect((await owner.service.getAudienceGenerationJob(owner.root, { audienceGenerationJobArn: ownersArn })).metrics).toBeDefined();
    expect((await seeds.service.getAudienceGenerationJob(seeds.root, { audienceGenerationJobArn: arn })).metrics !== undefined).toBe(shown);
  });

  test.each<['FROM_PARENT_RESOURCE' | 'NONE', Record<string, string>]>([['FROM_PARENT_RESOURCE', { team: 'models' }], ['NONE', {}]])(
    'has tags of its own in each account: %s', async (childResourceTagOnCreatePolicy, expected) => {
      const { seeds, owner, arn, ownersArn } = await setUpJob({ childResourceTagOnCreatePolicy, tags: { team: 'models' } }, { tags: { cost: '1' } });
      await seeds.service.tagResource(seeds.root, { resourceArn: arn, tags: { more: '2' } });
      expect(await seeds.service.listTagsForResource(seeds.root, { resourceArn: arn })).toEqual({ tags: { cost: '1', more: '2' } });
      expect(await owner.service.listTagsForResource(owner.root, { resourceArn: ownersArn })).toEqual({ tags: expected });
    });

  test('reads the seed in the account that started it', async () => {
    const { clock, seeds, owner, put, start } = await setUp();
    await put();
    seeds.s3.deleteObject('seeds', 'users.jsonl');
    await start();
    await clock.sleep(HOUR);
    expect([seeds, owner].map(({ service }) => service.audienceGenerationJobs()[0].statusDetails?.statusCode)).toEqual(['SEED_NOT_FOUND', 'SEED_NOT_FOUND']);
  });

  test('finds its seed by a query in a collaboration, whoever created that', async () => {
    const { clock, seeds, owner, put, start, request } = await setUp();
    await put({ Condition: undefined });
    const collaborationId = 'eeeeeeee-89ab-4def-8123-456789abcdef';
    owner.service.collaborate(collaborationId, seeds.service);
    await start({ collaborationId, seedAudience: { roleArn: request.seedAudience.roleArn, sqlParameters: { queryString: 'SELECT user_id FROM buyers' } } });
    await clock.sleep(24 * HOUR);
    expect(seeds.service.audienceGenerationJobs()).toMatchObject([{ status: 'ACTIVE' }]);
  });

  test('keeps the name from the account that started it, and from the owner its longer form', async () => {
    const { seeds, owner, start, request } = await setUpJob();
    await expect(start()).rejects.toMatchObject({ name: 'ConflictException' });
    const seedAudience = { ...request.seedAudience, roleArn: owner.roleFor('cleanrooms-ml-seed') };
    const startAsOwner = (name: string) => owner.service.startAudienceGenerationJob(owner.root, { ...request, name, seedAudience });
    await expect(startAsOwner('111122223333-job')).rejects.toMatchObject({ name: 'ConflictException' });
    await expect(startAsOwner('job')).resolves.toBeDefined();
    await expect(startAsOwner('111122223333-next')).resolves.toBeDefined();
    await expect(start({ name: 'next' })).rejects.toMatchObject({ name: 'ConflictException' });
    expect(seeds.service.audienceGenerationJobs()).toHaveLength(1);
  });

  test('counts for the quota of the account that started it only', async () => {
    const { clock, seeds, owner, put, start, request } = await setUp();
    await put();
    seeds.service.settings.quotas.audienceGenerationJobsInProgress = 1;
    owner.service.settings.quotas.audienceGenerationJobsInProgress = 1;
    await clock.busy(async () => {
      await start();
      await expect(start({ name: 'second' })).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
      const seedAudience = { ...request.seedAudience, roleArn: owner.roleFor('cleanrooms-ml-seed') };
      await expect(owner.service.startAudienceGenerationJob(owner.root, { ...request, seedAudience })).resolves.toBeDefined();
    });
  });

  test('keeps the model from being deleted while it is in progress', async () => {
    const { clock, owner, put, start, configuredAudienceModelArn } = await setUp();
    await put();
    await clock.busy(async () => {
      await start();
      await expect(owner.service.deleteConfiguredAudienceModel(owner.root, { configuredAudienceModelArn })).rejects.toMatchObject({ name: 'ConflictException' });
    });
  });

  test.each(['seeds', 'owner'] as const)('is gone for both when it is deleted by one: %s', async (who) => {
    const fixture = await setUpJob();
    const { seeds, owner, clock, arn, ownersArn } = fixture;
    const { service, root } = fixture[who];
    await clock.busy(async () => {
      await service.deleteAudienceGenerationJob(root, { audienceGenerationJobArn: who === 'seeds' ? arn : ownersArn });
      expect([seeds, owner].map((side) => side.service.audienceGenerationJobs()[0].status)).toEqual(['DELETE_PENDING', 'DELETE_PENDING']);
    });
    await clock.sleep(HOUR);
    expect([...seeds.service.audienceGenerationJobs(), ...owner.service.audienceGenerationJobs()]).toEqual([]);
  });
});

describe('an export', () => {
  test.each(['seeds', 'owner'] as const)('by one goes to the bucket of the owner, and both see it: %s', async (who) => {
    const fixture = await setUpJob();
    const { seeds, owner, clock, arn, ownersArn } = fixture;
    await fixture[who].service.startAudienceExportJob(fixture[who].root, {
      name: 'export', audienceGenerationJobArn: who === 'seeds' ? arn : ownersArn, audienceSize: FIVE_PERCENT,
    });
    await clock.sleep(HOUR);
    const outputLocation = `s3://output/audiences/${arn.split('/')[1]}/export/`;
    expect(owner.s3.objects('output').map(({ key }) => `s3://output/${key}`)).toEqual([`${outputLocation}part-00000.csv`]);
    for (const [side, audienceGenerationJobArn] of [[seeds, arn], [owner, ownersArn]] as const) {
      expect((await side.service.listAudienceExportJobs(side.root, { audienceGenerationJobArn })).audienceExportJobs).toMatchObject([
        { name: 'export', audienceGenerationJobArn, status: 'ACTIVE', outputLocation },
      ]);
    }
  });

  test('by one keeps the other from deleting the job', async () => {
    const { seeds, owner, clock, arn, ownersArn } = await setUpJob();
    await clock.busy(async () => {
      await seeds.service.startAudienceExportJob(seeds.root, { name: 'export', audienceGenerationJobArn: arn, audienceSize: FIVE_PERCENT });
      await expect(owner.service.deleteAudienceGenerationJob(owner.root, { audienceGenerationJobArn: ownersArn })).rejects.toMatchObject({
        name: 'ConflictException',
      });
    });
  });

  test('fails with the role of the owner', async () => {
    const { seeds, owner, clock, arn } = await setUpJob();
    owner.iam.deleteRole('cleanrooms-ml-writer');
    await seeds.service.startAudienceExportJob(seeds.root, { name: 'export', audienceGenerationJobArn: arn, audienceSize: FIVE_PERCENT });
    await clock.sleep(HOUR);
    expect(seeds.service.audienceExportJobs()).toMatchObject([{ status: 'CREATE_FAILED', statusDetails: { statusCode: 'ROLE_NOT_ASSUMABLE' } }]);
  });
});

describe('accounts', () => {
  test('of one number are one account, and those of another Region are not met', () => {
    const clock = Clock.frozen(START);
    const { service } = sideOf(ACCOUNT, clock);
    expect(() => service.collaborate(COLLABORATION_ID, sideOf(ACCOUNT, clock).service)).toThrow('There are two accounts 111122223333');
    expect(() => service.collaborate(COLLABORATION_ID, sideOf({ ...OWNER, region: 'eu-west-1' }, clock).service)).toThrow('is in eu-west-1');
  });
});
