import { App, Aws, Errors, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ColumnSchema, Dataset, GlueDataSource, TrainingDataset, TrainingDatasetGrants } from '../src';
import { ACCOUNT, COLUMNS, OTHER_ACCOUNT, REGION, stableTemplate, testBucket, testDataset, testStack, TRAINING_DATASET_ARN } from './fixtures';

const TYPE = 'Custom::CleanRoomsMLTrainingDataset';
const PARTITION = { Ref: 'AWS::Partition' };
const joined = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });

test('the template is as it was', () => {
  const stack = testStack();
  testDataset(stack, { description: 'Clicks', tags: { team: 'ads' } });
  expect(stableTemplate(stack)).toMatchSnapshot();
});

describe('the resource', () => {
  test('has the properties of the contract', () => {
    const stack = testStack();
    testDataset(stack, {
      trainingDatasetName: 'clicks',
      description: 'Clicks',
      tags: { team: 'ads' },
      source: { catalogId: OTHER_ACCOUNT },
      schema: [...COLUMNS, ColumnSchema.categoricalFeature('device'), ColumnSchema.numericalFeature('price')],
    });
    const column = (name: string, type: string) => ({ ColumnName: name, ColumnTypes: [type] });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      Name: 'clicks',
      Description: 'Clicks',
      RoleArn: { 'Fn::GetAtt': ['InteractionsRole23085550', 'Arn'] },
      TrainingData: [{
        Type: 'INTERACTIONS',
        InputConfig: {
          Schema: [
            column('user_id', 'USER_ID'),
            column('item_id', 'ITEM_ID'),
            column('ts', 'TIMESTAMP'),
            column('device', 'CATEGORICAL_FEATURE'),
            column('price', 'NUMERICAL_FEATURE'),
          ],
          DataSource: { GlueDataSource: { DatabaseName: 'retail', TableName: 'clicks', CatalogId: OTHER_ACCOUNT } },
        },
      }],
      Tags: [{ Key: 'team', Value: 'ads' }],
    });
  });

  test('leaves out what was not given', () => {
    const stack = testStack();
    testDataset(stack);
    Template.fromStack(stack).hasResourceProperties(TYPE, { Name: Match.absent(), Description: Match.absent(), Tags: Match.absent() });
  });

  test('is created after everything it needs is allowed', () => {
    const stack = testStack();
    testDataset(stack);
    Template.fromStack(stack).hasResource(TYPE, {
      DependsOn: [
        Match.stringLikeRegexp('^CleanRoomsMLProviderTrainingDatasetPermissions'),
        Match.stringLikeRegexp('^InteractionsPermissions'),
        Match.stringLikeRegexp('^InteractionsRoleDefaultPolicy'),
      ],
    });
  });

  test('gives its ARN and its name', () => {
    const stack = testStack();
    const dataset = testDataset(stack);
    const id = stack.getLogicalId(dataset.node.defaultChild as cleanroomsml.CfnTrainingDataset);
    expect(stack.resolve([dataset.trainingDatasetArn, dataset.trainingDatasetRef.trainingDatasetArn, dataset.trainingDatasetName])).toEqual([
      { 'Fn::GetAtt': [id, 'TrainingDatasetArn'] }, { 'Fn::GetAtt': [id, 'TrainingDatasetArn'] }, { Ref: id },
    ]);
  });
});

