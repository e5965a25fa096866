import { Stack, StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AudienceModel, ColumnSchema, Dataset, GlueDataSource, TrainingDataset } from '../../src';

export interface LakeFormationStackProps extends StackProps {
  readonly databaseName: string;
  readonly tableName: string;
  readonly bucketName: string;
}

/**
 * A lookalike model of a table that AWS Lake Formation governs. Whoever deploys it, or the role that CloudFormation works with, must be allowed
 * to grant permissions on the table.
 */
export class LakeFormationStack extends Stack {
  constructor(scope: Construct, id: string, props: LakeFormationStackProps) {
    super(scope, id, props);
    const { databaseName, tableName } = props;

    const dataset = new TrainingDataset(this, 'Interactions', {
      dataset: Dataset.interactions({
        source: GlueDataSource.fromTable({
          databaseName,
          tableName,
          bucket: s3.Bucket.fromBucketName(this, 'Lake', props.bucketName),
          prefix: 'clicks/',
        }),
        schema: [ColumnSchema.userId('user_id'), ColumnSchema.itemId('item_id'), ColumnSchema.timestamp('ts')],
      }),
    });

    // What the role asks Lake Formation for …
    dataset.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['lakeformation:GetDataAccess'], resources: ['*'] }));
    // … and what it is granted there.
    const grant = (name: string, resource: lakeformation.CfnPrincipalPermissions.ResourceProperty, permissions: string[]) => {
      const granted = new lakeformation.CfnPrincipalPermissions(this, name, {
        principal: { dataLakePrincipalIdentifier: dataset.role.roleArn },
        resource,
        permissions,
        permissionsWithGrantOption: [],
      });
      // Of the dataset alone: its role, which is a part of it, comes before the grant.
      dataset.node.defaultChild!.node.addDependency(granted);
    };
    grant('DescribeDatabase', { database: { catalogId: this.account, name: databaseName } }, ['DESCRIBE']);
    grant('ReadTable', { table: { catalogId: this.account, databaseName, name: tableName } }, ['DESCRIBE', 'SELECT']);

    new AudienceModel(this, 'Model', { trainingDataset: dataset });
  }
}
