import { App } from 'aws-cdk-lib';
import { AudiencesStack } from './audiences-stack';

const app = new App();

/** What cdk.json says, or `--context configuredAudienceModelArn=…` instead. */
const configuredAudienceModelArn = String(app.node.getContext('configuredAudienceModelArn'));

new AudiencesStack(app, 'Audiences', {
  // The account may be another one than the model's; the Region must be the same.
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
  configuredAudienceModelArn,
});

app.synth();
