import { CfnOutput, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  AudienceModel, AudienceModelRetraining, AudienceSizeConfig, ColumnSchema, ConfiguredAudienceModel, Dataset, GlueDataSource, SharedAudienceMetrics,
  TrainingDataset, TrainingWait,
} from '../../src';

export interface LookalikeStackProps extends StackProps {
  readonly clicks: GlueDataSource;
  readonly audiences: s3.IBucket;
  readonly trainingDataStartTime: Date;
  readonly trainingDataEndTime: Date;
  readonly collaboratorAccountId: string;
  readonly collaborationId: string;
  readonly minMatchingSeedSize: number;
  readonly generation: string;
}

/** A lookalike model of the clicks, and a collaborator who may generate audiences from it. */
export class LookalikeStack extends Stack {
  constructor(scope: Construct, id: string, props: LookalikeStackProps) {
    super(scope, id, props);

    const dataset = new TrainingDataset(this, 'Interactions', {
      dataset: Dataset.interactions({
        source: props.clicks,
        schema: [
          ColumnSchema.userId('user_id'),
          ColumnSchema.itemId('item_id'),
          ColumnSchema.timestamp('ts'),
          ColumnSchema.categoricalFeature('device'),
          ColumnSchema.numericalFeature('price'),
        ],
      }),
    });

    const model = new AudienceModel(this, 'Model', {
      trainingDataset: dataset,
      trainingDataStartTime: props.trainingDataStartTime,
      trainingDataEndTime: props.trainingDataEndTime,
      generation: props.generation,
      // As long as AWS says that a training may take.
      trainingWait: TrainingWait.upTo(Duration.hours(48)),
    });

    const configured = new ConfiguredAudienceModel(this, 'Configured', {
      audienceModel: model,
      outputBucket: props.audiences,
      outputPrefix: 'audiences/',
      sharedAudienceMetrics: SharedAudienceMetrics.ALL,
      audienceSizeConfig: AudienceSizeConfig.percentage(1, 5, 10),
      minMatchingSeedSize: props.minMatchingSeedSize,
    });
    configured.grants.startAudienceGenerationJob(new iam.AccountPrincipal(props.collaboratorAccountId), {
      collaborationId: props.collaborationId,
    });

    // From then on a new model every week, of the data of the half-year before.
    const retraining = new AudienceModelRetraining(this, 'Retraining', {
      configuredAudienceModel: configured,
      trainingDataset: dataset,
      window: Duration.days(180),
    });

    new CfnOutput(this, 'RetrainingArn', { value: retraining.stateMachine.stateMachineArn });
    new CfnOutput(this, 'TrainingDatasetArn', { value: dataset.trainingDatasetArn });
    new CfnOutput(this, 'AudienceModelArn', { value: model.audienceModelArn });
    new CfnOutput(this, 'ConfiguredAudienceModelArn', { value: configured.configuredAudienceModelArn });
  }
}
