import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Dataset, GlueDataSource, TrainingDataset } from '../src';
import { ACCOUNT, COLUMNS, OTHER_ACCOUNT, REGION, testBucket, testDataset, testStack } from './fixtures';

const TYPE = 'Custom::CleanRoomsMLTrainingDataset';
const PARTITION = { Ref: 'AWS::Partition' };
const joined = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });

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
