import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import {
  AudienceExport, AudienceGeneration, AudienceModel, AudienceSize, ChildResourceTagOnCreatePolicy, ColumnSchema, ConfiguredAudienceModel,
  ConfiguredAudienceModelPolicy, IAudienceModelRef, LookalikeAudience, SeedAudience, SharedAudienceMetrics, TrainingDataset,
} from '../src';
import { COLUMNS, testBucket, testConfigured, testDataset, testModel, testStack } from './fixtures';
import { required, Validator } from '../src/private/faults';
import * as validation from '../src/private/validation';

/** What the CDK gives for a value in the first synthesis, before the CLI has looked it up. */
const lookup = (stack: Stack, name = '/retail/value') => ssm.StringParameter.valueFromLookup(stack, name);
const PLACEHOLDER = lookup(testStack());

const { serviceArns, ...exported } = validation;
const built = {
  namePrefix: validation.namePrefix(20),
  oneOf: validation.oneOf({ A: 'a' }),
  outputUri: validation.outputUri('bucket'),
  objectKey: validation.objectKey('bucket'),
  sameAsStack: validation.sameAsStack('us-east-1', 'advice'),
  tagsBeside: validation.tagsBeside(1),
  required: required(validation.resourceName, 'advice'),
};
const validators = Object.entries({ ...exported, ...built, ...serviceArns })
  .filter(([name, value]) => typeof value === 'function' && name !== 'timeWindow') as [string, Validator<unknown>][];

test('the placeholder is what the constructs take for one', () => {
  expect(PLACEHOLDER).toBe('dummy-value-for-/retail/value');
  expect(validators.length).toBeGreaterThan(35);
});

describe.each(validators)('the validator %s', (_name, validate) => {
  test('lets what is yet to be looked up pass', () => {
    for (const value of [PLACEHOLDER, `${PLACEHOLDER}/*${'x'.repeat(3_000)}`]) expect(validate(value)).toEqual([]);
  });
});

test.each<[string, Validator<string>]>([
  ['accountId', validation.accountId], ['roleArn', validation.roleArn], ['keyArn', validation.keyArn], ['s3Uri', validation.s3Uri],
  ['collaborationId', validation.collaborationId], ...Object.entries(serviceArns),
])('the validator %s lets nothing pass that only looks like it', (_name, validate) => {
  for (const value of [`x${PLACEHOLDER}`, ` ${PLACEHOLDER}`, PLACEHOLDER.toUpperCase(), 'dummy-value', 'dummy-value-/for-x']) {
    expect(validate(value)).toHaveLength(1);
  }
});

test('parts of values may be looked up', () => {
  for (const map of [{ [PLACEHOLDER]: 'v' }, { key: `${PLACEHOLDER}${'x'.repeat(1_000)}` }]) {
    for (const validate of [validation.tags, validation.queryParameters, validation.sparkProperties]) expect(validate(map)).toEqual([]);
  }
  expect(validation.columns([...['USER_ID', 'ITEM_ID', 'TIMESTAMP'].map((columnType) => ({ columnName: PLACEHOLDER, columnType }))])).toEqual([]);
  expect(validation.outputUri(`${PLACEHOLDER}${'x'.repeat(2_000)}`)('audiences/')).toEqual([]);
  expect(validation.sameAsStack(PLACEHOLDER, 'advice')('us-east-1')).toEqual([]);
});

describe('an import by an ARN that is looked up is where its stack is', () => {
  test.each([
    ['TrainingDataset', TrainingDataset.fromTrainingDatasetArn],
    ['AudienceModel', AudienceModel.fromAudienceModelArn],
    ['ConfiguredAudienceModel', ConfiguredAudienceModel.fromConfiguredAudienceModelArn],
  ] as const)('%s', (_name, fromArn) => {
    const stack = testStack('eu-west-1');
    const imported = fromArn(stack, 'Imported', lookup(stack));
    expect(imported.env).toEqual({ account: stack.account, region: 'eu-west-1' });
    expect(() => imported.grants.read(new iam.User(stack, 'User')).assertSuccess()).not.toThrow();
  });
});

