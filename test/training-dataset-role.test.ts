import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { ACCOUNT, HANDLER_ROLE, OTHER_ACCOUNT, REGION, ROLE_PATH, testBucket, testDataset, testStack } from './fixtures';
import { statementsOf } from './machines';
import { dependenciesOf, depthsOf, resourcesOf } from './template-graph';

const TYPE = 'Custom::CleanRoomsMLTrainingDataset';
const PARTITION = { Ref: 'AWS::Partition' };
const joined = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
const inline = (...Statement: unknown[]) => ({ PolicyName: 'Access', PolicyDocument: { Version: '2012-10-17', Statement } });
const STATE_MACHINE_ROLE = 'CleanRoomsMLProviderStateMachineRole182FA9B3';

function rolesOfPolicies(stack: Stack): unknown[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as { Properties: { Roles: unknown[] } }[];
  return policies.flatMap(({ Properties }) => Properties.Roles);
}

describe('the role', () => {
  test('trusts Clean Rooms ML for training datasets of this account and Region only', () => {
    const stack = testStack();
    testDataset(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Path: ROLE_PATH,
      RoleName: Match.absent(),
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
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [inline(
        {
          Effect: 'Allow',
          Action: [
            'glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions', 'glue:GetPartition',
            'glue:BatchGetPartition', 'glue:GetUserDefinedFunctions',
          ],
          Resource: [arn('database/retail'), arn('table/retail/clicks'), arn('catalog'), arn('database/default')],
        },
        { Effect: 'Allow', Action: 'glue:CreateDatabase', Resource: [arn('catalog'), arn('database/default')] },
        { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: bucket, Condition: ownAccount },
        { Effect: 'Allow', Action: 's3:GetObject', Resource: joined('arn:', PARTITION, ':s3:::retail-data/clicks/*'), Condition: ownAccount },
      )],
      ManagedPolicyArns: Match.absent(),
    });
    expect(rolesOfPolicies(stack)).toEqual([{ Ref: STATE_MACHINE_ROLE }, { Ref: HANDLER_ROLE }]);
  });

  test('reads the catalog and the bucket of other accounts where they are', () => {
    const stack = testStack();
    testDataset(stack, { source: { catalogId: OTHER_ACCOUNT, bucket: testBucket(stack, { account: OTHER_ACCOUNT }) } });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [{
        PolicyName: 'Access',
        PolicyDocument: Match.objectLike({
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: 'glue:CreateDatabase',
              Resource: ['catalog', 'database/default'].map((resource) => joined('arn:', PARTITION, `:glue:${REGION}:${OTHER_ACCOUNT}:${resource}`)),
            }),
            Match.objectLike({ Action: 's3:GetObject', Condition: { StringEquals: { 's3:ResourceAccount': [OTHER_ACCOUNT] } } }),
          ]),
        }),
      }],
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
    const [{ Resource }] = statementsOf(stack, 'InteractionsRole').filter(({ Action }) => Action === 's3:GetObject');
    expect(Resource).toBe(`arn:aws:s3:::retail-data${suffix}`);
  });

  const decrypts = (key: unknown) => ({
    Roles: [{ Ref: 'InteractionsRole23085550' }],
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

  test('has all permissions in a policy of its own where a key is in play, whose policy may name the role', () => {
    const actions = (encryptionKey?: (stack: Stack) => kms.IKey) => {
      const stack = testStack();
      testDataset(stack, { source: { encryptionKey: encryptionKey?.(stack) } });
      return { all: statementsOf(stack, 'InteractionsRole').flatMap(({ Action }) => Action), stack };
    };
    const without = actions();
    const { all, stack } = actions((scope) => new kms.Key(scope, 'Key'));
    expect(all).toEqual([...without.all, 'kms:Decrypt']);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { Path: ROLE_PATH, Policies: Match.absent() });
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

  test('stands below a path of the stack, so that no two stacks share one', () => {
    const pathIn = (stackName: string) => {
      const stack = new Stack(new App(), 'Retail', { stackName, env: { account: ACCOUNT, region: REGION } });
      return stack.resolve((testDataset(stack).role.node.defaultChild as iam.CfnRole).path) as string;
    };
    expect([pathIn('one'), pathIn('two')]).toEqual([`/cleanrooms-ml/${REGION}/one/`, `/cleanrooms-ml/${REGION}/two/`]);
  });

  test('has the Region in its path even where that is known only at deployment', () => {
    const stack = new Stack(new App(), 'Retail');
    testDataset(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Path: joined('/cleanrooms-ml/', { Ref: 'AWS::Region' }, '/Retail/'),
      RoleName: Match.absent(),
    });
  });

  test('of a nested stack stands below a path of that, whose name is known only at deployment', () => {
    const stack = testStack();
    const nested = new NestedStack(stack, 'Nested');
    testDataset(nested);
    const roles = Object.values(Template.fromStack(nested).findResources('AWS::IAM::Role')) as { Properties: { Path?: unknown } }[];
    const expected = joined(`/cleanrooms-ml/${REGION}/`, { Ref: 'AWS::StackName' }, '/');
    expect(roles.map(({ Properties }) => Properties.Path).filter(Boolean)).toEqual([expected]);
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

describe('a Lake Formation grant to the role comes between the role and the dataset', () => {
  function grantTo(stack: Stack, role: iam.IRole): lakeformation.CfnPrincipalPermissions {
    return new lakeformation.CfnPrincipalPermissions(stack, 'Grant', {
      principal: { dataLakePrincipalIdentifier: role.roleArn },
      resource: { table: { catalogId: ACCOUNT, databaseName: 'retail', name: 'clicks' } },
      permissions: ['SELECT'],
      permissionsWithGrantOption: [],
    });
  }

  test.each<[string, (stack: Stack) => string]>([
    ['that was created', (stack) => {
      const dataset = testDataset(stack);
      dataset.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['lakeformation:GetDataAccess'], resources: ['*'] }));
      dataset.node.defaultChild!.node.addDependency(grantTo(stack, dataset.role));
      return 'InteractionsRole';
    }],
    ['that was given', (stack) => {
      const role = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
      testDataset(stack, { role }).node.addDependency(grantTo(stack, role));
      return 'Mine';
    }],
  ])('%s', (_name, make) => {
    const stack = testStack();
    const role = make(stack);
    const resources = resourcesOf(stack);
    expect(() => depthsOf(resources)).not.toThrow();
    const dependencies = dependenciesOf(resources);
    const [dataset] = Object.keys(resources).filter((id) => resources[id].Type === TYPE);
    expect([...dependencies.get('Grant')!]).toEqual([expect.stringMatching(`^${role}`)]);
    expect([...dependencies.get(dataset)!]).toEqual(expect.arrayContaining(['Grant', expect.stringMatching(`^${role}DefaultPolicy`)]));
  });

  test('but not of all that belongs to the dataset, the role among it', () => {
    const stack = testStack();
    const dataset = testDataset(stack);
    dataset.node.addDependency(grantTo(stack, dataset.role));
    expect(() => depthsOf(resourcesOf(stack))).toThrow(/a cycle: .*Grant/);
  });
});
