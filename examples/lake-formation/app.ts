import { App } from 'aws-cdk-lib';
import { LakeFormationStack } from './lake-formation-stack';

const app = new App();
/** What cdk.json says, or `--context name=value` instead. */
const context = (name: string) => String(app.node.getContext(name));

new LakeFormationStack(app, 'GovernedLookalike', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
  databaseName: context('databaseName'),
  tableName: context('tableName'),
  bucketName: context('bucketName'),
});

app.synth();