test.each<[string, (stack: Stack, value: string) => unknown]>([
  ['TrainingDataset', (stack, value) => testDataset(stack, {
    trainingDatasetName: value,
    description: value,
    tags: { [value]: value },
    role: iam.Role.fromRoleName(stack, 'Role', value),
    source: { databaseName: value, tableName: value, catalogId: value, prefix: value },
    schema: [...COLUMNS, ColumnSchema.categoricalFeature(value)],
  })],
  ['AudienceModel', (stack, value) => testModel(stack, {
    trainingDataset: Object.assign(new Stack(stack, 'D'), { trainingDatasetRef: { trainingDatasetArn: value } }) as unknown as cleanroomsml.ITrainingDatasetRef,
    encryptionKey: Object.assign(new Stack(stack, 'K'), { keyRef: { keyArn: value, keyId: value } }) as unknown as kms.IKeyRef,
    audienceModelName: value,
    description: value,
    generation: value,
    tags: { team: value },
  })],
  ['ConfiguredAudienceModel', (stack, value) => testConfigured(stack, {
    audienceModel: Object.assign(new Stack(stack, 'M'), { audienceModelRef: { audienceModelArn: value } }) as unknown as IAudienceModelRef,
    configuredAudienceModelName: value,
    description: value,
    tags: { team: value },
    outputPrefix: value,
    sharedAudienceMetrics: value as SharedAudienceMetrics,
    childResourceTagOnCreatePolicy: value as ChildResourceTagOnCreatePolicy,
    outputBucket: Object.assign(testBucket(stack), { bucketName: value }) as s3.IBucket,
  }).grants.startAudienceGenerationJob(new iam.User(stack, 'U'), { collaborationId: value })],
  ['ConfiguredAudienceModelPolicy', (stack, value) => new ConfiguredAudienceModelPolicy(stack, 'P', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'C', value),
  }).document.addStatements(new iam.PolicyStatement({ actions: ['a:b'], resources: [value], principals: [new iam.AccountRootPrincipal()] }))],
  ['AudienceGeneration', (stack, value) => new AudienceGeneration(stack, 'G', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'C', value),
    seedAudience: SeedAudience.fromS3Uri(value, { bucket: testBucket(stack), prefix: value }),
    jobName: value,
    collaborationId: value,
    description: value,
    tags: { team: value },
  })],
  ['SeedAudience.fromS3Uri alone', (stack, value) => new AudienceGeneration(stack, 'G', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'C', value), seedAudience: SeedAudience.fromS3Uri(value),
  })],
  ['SeedAudience.fromS3Uri in a bucket that is known', (stack, value) => new AudienceGeneration(stack, 'G', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'C', value),
    seedAudience: SeedAudience.fromS3Uri(value, { bucket: testBucket(stack) }),
  })],
  ['SeedAudience.fromQuery', (stack, value) => new AudienceGeneration(stack, 'G', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'C', value),
    seedAudience: SeedAudience.fromQuery({ membershipId: value, analysisTemplateArn: value, parameters: { segment: value } }),
  })],
  ['AudienceExport', (stack, value) => new AudienceExport(stack, 'E', {
    audienceGenerationJobArn: value, size: AudienceSize.percentage(5), exportName: value, description: value,
  })],
  ['LookalikeAudience', (stack, value) => new LookalikeAudience(stack, 'L', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'C', value),
    seedAudience: SeedAudience.fromS3(testBucket(stack), value),
    sizes: [AudienceSize.percentage(5)],
    jobName: value,
    exportName: value,
    collaborationId: value,
    tags: { team: value },
  })],
])('%s takes what is yet to be looked up', (_name, make) => {
  const stack = testStack();
  const made = make(stack, lookup(stack));
  if (made instanceof sfn.StateMachineFragment) {
    new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(made) });
  }
  expect(() => Template.fromStack(stack)).not.toThrow();
});