describe('the role', () => {
  test('trusts Clean Rooms ML for training datasets of this account and Region only', () => {
    const stack = testStack();
    testDataset(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      RoleName: Match.stringLikeRegexp('^cleanrooms-ml-us-east-1-Interactions-[0-9a-f]{8}$'),
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'cleanrooms-ml.amazonaws.com' },
          Condition: {
            StringEqualsIfExists: { 'aws:SourceAccount': [ACCOUNT] },
            ArnLikeIfExists: { 'aws:SourceArn': joined('arn:', PARTITION, `:cleanrooms-ml:${REGION}:${ACCOUNT}:training-dataset/*`) },
          },
        }],
      },
    });
  });

  test('may do exactly what is documented', () => {
    const stack = testStack();
    testDataset(stack);
    const arn = (resource: string) => joined('arn:', PARTITION, `:glue:${REGION}:${ACCOUNT}:${resource}`);
    const bucket = joined('arn:', PARTITION, ':s3:::retail-data');
    const ownAccount = { StringEquals: { 's3:ResourceAccount': [ACCOUNT] } };
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: 'InteractionsRole23085550' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: [
              'glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions', 'glue:GetPartition',
              'glue:BatchGetPartition', 'glue:GetUserDefinedFunctions',
            ],
            Resource: [arn('database/retail'), arn('table/retail/clicks'), arn('catalog'), arn('database/default')],
          },
          { Effect: 'Allow', Action: 'glue:CreateDatabase', Resource: arn('database/default') },
          { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: bucket, Condition: ownAccount },
          { Effect: 'Allow', Action: 's3:GetObject', Resource: joined('arn:', PARTITION, ':s3:::retail-data/clicks/*'), Condition: ownAccount },
        ],
      },
    });
  });

  test('reads the catalog and the bucket of other accounts where they are', () => {
    const stack = testStack();
    testDataset(stack, { source: { catalogId: OTHER_ACCOUNT, bucket: testBucket(stack, { account: OTHER_ACCOUNT }) } });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'glue:CreateDatabase',
            Resource: joined('arn:', PARTITION, `:glue:${REGION}:${OTHER_ACCOUNT}:database/default`),
          }),
          Match.objectLike({ Action: 's3:GetObject', Condition: { StringEquals: { 's3:ResourceAccount': [OTHER_ACCOUNT] } } }),
        ]),
      },
    });
  });

  test.each([
    ['a folder without a slash', 'clicks', '/clicks/*'],
    ['a folder with a slash', 'clicks/', '/clicks/*'],
    ['no folder', undefined, '/*'],
    ['an empty folder', '', '/*'],
  ])('may read %s', (_name, prefix, suffix) => {
    const stack = testStack();
    testDataset(stack, { source: { prefix } });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 's3:GetObject', Resource: joined('arn:', PARTITION, `:s3:::retail-data${suffix}`) }),
        ]),
      },
    });
  });

  const decrypts = (key: unknown) => ({
    PolicyDocument: {
      Statement: Match.arrayWith([{
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: key,
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:s3:arn': [
              joined('arn:', PARTITION, ':s3:::retail-data'), joined('arn:', PARTITION, ':s3:::retail-data/clicks/*'),
            ],
          },
        },
      }]),
    },
  });

  test('may decrypt with the key of the bucket', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    testDataset(stack, { source: { bucket: testBucket(stack, { encryptionKey: key }) } });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', decrypts(stack.resolve(key.keyArn)));
  });

  test('may decrypt with the key that was given', () => {
    const stack = testStack();
    const key = new kms.CfnKey(stack, 'Key');
    testDataset(stack, { source: { encryptionKey: key } });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', decrypts(stack.resolve(key.attrArn)));
  });

  test('may decrypt once with a key that was given for a bucket that has it already', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    testDataset(stack, { source: { encryptionKey: key, bucket: testBucket(stack, { encryptionKey: key }) } });
    expect(JSON.stringify(Template.fromStack(stack).toJSON()).match(/kms:Decrypt/g)).toHaveLength(1);
  });

  test('may decrypt with the key behind the alias that a bucket is encrypted with', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    testDataset(stack, { source: { bucket: testBucket(stack, { encryptionKey: key.addAlias('mine') }) } });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', decrypts(stack.resolve(key.keyArn)));
  });

  test('has no KMS permission where no key is in play', () => {
    const stack = testStack();
    testDataset(stack);
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('kms:');
  });

  test('has another name in a stack of another name', () => {
    const roleName = (stackName: string) => {
      const stack = new Stack(new App(), 'Retail', { stackName, env: { account: ACCOUNT, region: REGION } });
      return stack.resolve((testDataset(stack).role.node.defaultChild as iam.CfnRole).roleName) as string;
    };
    expect(roleName('one')).not.toEqual(roleName('two'));
    expect(roleName('one')).toEqual(roleName('one'));
  });

  test('has a name that fits, whatever the construct is called', () => {
    const stack = testStack('ap-southeast-2');
    const dataset = new TrainingDataset(stack, 'X'.repeat(200), {
      dataset: Dataset.interactions({
        source: GlueDataSource.fromTable({ databaseName: 'd', tableName: 't', bucket: s3.Bucket.fromBucketName(stack, 'Other', 'other') }),
        schema: COLUMNS,
      }),
    });
    const name = (dataset.role.node.defaultChild as iam.CfnRole).roleName ?? '';
    expect(name.length).toBeLessThanOrEqual(64);
    expect(name).toMatch(/^cleanrooms-ml-ap-southeast-2-X+-[0-9a-f]{8}$/);
  });

  test('has the Region in its name even where that is known only at deployment', () => {
    const stack = new Stack(new App(), 'Retail');
    testDataset(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      RoleName: joined('cleanrooms-ml-', { Ref: 'AWS::Region' }, Match.stringLikeRegexp('^-Interactions-')),
    });
  });
});

