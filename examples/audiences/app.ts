import { App } from 'aws-cdk-lib';
import { AudiencesStack } from './audiences-stack';

const app = new App();

// No default would do: whose users the audience is made of is for whoever deploys to say.
const configuredAudienceModelArn: unknown = app.node.tryGetContext('configuredAudienceModelArn');
if (typeof configuredAudienceModelArn !== 'string' || configuredAudienceModelArn === '') {
  console.error('Say which configured audience model to use: --context configuredAudienceModelArn=<its ARN>.');
  process.exit(1);
}

new AudiencesStack(app, 'Audiences', {
  // The account may be another one than the model's; the Region must be the same.
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
  configuredAudienceModelArn,
});

app.synth();
