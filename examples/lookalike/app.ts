import { App } from 'aws-cdk-lib';
import { LookalikeStack } from './lookalike-stack';

const app = new App();

new LookalikeStack(app, 'Lookalike', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
  // Try the two kinds of change: `-c minMatchingSeedSize=1000` is made in place, `-c generation=2` trains anew.
  minMatchingSeedSize: Number(app.node.tryGetContext('minMatchingSeedSize')),
  generation: String(app.node.tryGetContext('generation')),
});
