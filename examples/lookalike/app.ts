import { App } from 'aws-cdk-lib';
import { LookalikeDataStack } from './data-stack';
import { LookalikeStack } from './lookalike-stack';

const app = new App();
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };
/** What cdk.json says, or `--context name=value` instead. */
const context = (name: string) => String(app.node.getContext(name));

// Two stacks, because a training that starts before there is data in the bucket fails.
const data = new LookalikeDataStack(app, 'LookalikeData', { env });

new LookalikeStack(app, 'Lookalike', {
  env,
  clicks: data.clicks,
  audiences: data.audiences,
  trainingDataStartTime: new Date(context('trainingDataStartTime')),
  trainingDataEndTime: new Date(context('trainingDataEndTime')),
  collaboratorAccountId: context('collaboratorAccountId'),
  collaborationId: context('collaborationId'),
  // Try the two kinds of change: another seed size is set in place, another generation trains anew.
  minMatchingSeedSize: Number(context('minMatchingSeedSize')),
  generation: context('generation'),
});

app.synth();
