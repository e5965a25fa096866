import { CleanRoomsMl } from '../../../local-aws/cleanroomsml/cleanroomsml';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { MEMBERSHIP_ID } from '../../../local-aws/cleanroomsml/settings';
import { Clock } from '../../../local-aws/clock';
import { Glue } from '../../../local-aws/glue/glue';
import type { KeyProperties } from '../../../local-aws/kms/key';
import { Kms } from '../../../local-aws/kms/kms';
import { S3 } from '../../../local-aws/s3/s3';
import { newIam, policy, roleWith } from '../account';
import { ACCOUNT, COLLABORATION_ID, DATASET, HOUR, QUERY, SEED, seedOf, START } from './fixture';

/** The user guide's own policies, judged by IAM. @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html */
const GLUE_ACTIONS = [
  'glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions', 'glue:GetPartition', 'glue:BatchGetPartition',
  'glue:GetUserDefinedFunctions',
];
const GLUE_RESOURCES = ['database/retail', 'table/retail/clicks', 'catalog', 'database/default'];
const BUCKET_ACTIONS = ['s3:ListBucket', 's3:GetBucketLocation'];
const KEY_WRITE_ACTIONS = ['kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
const OWNED = { StringEquals: { 's3:ResourceAccount': [ACCOUNT.accountId] } };
const glueArn = (resource: string) => `arn:aws:glue:us-east-1:111122223333:${resource}`;
const statement = (Action: string[], Resource: string[], Condition?: object) => ({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });
const encryptionContext = (arn: string) => ({ ArnLike: { 'kms:EncryptionContext:aws:s3:arn': arn } });

/** A policy with one action less, or one resource. */
const policyWithout = (left: string, ...statements: ReturnType<typeof statement>[]) => policy(...statements
  .map((one) => ({ ...one, Action: one.Action.filter((action) => action !== left), Resource: one.Resource.filter((resource) => resource !== left) }))
  .filter(({ Action, Resource }) => Action.length > 0 && Resource.length > 0));

const trust = (type: string, conditions: object = {}) => policy({
  Effect: 'Allow',
  Principal: { Service: 'cleanrooms-ml.amazonaws.com' },
  Action: 'sts:AssumeRole',
  Condition: {
    StringEqualsIfExists: { 'aws:SourceAccount': [ACCOUNT.accountId] },
    ArnLikeIfExists: { 'aws:SourceArn': `arn:aws:cleanrooms-ml:us-east-1:111122223333:${type}/*` },
    ...conditions,
  },
});

const readerPolicy = (keyArn: string, left = '', ...denials: ReturnType<typeof statement>[]) => policyWithout(
  left,
  statement(GLUE_ACTIONS, GLUE_RESOURCES.map(glueArn)),
  statement(['glue:CreateDatabase'], [glueArn('catalog'), glueArn('database/default')]),
  statement(BUCKET_ACTIONS, ['arn:aws:s3:::data'], OWNED),
  statement(['s3:GetObject'], ['arn:aws:s3:::data/clicks/*'], OWNED),
  statement(['kms:Decrypt'], [keyArn], encryptionContext('arn:aws:s3:::data/clicks*')),
  ...denials,
);

const writerPolicy = (keyArn: string, left = '') => policyWithout(
  left,
  statement(BUCKET_ACTIONS, ['arn:aws:s3:::output'], OWNED),
  statement(['s3:PutObject'], ['arn:aws:s3:::output/audiences/*'], OWNED),
  statement(KEY_WRITE_ACTIONS, [keyArn], encryptionContext('arn:aws:s3:::output/audiences*')),
);

const QUERY_ACTIONS = ['cleanrooms:GetCollaborationAnalysisTemplate', 'cleanrooms:GetSchema', 'cleanrooms:StartProtectedQuery'];
const MEMBERSHIP_ACTIONS = ['cleanrooms:GetProtectedQuery', 'cleanrooms:UpdateProtectedQuery'];

const seedPolicy = (keyArn: string, left = '', describing?: object) => policyWithout(
  left,
  statement(['s3:ListBucket'], ['arn:aws:s3:::data'], OWNED),
  statement(['s3:GetObject'], ['arn:aws:s3:::data/seed/*'], OWNED),
  statement(['kms:Decrypt'], [keyArn], encryptionContext('arn:aws:s3:::data/seed*')),
  statement(['kms:DescribeKey'], [keyArn], describing),
);

const queryPolicy = (left = '') => policyWithout(
  left,
  statement(QUERY_ACTIONS, ['*']),
  statement(MEMBERSHIP_ACTIONS, [`arn:aws:cleanrooms:us-east-1:111122223333:membership/${MEMBERSHIP_ID}`]),
);

interface Roles {
  readonly reader?: (keyArn: string) => object;
  readonly writer?: (keyArn: string) => object;
  readonly seed?: (keyArn: string) => object;
  readonly seedTrust?: object;
  readonly readerTrust?: object;
  readonly writerTrust?: object;
}

const setUp = (policies: Roles = {}) => {
  const clock = Clock.frozen(START);
  const iam = newIam(clock);
  const kms = new Kms(ACCOUNT, iam);
  const glue = new Glue(ACCOUNT);
  const s3 = new S3(ACCOUNT, clock, iam, kms);
  const { arn: kmsKeyArn } = kms.createKey();
  for (const bucketName of ['data', 'output']) s3.createBucket({ bucketName, encryption: { kmsKeyArn } });
  glue.createDatabase({ name: 'retail' });
  glue.createTable({
    databaseName: 'retail',
    name: 'clicks',
    location: 's3://data/clicks/',
    columns: [{ name: 'user_id', type: 'string' }, { name: 'item_id', type: 'string' }, { name: 'ts', type: 'bigint' }, { name: 'price', type: 'double' }],
    partitionKeys: [{ name: 'device', type: 'string' }],
  });
  const { arn: readerArn } = iam.createRole({
    roleName: 'cleanrooms-ml-reader',
    assumeRolePolicyDocument: policies.readerTrust ?? trust('training-dataset'),
    inlinePolicies: { data: (policies.reader ?? readerPolicy)(kmsKeyArn) },
  });
  const { arn: writerArn } = iam.createRole({
    roleName: 'cleanrooms-ml-writer',
    assumeRolePolicyDocument: policies.writerTrust ?? trust('configured-audience-model'),
    inlinePolicies: { data: (policies.writer ?? writerPolicy)(kmsKeyArn) },
  });
  s3.putObject('data', 'seed/users.jsonl', seedOf(500));
  const { arn: seedArn } = iam.createRole({
    roleName: 'cleanrooms-ml-seed',
    assumeRolePolicyDocument: policies.seedTrust ?? trust('audience-generation-job'),
    inlinePolicies: { data: (policies.seed ?? seedPolicy)(kmsKeyArn) },
  });
  const service = new CleanRoomsMl({ account: ACCOUNT, clock, iam, kms, glue, s3, settings: { throttling: false } });
  const root = iam.developer.principal;

  const train = async () => {
    const { trainingDatasetArn } = await service.createTrainingDataset(root, { ...DATASET, roleArn: readerArn });
    const { audienceModelArn } = await service.createAudienceModel(root, { name: 'model', trainingDatasetArn });
    await clock.sleep(25 * HOUR);
    return service.getAudienceModel(root, { audienceModelArn });
  };
  const configure = async () => {
    const { audienceModelArn } = await train();
    return service.createConfiguredAudienceModel(root, {
      name: 'configured',
      audienceModelArn,
      sharedAudienceMetrics: ['ALL'],
      outputConfig: { roleArn: writerArn, destination: { s3Destination: { s3Uri: 's3://output/audiences' } } },
    });
  };
  const generate = async (seedAudience: Omit<Input<'StartAudienceGenerationJob'>['seedAudience'], 'roleArn'> = SEED) => {
    const { configuredAudienceModelArn } = await configure();
    service.collaborate(COLLABORATION_ID);
    const { audienceGenerationJobArn } = await service.startAudienceGenerationJob(root, {
      name: 'job', configuredAudienceModelArn, collaborationId: COLLABORATION_ID, seedAudience: { ...seedAudience, roleArn: seedArn },
    });
    await clock.sleep(24 * HOUR);
    return service.getAudienceGenerationJob(root, { audienceGenerationJobArn });
  };
  return { clock, iam, kms, glue, s3, service, root, readerArn, writerArn, seedArn, train, configure, generate };
};

test('the documented roles are enough', async () => {
  const { configure, service } = setUp();
  await expect(configure()).resolves.toBeDefined();
  expect(service.audienceModels()).toMatchObject([{ status: 'ACTIVE' }]);
});

test.each([...GLUE_ACTIONS, 'glue:CreateDatabase', ...BUCKET_ACTIONS, 's3:GetObject', 'kms:Decrypt'])('a training needs %s', async (left) => {
  const { train } = setUp({ reader: (keyArn) => readerPolicy(keyArn, left) });
  expect(await train()).toMatchObject({ status: 'CREATE_FAILED', statusDetails: { statusCode: 'ACCESS_DENIED', message: expect.stringContaining(left) } });
});

test.each(GLUE_RESOURCES)('a training needs to read %s', async (omitted) => {
  const { train } = setUp({ reader: (keyArn) => readerPolicy(keyArn, glueArn(omitted)) });
  expect(await train()).toMatchObject({ status: 'CREATE_FAILED', statusDetails: { message: expect.stringContaining(`on resource: ${glueArn(omitted)}`) } });
});

/** What each call is about, by the resources above. @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html */
const GLUE_CALLS: [string, string[]][] = [
  ['glue:GetDatabase', ['catalog', 'database/retail', 'database/default']],
  ['glue:GetDatabases', ['catalog', 'database/retail', 'database/default']],
  ['glue:GetTable', ['catalog', 'database/retail', 'table/retail/clicks']],
  ['glue:GetTables', ['catalog', 'database/retail', 'database/default', 'table/retail/clicks']],
  ['glue:GetPartitions', ['catalog', 'database/retail', 'table/retail/clicks']],
  ['glue:GetPartition', ['catalog', 'database/retail', 'table/retail/clicks']],
  ['glue:BatchGetPartition', ['catalog', 'database/retail', 'table/retail/clicks']],
  ['glue:GetUserDefinedFunctions', ['catalog', 'database/retail', 'database/default']],
];
test.each(GLUE_CALLS)('a training needs %s on %p, and on nothing else', async (action, needed) => {
  for (const resource of GLUE_RESOURCES) {
    const denial = { ...statement([action], [glueArn(resource)]), Effect: 'Deny' };
    const { train } = setUp({ reader: (keyArn) => readerPolicy(keyArn, '', denial) });
    expect([resource, (await train()).status]).toEqual([resource, needed.includes(resource) ? 'CREATE_FAILED' : 'ACTIVE']);
  }
});

test('a training does without glue:CreateDatabase where the default database exists', async () => {
  const { train, glue } = setUp({ reader: (keyArn) => readerPolicy(keyArn, 'glue:CreateDatabase') });
  glue.createDatabase({ name: 'default' });
  expect(await train()).toMatchObject({ status: 'ACTIVE' });
});

test.each([...BUCKET_ACTIONS, 's3:PutObject', ...KEY_WRITE_ACTIONS])('an output needs %s', async (left) => {
  const { configure } = setUp({ writer: (keyArn) => writerPolicy(keyArn, left) });
  await expect(configure()).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(left.replace('*', '')) });
});

