import { COLLABORATION_ID, createConfigured, createGenerated, HOUR, KEY_ARN, MINUTE, QUERY, ROOT, SEED, seedOf } from './fixture';
import { Fixture, generate, Request, start } from './generations';
import { MEMBERSHIP_ID, Settings } from '../../../local-aws/cleanroomsml/settings';

describe('a seed', () => {
  const { dataSource } = SEED;
  const { sqlParameters } = QUERY;
  const template = 'arn:aws:cleanrooms:us-east-1:111122223333:membership/m/analysistemplate/t';
  const worker = { worker: { type: 'CR.1X', number: 16 } } as const;

  test.each<[string, Partial<Request['seedAudience']>, string | undefined]>([
    ['from Amazon S3', { dataSource }, undefined],
    ['from a query', { sqlParameters }, undefined],
    ['from a query with workers', { sqlParameters, sqlComputeConfiguration: worker }, undefined],
    ['from an analysis template', { sqlParameters: { analysisTemplateArn: template } }, undefined],
    ['from nowhere', {}, 'exactly one of dataSource and sqlParameters'],
    ['from two places', { dataSource, sqlParameters }, 'exactly one of dataSource and sqlParameters'],
    ['from no query', { sqlParameters: {} }, 'exactly one of queryString and analysisTemplateArn'],
    ['from two queries', { sqlParameters: { queryString: 'q', analysisTemplateArn: template } }, 'exactly one of queryString and analysisTemplateArn'],
    ['from Amazon S3 with workers', { dataSource, sqlComputeConfiguration: worker }, 'is for sqlParameters only'],
  ])('%s', async (_case, seed, expected) => {
    const started = start(await createConfigured(), { seedAudience: { roleArn: SEED.roleArn, ...seed } });
    if (expected) await expect(started).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(expected) });
    else await expect(started).resolves.toHaveProperty('audienceGenerationJobArn');
  });

  test('needs a role of this account', async () => {
    const roleArn = 'arn:aws:iam::444455556666:role/seed';
    await expect(start(await createConfigured(), { seedAudience: { ...SEED, roleArn } })).rejects.toMatchObject({
      name: 'AccessDeniedException', message: `Cross-account pass role is not allowed: ${roleArn}`,
    });
  });

  test.each<[string, (others: Fixture['others']) => void, string, string]>([
    ['a role that does not trust the service', (others) => others.untrusting.add(SEED.roleArn), 'ROLE_NOT_ASSUMABLE', 'cannot be assumed'],
    ['a role that may not list the bucket', (others) => others.denied.add('s3:ListBucket'), 'ACCESS_DENIED', 's3:ListBucket on resource: arn:aws:s3:::data'],
    ['a role that may not read an object', (others) => others.denied.add('s3:GetObject'), 'ACCESS_DENIED', 's3:GetObject on resource: arn:aws:s3:::data/seed/users.jsonl'],
    ['no bucket', (others) => others.buckets.delete('data'), 'BUCKET_NOT_FOUND', 'data does not exist'],
    ['a bucket in another Region', (others) => others.buckets.set('data', { region: 'eu-west-1' }), 'BUCKET_IN_OTHER_REGION', 'in eu-west-1, not in us-east-1'],
    ...['kms:Decrypt', 'kms:DescribeKey'].map((action): [string, (others: Fixture['others']) => void, string, string] => [
      `a bucket with a key but no ${action}`, (others) => {
        others.buckets.set('data', { encryption: { kmsKeyArn: KEY_ARN } });
        others.denied.add(action);
      }, 'ACCESS_DENIED', `${action} on resource: ${KEY_ARN}`,
    ]),
    ['no object', (others) => others.objects.clear(), 'SEED_NOT_FOUND', 'There is no object at s3://data/seed/'],
    ['an object beside the folder', (others) => {
      others.objects.clear();
      others.objects.set('data/seeds.jsonl', seedOf(500));
    }, 'SEED_NOT_FOUND', 'no object'],
    ['a line that is no JSON', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('{"user_id": "1"}\nuser 2')), 'MALFORMED_SEED', 'Line 2 of seed/users.jsonl'],
    ['a line without a user', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('{"user": "1"}')), 'MALFORMED_SEED', 'Line 1'],
    ['a user that is a number', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('{"user_id": 1}')), 'MALFORMED_SEED', 'Line 1'],
    ['a line that is null', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('null')), 'MALFORMED_SEED', 'Line 1'],
    ['499 users', (others) => others.objects.set('data/seed/users.jsonl', seedOf(499)), 'INSUFFICIENT_MATCHING_SEED', '499 users in the training data, but at least 500'],
    ['500,001 users', (others) => others.objects.set('data/seed/users.jsonl', seedOf(500_001)), 'SEED_TOO_LARGE', 'at most 500000'],
  ])('fails with %s', async (_case, prepare, statusCode, message) => {
    const failed = await generate(({ others }) => prepare(others));
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusCode, message: expect.stringContaining(message), duration: 5 * MINUTE });
  });

  test.each<[string, string, Record<string, Buffer>, 'ACTIVE' | 'CREATE_FAILED']>([
    ['one object', 's3://data/a.jsonl', { 'a.jsonl': seedOf(500) }, 'ACTIVE'],
    ['all objects in a folder', 's3://data/a', { 'a/1': seedOf(300), 'a/b/2': Buffer.concat([seedOf(250), Buffer.from('\n'), Buffer.from('{"user_id": "x"}')]) }, 'CREATE_FAILED'],
    ['different users in two of them', 's3://data/a', { 'a/1': seedOf(499), 'a/b/2': Buffer.from('{"user_id": "x"}') }, 'ACTIVE'],
    ['the same user twice', 's3://data/a/', { 'a/1': seedOf(499), 'a/2': seedOf(499) }, 'CREATE_FAILED'],
    ['500,000 users', 's3://data/a/', { 'a/1': seedOf(500_000) }, 'ACTIVE'],
    ['a whole bucket', 's3://data', { 'a/1': seedOf(500) }, 'ACTIVE'],
  ])('is read from %s', async (_case, s3Uri, objects, expected) => {
    const { status } = await generate(({ others }) => {
      others.objects.clear();
      for (const [key, body] of Object.entries(objects)) others.objects.set(`data/${key}`, body);
    }, { seedAudience: { roleArn: SEED.roleArn, dataSource: { s3Uri } } });
    expect(status).toBe(expected);
  });

  test.each<[number, 'ACTIVE' | 'CREATE_FAILED']>([[500, 'ACTIVE'], [501, 'CREATE_FAILED']])('has to reach the least size of the model, %i', async (minMatchingSeedSize, expected) => {
    expect(await generate(undefined, {}, {}, { minMatchingSeedSize })).toMatchObject({ status: expected });
  });

  test('is read on behalf of the job, with the documented condition keys', async () => {
    const { others, audienceGenerationJobArn } = await generate(({ others: { buckets } }) => { buckets.set('data', { encryption: { kmsKeyArn: KEY_ARN } }); });
    expect(others.assumed).toEqual([{ roleArn: SEED.roleArn, sourceArn: audienceGenerationJobArn, sourceAccount: '111122223333' }]);
    const contextOf = (action: string) => others.asked.find((request) => request.action === action)?.context;
    expect(contextOf('s3:ListBucket')).toEqual({ 's3:ResourceAccount': '111122223333' });
    expect(contextOf('kms:Decrypt')).toEqual({
      'kms:ViaService': 's3.us-east-1.amazonaws.com', 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::data/seed/users.jsonl',
    });
  });
});

