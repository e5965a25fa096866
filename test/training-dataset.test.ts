import { Aws, CfnParameter, Errors, Lazy, RemovalPolicy, Resource, Stack, Tags, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ColumnSchema, Dataset, GlueDataSource, GlueTableConstructOptions, TrainingDataset, TrainingDatasetGrants } from '../src';
import {
  ACCOUNT, COLUMNS, HANDLER_POLICY, HANDLER_ROLE, OTHER_ACCOUNT, REGION, ROLE_PATH, stableTemplate, testBucket, testDataset, testStack,
  TRAINING_DATASET_ARN,
} from './fixtures';
import { statementsOf } from './machines';

const TYPE = 'Custom::CleanRoomsMLTrainingDataset';

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
        HANDLER_POLICY,
        'InteractionsRole23085550',
      ],
    });
  });

  test('is created after its role may use the key of the data, too', () => {
    const stack = testStack();
    testDataset(stack, { source: { encryptionKey: new kms.Key(stack, 'Key') } });
    Template.fromStack(stack).hasResource(TYPE, { DependsOn: [HANDLER_POLICY, 'InteractionsRoleDefaultPolicy1A23BB94', 'InteractionsRole23085550'] });
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

describe('the handler', () => {
  test('may create training datasets that bear the tag of this stack, and pass roles of this stack to Clean Rooms ML only', () => {
    const stack = testStack();
    testDataset(stack);
    const statements = statementsOf(stack, HANDLER_ROLE);
    expect(statements.filter(({ Action }) => [Action].flat().includes('cleanrooms-ml:CreateTrainingDataset'))).toEqual([{
      Effect: 'Allow',
      Action: 'cleanrooms-ml:CreateTrainingDataset',
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } },
    }]);
    expect(statements.filter(({ Action }) => Action === 'iam:PassRole')).toEqual([{
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: [`arn:aws:iam::${ACCOUNT}:role${ROLE_PATH}*`],
      Condition: { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } },
    }]);
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

describe('a schema is compared with a table that is a construct', () => {
  type Input = glue.CfnTable.TableInputProperty;
  const column = (name: string, type?: string) => ({ name, type });
  const KNOWN: Input = { name: 'clicks', storageDescriptor: { columns: [column('user_id', 'string'), column('item_id', 'int')] }, partitionKeys: [column('ts', 'bigint')] };
  const warningsOf = (tableInput: Input, schema = COLUMNS) => {
    const stack = testStack();
    const database = new glue.CfnDatabase(stack, 'Database', { catalogId: ACCOUNT, databaseInput: { name: 'retail' } });
    const table = new glue.CfnTable(stack, 'Clicks', { catalogId: ACCOUNT, databaseName: 'retail', tableInput });
    const sources = [GlueDataSource.fromTableRef({ database, table, bucket: testBucket(stack) }),
      GlueDataSource.fromTableConstruct({ table, bucket: stack.node.findChild('Bucket') as s3.IBucket })];
    sources.forEach((source, index) => new TrainingDataset(stack, `Interactions${index}`, { dataset: Dataset.interactions({ source, schema }) }));
    const found = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('schemaNotAsInTable')).map(({ entry }) => String(entry.data));
    expect(found).toHaveLength(found.length === 0 ? 0 : sources.length);
    return found[0];
  };

  test('and a column that is not there is told', () => {
    expect(warningsOf({ ...KNOWN, partitionKeys: [] })).toContain('dataset.schema: the AWS Glue table has no column "ts", only "user_id", "item_id"; the table is read only when');
  });

  test('and a type that Clean Rooms ML does not read is told', () => {
    expect(warningsOf({ ...KNOWN, partitionKeys: [column('ts', 'string')] }))
      .toContain('"ts" is of the type string in the AWS Glue table, but TIMESTAMP needs bigint, int, timestamp');
  });

  test.each<[string, Input, ColumnSchema[]]>([
    ['the same columns', KNOWN, COLUMNS],
    ['names in capitals, which AWS Glue does not keep', KNOWN, [ColumnSchema.userId('USER_ID'), ...COLUMNS.slice(1)]],
    ['a list of texts as a feature', { ...KNOWN, partitionKeys: [column('ts', 'bigint'), column('tags', 'array<string>')] },
      [...COLUMNS, ColumnSchema.categoricalFeature('tags')]],
    ['columns without types', { ...KNOWN, partitionKeys: [column('ts')] }, COLUMNS],
    ['a type that only the deployment knows', { ...KNOWN, partitionKeys: [column('ts', Token.asString({ Ref: 'Type' }))] }, COLUMNS],
    ['columns that only the deployment knows', { ...KNOWN, partitionKeys: [column(Token.asString({ Ref: 'Name' }), 'int')] }, COLUMNS],
    ['no columns at all', { name: 'clicks' }, COLUMNS],
    ['columns behind a token', { name: 'clicks', storageDescriptor: Lazy.any({ produce: () => ({}) }) }, COLUMNS],
    ['a table behind a token', Lazy.any({ produce: () => ({ name: 'clicks' }) }) as unknown as Input, COLUMNS],
  ])('and nothing is told of %s', (_, tableInput, schema) => {
    expect(warningsOf(tableInput, schema)).toBeUndefined();
  });
});

describe('a Glue table of another library', () => {
  /** As those of `@aws-cdk/aws-glue-alpha` are made. */
  class Table extends Resource {
    constructor(scope: Construct, id: string) {
      super(scope, id, { physicalName: Lazy.string({ produce: () => 'clicks' }) });
      const database = new glue.CfnDatabase(this, 'Database', { catalogId: this.stack.account, databaseInput: { name: 'retail' } });
      this.node.defaultChild = new glue.CfnTable(this, 'Table', {
        catalogId: this.stack.account, databaseName: database.ref, tableInput: { name: this.physicalName },
      });
    }
  }
  const datasetFrom = (stack: Stack, options: Pick<GlueTableConstructOptions, 'table' | 'catalogId'>) => new TrainingDataset(stack, 'Interactions', {
    dataset: Dataset.interactions({ source: GlueDataSource.fromTableConstruct({ ...options, bucket: testBucket(stack) }), schema: COLUMNS }),
  });
  const sourceIn = (template: Template) => (Object.values(template.findResources(TYPE))[0] as {
    Properties: { TrainingData: [{ InputConfig: { DataSource: { GlueDataSource: unknown } } }] };
  }).Properties.TrainingData[0].InputConfig.DataSource.GlueDataSource;

  test('is read by its names, and comes first', () => {
    const stack = testStack();
    datasetFrom(stack, { table: new Table(stack, 'Clicks') });
    const template = Template.fromStack(stack);
    expect(sourceIn(template)).toEqual({ DatabaseName: { Ref: 'ClicksDatabaseF7D22AC2' }, TableName: 'clicks' });
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ClicksTable')]) });
    const arn = ['arn:', { Ref: 'AWS::Partition' }, `:glue:${REGION}:${ACCOUNT}:table/`, { Ref: 'ClicksDatabaseF7D22AC2' }, '/clicks'];
    expect(JSON.stringify(template.findResources('AWS::IAM::Role'))).toContain(JSON.stringify({ 'Fn::Join': ['', arn] }));
  });

  test('may be an L1, and in the catalog of another account', () => {
    const stack = testStack();
    const table = new glue.CfnTable(stack, 'Clicks', { catalogId: ACCOUNT, databaseName: 'retail', tableInput: { name: 'clicks' } });
    datasetFrom(stack, { table, catalogId: '444455556666' });
    expect(sourceIn(Template.fromStack(stack))).toEqual({ DatabaseName: 'retail', TableName: 'clicks', CatalogId: '444455556666' });
  });

  test.each<[string, Stack, string]>([
    ['by its number', testStack(), ACCOUNT],
    ['as whatever account it is', testStack(), Aws.ACCOUNT_ID],
    ['where nobody knows its number', new Stack(), Aws.ACCOUNT_ID],
  ])('is in the same dataset where its own account is written down, %s', (_, stack, catalogId) => {
    testDataset(stack, { source: { catalogId } });
    expect(sourceIn(Template.fromStack(stack))).toEqual({ DatabaseName: 'retail', TableName: 'clicks' });
  });

  test('is in a catalog that only the deployment knows', () => {
    const stack = testStack();
    testDataset(stack, { source: { catalogId: new CfnParameter(stack, 'Catalog').valueAsString } });
    expect(sourceIn(Template.fromStack(stack))).toMatchObject({ CatalogId: { Ref: 'Catalog' } });
  });

  test('must be a table', () => {
    const stack = testStack();
    expect(() => datasetFrom(stack, { table: stack })).toThrow(
      /source.databaseName: got undefined; it is required; .*\n.*source.tableName: got undefined; it is required; use the name as it is in the AWS Glue Data Catalog/);
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
