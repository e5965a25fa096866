import type { Hand } from './plan';
import { AwsError } from '../../local-aws/aws';
import type { ConfiguredAudienceModel } from '../../local-aws/cleanroomsml/state';
import type { LocalAws } from '../../local-aws/local-aws';
import { OwnershipTag } from '../../src/private/contract';
import { trainingData } from '../training-data';

const ANY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const SECOND = 1_000;

/** Somebody else with resources of their own under names like ours, who now and then has a hand in ours. */
export class Others {
  static async settle(aws: LocalAws): Promise<Others> {
    const { iam, glue, s3, cloudFormation: { root } } = aws;
    s3.createBucket({ bucketName: 'theirs' });
    glue.createDatabase({ name: 'theirs' });
    const columns = ['user_id', 'item_id', 'ts'].map((name) => ({ name, type: name === 'ts' ? 'bigint' : 'string' }));
    glue.createTable({ databaseName: 'theirs', name: 'clicks', columns, location: 's3://theirs/clicks/' });
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'cleanrooms-ml.amazonaws.com' } }] };
    const { arn: roleArn } = iam.createRole({ roleName: 'theirs', assumeRolePolicyDocument: trust, inlinePolicies: { any: ANY } });

    const others = new Others(aws);
    const service = aws.cleanRoomsMl;
    const { trainingDatasetArn } = await others.insist(async () => service.createTrainingDataset(root, {
      name: 'Dataset',
      roleArn,
      trainingData: trainingData('theirs'),
    }));
    others.trainingDatasetArn = trainingDatasetArn;
    const { audienceModelArn } = await others.insist(async () => service.createAudienceModel(root, { name: 'Model0', trainingDatasetArn }));
    while (others.model(audienceModelArn)?.status !== 'ACTIVE') await aws.clock.sleep(60 * SECOND);
    const { configuredAudienceModelArn } = await others.insist(async () => service.createConfiguredAudienceModel(root, {
      name: 'Configured',
      audienceModelArn,
      outputConfig: { destination: { s3Destination: { s3Uri: 's3://theirs/audiences/' } }, roleArn },
      sharedAudienceMetrics: ['ALL'],
    }));
    others.audienceModelArn = audienceModelArn;
    others.configuredAudienceModelArn = configuredAudienceModelArn;
    others.before = others.theirs();
    service.trainingsStarted.length = 0;
    return others;
  }

  /** The names of ours that they deleted. */
  readonly deleted = new Set<string>();
  /** The ARNs of ours that they put a tag on. */
  readonly tagged = new Set<string>();
  /** The ARNs of ours that they took all tags from. */
  readonly untagged = new Set<string>();
  /** The ARNs of configured models that they repointed. */
  readonly repointed = new Set<string>();
  /** The ARNs of configured models whose policy has a statement of theirs. */
  readonly stated = new Set<string>();
  /** The names of executions that they stopped. */
  readonly stopped = new Set<string>();
  private trainingDatasetArn = '';
  private audienceModelArn = '';
  private configuredAudienceModelArn = '';
  private before = '';
  private trained = 0;

  private constructor(private readonly aws: LocalAws) {}

  /** Whether their own things are as they were. */
  get intact(): boolean {
    return this.theirs() === this.before;
  }

  isTheirs({ arn, name }: { readonly arn: string; readonly name: string }): boolean {
    return [this.trainingDatasetArn, this.audienceModelArn, this.configuredAudienceModelArn].includes(arn) || name.startsWith('theirs-');
  }

  /** Whatever cannot be done is not done. */
  async act(does: Hand['does']): Promise<void> {
    const { cleanRoomsMl: service, cloudFormation: { root } } = this.aws;
    const models = service.audienceModels().filter((model) => !this.isTheirs(model));
    const [configured] = service.configuredAudienceModels().filter((model) => !this.isTheirs(model));
    try {
      if (does === 'trains') {
        await service.createAudienceModel(root, { name: `theirs-${this.trained++}`, trainingDatasetArn: this.trainingDatasetArn });
      } else if (does === 'stops executions') {
        for (const execution of this.aws.states.executions().filter(({ status }) => status === 'RUNNING')) {
          execution.stop();
          this.stopped.add(execution.name);
        }
      } else if (does === 'deletes a model') {
        const [model] = models;
        if (model) await service.deleteAudienceModel(root, { audienceModelArn: model.arn }).then(() => this.deleted.add(model.name));
      } else if (does === 'tags') {
        for (const { arn } of [...models, ...configured ? [configured] : []]) {
          await service.tagResource(root, { resourceArn: arn, tags: { byHand: 'yes' } });
          this.tagged.add(arn);
        }
      } else if (does === 'untags') {
        // Under an explicit name, tags are all that says whose it is.
        for (const { arn, tags } of models.filter(({ name, tags: { [OwnershipTag.IDENTITY]: hash = '-' } }) => name.endsWith(hash))) {
          await service.untagResource(root, { resourceArn: arn, tagKeys: Object.keys(tags) });
          this.untagged.add(arn);
        }
      } else if (configured) {
        await this.actOn(configured, does);
      }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    }
  }

  private async actOn({ arn, name, policy }: ConfiguredAudienceModel, does: Hand['does']): Promise<void> {
    const { cleanRoomsMl: service, cloudFormation: { root } } = this.aws;
    if (does === 'deletes the configured model') {
      await service.deleteConfiguredAudienceModel(root, { configuredAudienceModelArn: arn });
      this.deleted.add(name);
    } else if (does === 'repoints') {
      await service.updateConfiguredAudienceModel(root, { configuredAudienceModelArn: arn, audienceModelArn: this.audienceModelArn });
      this.repointed.add(arn);
    } else if (does === 'adds a statement' && policy) {
      const document = JSON.parse(policy.document) as { Statement: object[] };
      document.Statement.push({
        Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'cleanrooms-ml:GetConfiguredAudienceModel', Resource: arn,
      });
      await service.putConfiguredAudienceModelPolicy(root, {
        configuredAudienceModelArn: arn, configuredAudienceModelPolicy: JSON.stringify(document), previousPolicyHash: policy.hash,
      });
      this.stated.add(arn);
    }
  }

  private model(arn: string) {
    return this.aws.cleanRoomsMl.audienceModels().find((model) => model.arn === arn);
  }

  private theirs(): string {
    const service = this.aws.cleanRoomsMl;
    const fixed = [...service.trainingDatasets(), ...service.audienceModels(), ...service.configuredAudienceModels()]
      .filter(({ arn }) => [this.trainingDatasetArn, this.audienceModelArn, this.configuredAudienceModelArn].includes(arn));
    return JSON.stringify(fixed, (key, value: unknown) => (key === 'deleted' ? undefined : value));
  }

  /** A role may be too new to be assumed. */
  private async insist<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        if (attempt === 5 || !(error instanceof AwsError)) throw error;
        await this.aws.clock.sleep(20 * SECOND);
      }
    }
  }
}