test.each<[string, object]>([
  ['another account', trust('training-dataset', { StringEqualsIfExists: { 'aws:SourceAccount': ['444455556666'] } })],
  ['another type of resource', trust('configured-audience-model')],
])('a role that trusts the service for %s is not assumed', async (_case, readerTrust) => {
  expect(await setUp({ readerTrust }).train()).toMatchObject({ status: 'CREATE_FAILED', statusDetails: { statusCode: 'ROLE_NOT_ASSUMABLE' } });
});

test('a role that may be assumed for a training dataset only is none for an output', async () => {
  await expect(setUp({ writerTrust: trust('training-dataset') }).configure()).rejects.toMatchObject({ message: expect.stringContaining('cannot be assumed') });
});

describe('a seed', () => {
  const inAccessible = (action: string) => ({ status: 'CREATE_FAILED', statusDetails: { statusCode: 'ACCESS_DENIED', message: expect.stringContaining(action) } });
  const queryWith = (seed: object) => setUp({ seed: () => seed }).generate(QUERY);

  test('is read with the documented role, and exported with the other one', async () => {
    const { generate, service, s3, clock, root } = setUp();
    const { status, audienceGenerationJobArn } = await generate();
    expect(status).toBe('ACTIVE');
    await service.startAudienceExportJob(root, { name: 'export', audienceGenerationJobArn, audienceSize: { type: 'PERCENTAGE', value: 5 } });
    await clock.sleep(HOUR);
    expect(service.audienceExportJobs()).toMatchObject([{ status: 'ACTIVE' }]);
    expect(s3.objects('output', 'audiences/')).toHaveLength(1);
  });

  test.each(['s3:ListBucket', 's3:GetObject', 'kms:Decrypt', 'kms:DescribeKey'])('in Amazon S3 needs %s', async (left) => {
    expect(await setUp({ seed: (keyArn) => seedPolicy(keyArn, left) }).generate()).toMatchObject(inAccessible(left));
  });

  test('in Amazon S3 needs kms:DescribeKey without an encryption context, which only cryptographic operations have', async () => {
    const seed = (keyArn: string) => seedPolicy(keyArn, '', encryptionContext('arn:aws:s3:::data/seed*'));
    expect(await setUp({ seed }).generate()).toMatchObject(inAccessible('kms:DescribeKey'));
  });

  test('is queried with the documented role', async () => {
    expect(await queryWith(queryPolicy())).toMatchObject({ status: 'ACTIVE' });
  });

  test.each([...QUERY_ACTIONS, ...MEMBERSHIP_ACTIONS])('from a query needs %s', async (left) => {
    expect(await queryWith(queryPolicy(left))).toMatchObject(inAccessible(left));
  });

  test('is not queried in another membership', async () => {
    const other = policy(
      statement(QUERY_ACTIONS, ['*']), statement(MEMBERSHIP_ACTIONS, ['arn:aws:cleanrooms:us-east-1:111122223333:membership/other']),
    );
    expect(await queryWith(other)).toMatchObject(inAccessible(MEMBERSHIP_ACTIONS[0]));
  });

  test('is not read with a role for training datasets', async () => {
    expect(await setUp({ seedTrust: trust('training-dataset') }).generate()).toMatchObject({
      status: 'CREATE_FAILED', statusDetails: { statusCode: 'ROLE_NOT_ASSUMABLE' },
    });
  });
});

