import { CfnOutput, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { AudienceSize, ConfiguredAudienceModel, LookalikeAudience, SeedAudience } from '../../src';

export interface AudiencesStackProps extends StackProps {
  readonly configuredAudienceModelArn: string;
}

/** Every week an audience of users who are like those of a seed, and what somebody needs to keep an eye on it. */
export class AudiencesStack extends Stack {
  constructor(scope: Construct, id: string, props: AudiencesStackProps) {
    super(scope, id, props);

    const seeds = new s3.Bucket(this, 'Seeds', secureBucket);

    const audience = new LookalikeAudience(this, 'Audience', {
      configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(this, 'Model', props.configuredAudienceModelArn),
      // The whole folder may be read, so that the input of an execution may name another seed of it.
      seedAudience: SeedAudience.fromS3Uri(seeds.s3UrlForObject('seeds/today.jsonl'), { bucket: seeds, prefix: 'seeds/' }),
      sizes: [AudienceSize.percentage(1), AudienceSize.percentage(5)],
      minimumRelevance: 0.2,
      minimumRecall: 0.2,
      // With a rate the first run would come with the deployment, when there is no seed yet.
      schedule: ScheduleExpression.cron({ weekDay: 'MON', hour: '6', minute: '0' }),
      keepJobs: 4,
    });

    new cloudwatch.Dashboard(this, 'Dashboard', { widgets: [audience.widgets()] });
    audience.metricFailed().createAlarm(this, 'RunFailed', {
      threshold: 1,
      evaluationPeriods: 1,
      // Between two runs there is nothing to report.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });

    new CfnOutput(this, 'StateMachineArn', { value: audience.stateMachine.stateMachineArn });
    new CfnOutput(this, 'SeedsBucket', { value: seeds.bucketName });
    new CfnOutput(this, 'AudienceName', { value: audience.audienceName });
  }
}

const secureBucket: s3.BucketProps = {
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  encryption: s3.BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.DESTROY,
};