describe('the query of a seed', () => {
  const ACTIONS = [
    'cleanrooms:GetCollaborationAnalysisTemplate', 'cleanrooms:GetSchema', 'cleanrooms:StartProtectedQuery', 'cleanrooms:GetProtectedQuery',
    'cleanrooms:UpdateProtectedQuery',
  ];

  test.each(ACTIONS)('needs %s of the role', async (action) => {
    const failed = await generate(({ others }) => { others.denied.add(action); }, { seedAudience: QUERY });
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusCode: 'ACCESS_DENIED', message: expect.stringContaining(action), duration: 5 * MINUTE });
  });

  test('asks about the collaboration and the membership, on behalf of the job', async () => {
    const { others, audienceGenerationJobArn } = await generate(
      ({ service }) => service.collaborate(COLLABORATION_ID), { seedAudience: QUERY, collaborationId: COLLABORATION_ID },
    );
    const arn = (resource: string) => `arn:aws:cleanrooms:us-east-1:111122223333:${resource}`;
    expect(others.assumed).toEqual([{ roleArn: SEED.roleArn, sourceArn: audienceGenerationJobArn, sourceAccount: '111122223333' }]);
    expect(others.asked.filter(({ action }) => ACTIONS.includes(action)).map(({ resource }) => resource)).toEqual([
      arn(`collaboration/${COLLABORATION_ID}`), arn(`collaboration/${COLLABORATION_ID}`), ...[1, 2, 3].map(() => arn(`membership/${MEMBERSHIP_ID}`)),
    ]);
  });

  test('asks about the analysis template, and the memberships that the setting names', async () => {
    const analysisTemplateArn = 'arn:aws:cleanrooms:us-east-1:111122223333:membership/m/analysistemplate/t';
    const { others } = await generate(undefined, { seedAudience: { roleArn: SEED.roleArn, sqlParameters: { analysisTemplateArn } } }, { memberships: ['m'] });
    const resourceOf = (action: string) => others.asked.filter((request) => request.action === action).map(({ resource }) => resource);
    expect(resourceOf(ACTIONS[0])).toEqual([analysisTemplateArn]);
    expect(resourceOf(ACTIONS[4])).toEqual(['arn:aws:cleanrooms:us-east-1:111122223333:membership/m']);
  });

  test('has an id, which a seed from Amazon S3 has not', async () => {
    const { service, audienceGenerationJobArn } = await generate(undefined, { seedAudience: QUERY });
    expect((await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).protectedQueryIdentifier).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { service: other, audienceGenerationJobArn: arn } = await createGenerated();
    expect((await other.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn: arn })).protectedQueryIdentifier).toBeUndefined();
  });

  test.each<[Settings['seedQueryUsers'], 'ACTIVE' | 'CREATE_FAILED']>([
    [500, 'ACTIVE'], [499, 'CREATE_FAILED'], [({ name }) => (name === 'job' ? 25 : 10_000), 'CREATE_FAILED'],
  ])('yields as many users as the setting says: %p', async (seedQueryUsers, expected) => {
    const { status, duration } = await generate(undefined, { seedAudience: QUERY }, { seedQueryUsers });
    expect(status).toBe(expected);
    if (expected === 'CREATE_FAILED') expect(duration).toBe(12 * HOUR + 5 * MINUTE);
  });
});
