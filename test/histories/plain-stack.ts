import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsCustomResource, AwsCustomResourcePolicy, AwsSdkCall, PhysicalResourceId, PhysicalResourceIdReference } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { applyUpdateReplacePolicy, COLUMNS, data, failing, removalPolicyOf } from './data';
import type { ConfiguredPlan, ModelPlan, Retention, StackPlan } from './plan';
import { trainingData } from '../training-data';

/**
 * The stack that a plan describes, as people write it by hand: three resources, each of which is a call to create it and one to
 * delete it. Names say what they are made of, so that a change makes another resource. There are no tags and no policy.
 */
export function buildPlain(stack: Stack, plan: StackPlan): void {
  const { bucket, table } = data(stack);
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
  role.addToPolicy(new iam.PolicyStatement({ actions: ['glue:*', 's3:*'], resources: ['*'] }));
  const plain = new Plain(stack, role, plan);

  const dataset = plain.dataset(plan.column);
  dataset.node.addDependency(table, role);
  const models = plan.models.map((model, index) => plain.model(`model-${index}-${plan.column}`, index, model, dataset));
  const configured = plan.configured && plain.configured(plan.configured, models[0], bucket.s3UrlForObject('audiences/'));
  if (plan.fails) failing(stack).node.addDependency(configured ?? models[0]);
}

/** The resources of one chain, each of which is a call to create it and one to delete it. */
export class Plain {
  constructor(private readonly scope: Construct, private readonly role: iam.Role, private readonly retention: Retention = {}) {}

  dataset(column: number, name: string = `dataset-${column}`): AwsCustomResource {
    return this.resource('Dataset', 'TrainingDataset', {
      name,
      roleArn: this.role.roleArn,
      trainingData: trainingData('retail', { [COLUMNS[column]]: 'CATEGORICAL_FEATURE' }),
    });
  }

  model(name: string, index: number, { generation }: ModelPlan, dataset: AwsCustomResource): AwsCustomResource {
    return this.resource(`Model${index}`, 'AudienceModel', {
      name: `${name}-${generation}`, trainingDatasetArn: dataset.getResponseField('trainingDatasetArn'),
    });
  }

  configured({ seed, bins }: ConfiguredPlan, model: AwsCustomResource, s3Uri: string, name: string = 'configured'): AwsCustomResource {
    const changeable = {
      audienceModelArn: model.getResponseField('audienceModelArn'),
      outputConfig: { destination: { s3Destination: { s3Uri } }, roleArn: this.role.roleArn },
      sharedAudienceMetrics: ['ALL'],
      minMatchingSeedSize: 500 + seed,
      audienceSizeConfig: bins === undefined ? undefined : { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [1 + bins] },
    };
    const update = { configuredAudienceModelArn: new PhysicalResourceIdReference(), ...changeable };
    return this.resource('Configured', 'ConfiguredAudienceModel', { name, ...changeable }, call('updateConfiguredAudienceModel', update));
  }

  /** @param onUpdate without it, an update creates another one, and CloudFormation deletes the one before */
  private resource(id: string, type: string, parameters: object, onUpdate?: AwsSdkCall): AwsCustomResource {
    const arn = `${type.charAt(0).toLowerCase()}${type.slice(1)}Arn`;
    const onCreate = { ...call(`create${type}`, parameters), physicalResourceId: PhysicalResourceId.fromResponse(arn) };
    const resource = new AwsCustomResource(this.scope, id, {
      resourceType: `Custom::${type}`,
      onCreate,
      onUpdate: onUpdate ?? onCreate,
      onDelete: { ...call(`delete${type}`, { [arn]: new PhysicalResourceIdReference() }), ignoreErrorCodesMatching: 'ResourceNotFoundException' },
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({ actions: ['cleanrooms-ml:*'], resources: ['*'] }),
        new iam.PolicyStatement({ actions: ['iam:PassRole'], resources: [this.role.roleArn] }),
      ]),
      installLatestAwsSdk: false,
      removalPolicy: removalPolicyOf(this.retention),
    });
    applyUpdateReplacePolicy(resource.node.findChild('Resource'), this.retention);
    return resource;
  }
}

function call(action: string, parameters: object): AwsSdkCall {
  return { service: 'CleanRoomsML', action, parameters };
}