describe('a role of the user\'s own', () => {
  test('is given the same permissions and no second role is made', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
    const dataset = testDataset(stack, { role });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(role.roleName)],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject' })]) },
    });
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^MineDefaultPolicy')]) });
    expect(dataset.role).toBe(role);
    expect(dataset.node.tryFindChild('Role')).toBeUndefined();
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('that is imported is given the same permissions', () => {
    const stack = testStack();
    testDataset(stack, { role: iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ACCOUNT}:role/mine`) });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: ['mine'],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject' })]) },
    });
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^MinePolicy')]) });
  });

  test('that cannot be changed causes a warning', () => {
    const stack = testStack();
    testDataset(stack, { role: iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ACCOUNT}:role/mine`, { mutable: false }) });
    Annotations.fromStack(stack).hasWarning('/Retail/Interactions',
      Match.stringLikeRegexp('allows glue:BatchGetPartition,.*s3:GetObject.*\\[ack: cdk-cleanrooms-ml:roleNotModified\\]'));
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::IAM::Policy', { Roles: ['mine'] }, 0);
  });

  test('that the user has made immutable causes a warning too', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
    testDataset(stack, { role: role.withoutPolicyUpdates() });
    Annotations.fromStack(stack).hasWarning('/Retail/Interactions', Match.stringLikeRegexp('roleNotModified'));
  });

  test('of another account is refused', () => {
    const stack = testStack();
    const role = iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${OTHER_ACCOUNT}:role/mine`);
    expect(() => testDataset(stack, { role })).toThrow(
      `role.account: got "${OTHER_ACCOUNT}"; it must be ${ACCOUNT}, as for the stack; the service refuses roles of other accounts`);
  });

  test('of another account is not noticed where the account of the stack is not known', () => {
    const stack = new Stack(new App(), 'Retail');
    expect(() => testDataset(stack, { role: iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${OTHER_ACCOUNT}:role/mine`) })).not.toThrow();
  });

  test('with an ARN that is not one is refused', () => {
    const stack = testStack();
    expect(() => testDataset(stack, { role: iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ACCOUNT}:user/mine`) }))
      .toThrow(/role: got ".*"; it must look like arn:aws:iam::111122223333:role\/name/);
  });
});

describe('the handler', () => {
  test('may create training datasets and pass this role to Clean Rooms ML only', () => {
    const stack = testStack();
    testDataset(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^CleanRoomsMLProviderIsCompleteServiceRole') }],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'cleanrooms-ml:CreateTrainingDataset', Resource: '*' },
          {
            Effect: 'Allow',
            Action: 'iam:PassRole',
            Resource: { 'Fn::GetAtt': ['InteractionsRole23085550', 'Arn'] },
            Condition: { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } },
          },
        ],
      },
    });
  });
});

describe('a Glue table by reference', () => {
  const tableAndDatabase = (stack: Stack, tableName?: string) => {
    const database = new glue.CfnDatabase(stack, 'Database', { catalogId: ACCOUNT, databaseInput: { name: 'retail' } });
    const table = new glue.CfnTable(stack, 'Clicks', { catalogId: ACCOUNT, databaseName: 'retail', tableInput: { name: tableName } });
    return { database, table };
  };
  const datasetFrom = (stack: Stack, tableName?: string) => new TrainingDataset(stack, 'Interactions', {
    dataset: Dataset.interactions({
      source: GlueDataSource.fromTableRef({ ...tableAndDatabase(stack, tableName), bucket: testBucket(stack) }),
      schema: COLUMNS,
    }),
  });

  test('is named as in the catalog, and comes first', () => {
    const stack = testStack();
    datasetFrom(stack, 'clicks');
    const template = Template.fromStack(stack);
    template.hasResource(TYPE, {
      DependsOn: Match.arrayWith(['Clicks', 'Database']),
      Properties: {
        TrainingData: [{ InputConfig: { DataSource: { GlueDataSource: { DatabaseName: 'retail', TableName: 'clicks' } } } }],
      },
    });
  });

  test('is named by reference if it has no name in the template', () => {
    const stack = testStack();
    datasetFrom(stack);
    const source = Template.fromStack(stack).findResources(TYPE) as Record<string, { Properties: { TrainingData: [unknown] } }>;
    expect(JSON.stringify(source)).toContain('{"Ref":"Clicks"}');
  });
});

describe('faults', () => {
  test('are reported together, with the path of the construct, and known to the CDK', () => {
    const stack = testStack();
    let error: unknown;
    try {
      testDataset(stack, {
        trainingDatasetName: '',
        description: 'x'.repeat(256),
        tags: { 'aws:x': 'y' },
        source: { databaseName: 'no.dots', tableName: '', catalogId: '1', prefix: '/x' },
        schema: [ColumnSchema.userId('-')],
      });
    } catch (e) {
      error = e;
    }
    expect((error as Error).message.split('\n').map((line) => line.split(':')[0])).toEqual([
      "invalid TrainingDataset at 'Retail/Interactions'",
      '  - trainingDatasetName',
      '  - description',
      '  - tags',
      '  - dataset.source.databaseName',
      '  - dataset.source.tableName',
      '  - dataset.source.catalogId',
      '  - dataset.source.prefix',
      '  - dataset.schema[0].columnName',
      '  - dataset.schema',
      '  - dataset.schema',
    ]);
    expect(Errors.isConstructError(error)).toBe(true);
    expect(Errors.isValidationError(error)).toBe(true);
  });

  test('a bucket in another Region is refused', () => {
    const stack = testStack();
    expect(() => testDataset(stack, { source: { bucket: testBucket(stack, { region: 'eu-west-1' }) } }))
      .toThrow('dataset.source.bucket.region: got "eu-west-1"; it must be us-east-1, as for the stack; use one in the same Region');
  });

  test('an alias in the place of a key is refused', () => {
    const stack = testStack();
    expect(() => testDataset(stack, { source: { encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/mine') } }))
      .toThrow("dataset.source.encryptionKey: got the alias 'Retail/Alias'; it must be a key");
  });
});

describe('tags', () => {
  test('of the whole app arrive and yield to the construct\'s own', () => {
    const stack = testStack();
    testDataset(stack, { tags: { team: 'ads' } });
    Tags.of(stack).add('stage', 'prod');
    Template.fromStack(stack).hasResourceProperties(TYPE, { Tags: [{ Key: 'stage', Value: 'prod' }, { Key: 'team', Value: 'ads' }] });
  });

  test('can be removed', () => {
    const stack = testStack();
    Tags.of(testDataset(stack, { tags: { team: 'ads' } })).remove('team');
    Template.fromStack(stack).hasResourceProperties(TYPE, { Tags: Match.absent() });
  });

  test('that come late are validated at synthesis', () => {
    const stack = testStack();
    const dataset = testDataset(stack, { tags: { team: 'ads' } });
    Array.from({ length: 47 }, (_, index) => Tags.of(dataset).add(`key${index}`, 'v'));
    expect(() => Template.fromStack(stack)).toThrow(/at most 47 tags \(the service's 50 less the 3 that this library sets\) but there are 48; remove some/);
  });
});

describe('removal', () => {
  test('deletes by default', () => {
    const stack = testStack();
    testDataset(stack);
    Template.fromStack(stack).hasResource(TYPE, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('retains as a property says', () => {
    const stack = testStack();
    testDataset(stack, { removalPolicy: RemovalPolicy.RETAIN });
    Template.fromStack(stack).hasResource(TYPE, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('retains as applyRemovalPolicy says', () => {
    const stack = testStack();
    testDataset(stack).applyRemovalPolicy(RemovalPolicy.RETAIN);
    Template.fromStack(stack).hasResource(TYPE, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test.each([
    [RemovalPolicy.DESTROY, Match.absent()], [RemovalPolicy.RETAIN, true], [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, true],
  ])('tells the handler of %s what stays: CloudFormation does not', (removalPolicy, retained) => {
    const stack = testStack();
    testDataset(stack).applyRemovalPolicy(removalPolicy);
    Template.fromStack(stack).hasResourceProperties(TYPE, { Retained: retained });
  });
});

test('escape hatches reach the resource', () => {
  const stack = testStack();
  const resource = testDataset(stack).node.defaultChild as iam.CfnRole;
  resource.addPropertyOverride('Description', 'overridden');
  resource.addPropertyDeletionOverride('TrainingData');
  Template.fromStack(stack).hasResourceProperties(TYPE, { Description: 'overridden', TrainingData: Match.absent() });
});

test('an import has the ARN and the environment of the ARN', () => {
  const imported = TrainingDataset.fromTrainingDatasetArn(testStack('eu-west-1'), 'Imported', TRAINING_DATASET_ARN);
  expect(imported.trainingDatasetArn).toBe(TRAINING_DATASET_ARN);
  expect(imported.trainingDatasetRef).toEqual({ trainingDatasetArn: TRAINING_DATASET_ARN });
  expect(imported.env).toEqual({ account: ACCOUNT, region: REGION });
});

test('an import takes a token', () => {
  const stack = testStack();
  expect(() => TrainingDataset.fromTrainingDatasetArn(stack, 'Imported', Aws.NO_VALUE)).not.toThrow();
});

test('isTrainingDataset knows its own', () => {
  const stack = testStack();
  expect(TrainingDataset.isTrainingDataset(testDataset(stack))).toBe(true);
  for (const other of [stack, TrainingDataset.fromTrainingDatasetArn(stack, 'I', TRAINING_DATASET_ARN), undefined, null, 'text']) {
    expect(TrainingDataset.isTrainingDataset(other)).toBe(false);
  }
});

test('grants.read allows to read it', () => {
  const stack = testStack();
  const dataset = testDataset(stack);
  const reader = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
  dataset.grants.read(reader).assertSuccess();
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    Roles: [stack.resolve(reader.roleName)],
    PolicyDocument: {
      Statement: [{
        Effect: 'Allow',
        Action: ['cleanrooms-ml:GetTrainingDataset', 'cleanrooms-ml:ListTagsForResource'],
        Resource: stack.resolve(dataset.trainingDatasetArn),
      }],
    },
  });
});

test('grants work on an L1 too', () => {
  const stack = testStack();
  const l1 = new cleanroomsml.CfnTrainingDataset(stack, 'L1', { name: 'n', roleArn: 'r', trainingData: [] });
  const grant = TrainingDatasetGrants.fromTrainingDataset(l1).read(new iam.User(stack, 'User'));
  expect(stack.resolve(grant.principalStatements[0].resources)).toEqual([{ Ref: 'L1' }]);
});
