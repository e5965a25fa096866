import { RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { ConfiguredAudienceModelPolicyProperties, ResourceType } from './private/contract';
import { CleanRoomsMlResource } from './private/custom-resource';
import { checkAccount, checkRegion } from './private/environment';
import { throwIfFaulty } from './private/errors';
import { shortestJson } from './private/policy-length';
import { policyLength } from './private/validation';

const IS_CONFIGURED_AUDIENCE_MODEL_POLICY = Symbol.for('cdk-cleanrooms-ml.ConfiguredAudienceModelPolicy');

/** Properties of the resource policy of a configured audience model. */
export interface ConfiguredAudienceModelPolicyProps {
  /** The configured audience model, of the same account and Region. */
  readonly configuredAudienceModel: IConfiguredAudienceModelRef;

  /**
   * The statements: at least one when the app is synthesized, and at most 20,480 characters as JSON.
   *
   * @default - an empty document, to be filled through `document`
   */
  readonly document?: iam.PolicyDocument;

  /**
   * What becomes of the statements when the policy is removed from the stack.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Statements in the resource policy of a configured audience model.
 *
 * A configured audience model has one policy, which AWS Clean Rooms too writes into when it manages an association.
 * Only the statements of this construct are written and removed; those of others stay. The statements get Sids of their own.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-behaviors.html
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_PutConfiguredAudienceModelPolicy.html
 */
export class ConfiguredAudienceModelPolicy extends Resource {
  /** Whether something is a `ConfiguredAudienceModelPolicy`. */
  public static isConfiguredAudienceModelPolicy(x: unknown): x is ConfiguredAudienceModelPolicy {
    return typeof x === 'object' && x !== null && IS_CONFIGURED_AUDIENCE_MODEL_POLICY in x;
  }

  /** The statements. More can be added until the app is synthesized. */
  public readonly document: iam.PolicyDocument;

  /** Synthesis fails if there is no statement, one is not valid in a resource policy, or the document is too long. */
  constructor(scope: Construct, id: string, props: ConfiguredAudienceModelPolicyProps) {
    super(scope, id);
    Object.defineProperty(this, IS_CONFIGURED_AUDIENCE_MODEL_POLICY, { value: true });
    throwIfFaulty(this,
      checkAccount('configuredAudienceModel', props.configuredAudienceModel, this),
      checkRegion('configuredAudienceModel', props.configuredAudienceModel, this),
    );

    this.document = props.document ?? new iam.PolicyDocument();
    this.node.addValidation({ validate: () => this.faults() });

    const { configuredAudienceModelArn } = props.configuredAudienceModel.configuredAudienceModelRef;
    new CleanRoomsMlResource<ConfiguredAudienceModelPolicyProperties>(this, {
      type: ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY,
      properties: {
        ConfiguredAudienceModelArn: configuredAudienceModelArn,
        PolicyDocument: Stack.of(this).toJsonString(this.document),
      },
      removalPolicy: props.removalPolicy,
    });
  }

  private faults(): string[] {
    if (this.document.isEmpty) return ['document: the policy document must have at least one statement; add one or remove the construct'];
    return [
      ...this.document.validateForResourcePolicy(),
      ...policyLength(shortestJson(Stack.of(this).resolve(this.document)).length).map((problem) => `document: ${problem}`),
    ];
  }
}