test('a job is started by whoever may start it on the model and on jobs, not on one of them only', async () => {
  const { configure, iam, service, seedArn } = setUp();
  const { configuredAudienceModelArn } = await configure();
  const jobs = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-generation-job/*';
  const startWith = async (roleName: string, Resource: string[]) => service.startAudienceGenerationJob(
    await roleWith(iam, roleName, { all: policy(statement(['cleanrooms-ml:StartAudienceGenerationJob'], Resource), statement(['iam:PassRole'], ['*'])) }),
    { name: 'job', configuredAudienceModelArn, seedAudience: { ...SEED, roleArn: seedArn } },
  );
  const refused = { name: 'AccessDeniedException', message: expect.stringContaining('StartAudienceGenerationJob') };
  await expect(startWith('model-only', [configuredAudienceModelArn])).rejects.toMatchObject(refused);
  await expect(startWith('jobs-only', [jobs])).rejects.toMatchObject(refused);
  await expect(startWith('both', [configuredAudienceModelArn, jobs])).resolves.toBeDefined();
});

describe('a key for the model', () => {
  const grantOperations = {
    'ForAllValues:StringEquals': {
      'kms:GrantOperations': [
        'Decrypt', 'Encrypt', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo', 'CreateGrant', 'DescribeKey', 'RetireGrant', 'GenerateDataKey',
      ],
    },
  };
  const via = { StringEquals: { 'kms:ViaService': 'cleanrooms-ml.us-east-1.amazonaws.com' } };
  const uses = ['kms:GenerateDataKey', 'kms:CreateGrant', 'kms:Decrypt'];
  const callerStatements = (keyArn: string) => [
    statement(uses, [keyArn], { ...grantOperations, ...via, BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' } }),
    statement(['kms:DescribeKey'], [keyArn], via),
  ];
  const administration = { ...statement(['kms:*'], ['*']), Principal: { AWS: 'arn:aws:iam::111122223333:root' } };
  const Principal = { Service: 'cleanrooms-ml.amazonaws.com' };
  const serviceStatements = [{ ...statement(uses, ['*'], grantOperations), Principal }, { ...statement(['kms:DescribeKey'], ['*']), Principal }];
  const trainWithKey = async (keyPolicy: object | undefined, statementsOf: (keyArn: string) => object[]) => {
    const { clock, iam, kms, service, root, readerArn } = setUp();
    const { arn: kmsKeyArn } = kms.createKey({ keyPolicy });
    const caller = await roleWith(iam, 'caller', {
      all: policy({ Effect: 'Allow', Action: 'cleanrooms-ml:*', Resource: '*' }, ...statementsOf(kmsKeyArn)),
    });
    const { trainingDatasetArn } = await service.createTrainingDataset(root, { ...DATASET, roleArn: readerArn });
    const { audienceModelArn } = await service.createAudienceModel(caller, { name: 'model', trainingDatasetArn, kmsKeyArn });
    await clock.sleep(25 * HOUR);
    return service.getAudienceModel(root, { audienceModelArn });
  };

  test('works with the documented statements for caller and service', async () => {
    expect(await trainWithKey(policy(administration, ...serviceStatements), callerStatements)).toMatchObject({ status: 'ACTIVE' });
  });

  test('is refused to a caller without them', async () => {
    await expect(trainWithKey(policy(administration, ...serviceStatements), () => [])).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining('kms:DescribeKey'),
    });
  });

  test('fails the training if its policy does not let the service in', async () => {
    expect(await trainWithKey(policy(administration), callerStatements)).toMatchObject({
      status: 'CREATE_FAILED', statusDetails: { statusCode: 'ACCESS_DENIED', message: expect.stringContaining('User: cleanrooms-ml.amazonaws.com') },
    });
  });

  test.each<[string, KeyProperties, string]>([
    ['enabled', { enabled: false }, 'is disabled'],
    ['symmetric', { keySpec: 'RSA_2048' }, 'key spec is RSA_2048'],
    ['for encryption', { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' }, 'key usage is GENERATE_VERIFY_MAC'],
    ['there with its material', { origin: 'EXTERNAL' }, 'is pending import'],
  ])('has to be %s', async (_, properties, message) => {
    const { kms, service, root, readerArn } = setUp();
    const { trainingDatasetArn } = await service.createTrainingDataset(root, { ...DATASET, roleArn: readerArn });
    await expect(service.createAudienceModel(root, { name: 'model', trainingDatasetArn, kmsKeyArn: kms.createKey(properties).arn })).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining(message),
    });
  });

  test('has to exist', async () => {
    const { service, root, readerArn } = setUp();
    const { trainingDatasetArn } = await service.createTrainingDataset(root, { ...DATASET, roleArn: readerArn });
    const kmsKeyArn = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-a000-000000000000';
    await expect(service.createAudienceModel(root, { name: 'model', trainingDatasetArn, kmsKeyArn })).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining('does not exist'),
    });
  });
});
