import { RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CleanRoomsMlProvider } from './clean-rooms-ml-provider';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { ConfiguredAudienceModelPolicyProperties, IDENTITY_HASH_LENGTH, ResourceType, sidPrefix } from './private/contract';
import { CleanRoomsMlResource } from './private/custom-resource';
import { throwIfFaulty } from './private/errors';
import { check, mismatch } from './private/faults';
import { POLICY_ACTIONS } from './private/handler-permissions';
import { shortestJson } from './private/policy-length';
import { checkConfiguredAudienceModel } from './private/references';
import { faultsOf, PolicyStatement, unusualParts } from './private/resource-policy';
import { allow, serviceArn } from './private/service';
import { policyLength, removalPolicy } from './private/validation';
import { warn, Warning } from './private/warnings';

const IS_CONFIGURED_AUDIENCE_MODEL_POLICY = Symbol.for('cdk-cleanrooms-ml.ConfiguredAudienceModelPolicy');

/**
 * Properties of the resource policy of a configured audience model.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_PutConfiguredAudienceModelPolicy.html
 */
export interface ConfiguredAudienceModelPolicyProps {
  /**
   * The configured audience model, of the same account and Region. Changing it moves the statements from the one to the other.
   * If it is not one of this stack, the handler may write the resource policies of all configured audience models of the account and Region.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_PutConfiguredAudienceModelPolicy.html
   */
  readonly configuredAudienceModel: IConfiguredAudienceModelRef;

  /**
   * The statements: at least one when the app is synthesized, and at most 20,480 characters as JSON, the Sids that they get included. With the
   * statements of others the policy must not be longer either, or the deployment fails. Each has principals, actions and resources. There is a
   * warning of what the guide of AWS Clean Rooms ML does not have in such a policy. Sids that were given are replaced. Changed in place.
   *
   * @default - an empty document, to be filled through `document`
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_iam.PolicyDocument.html
   */
  readonly document?: iam.PolicyDocument;

  /**
   * What becomes of the statements when the policy is removed from the stack or replaced: they are deleted or retained. `SNAPSHOT` is
   * refused.
   *
   * @default RemovalPolicy.DESTROY
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.RemovalPolicy.html
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
 */
export class ConfiguredAudienceModelPolicy extends Resource {
  /**
   * Whether something is a `ConfiguredAudienceModelPolicy` of this library, whichever copy of it. Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Resource.html
   */
  public static isConfiguredAudienceModelPolicy(x: unknown): x is ConfiguredAudienceModelPolicy {
    return typeof x === 'object' && x !== null && IS_CONFIGURED_AUDIENCE_MODEL_POLICY in x;
  }

  /**
   * The statements. More can be added until the app is synthesized.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_iam.PolicyDocument.html
   */
  public readonly document: iam.PolicyDocument;

  /**
   * Throws a `ValidationError` if the configured audience model is not as documented. Synthesis fails if there is no statement, one is not valid
   * in a resource policy, or the document is too long.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_PutConfiguredAudienceModelPolicy.html
   */
  constructor(scope: Construct, id: string, props: ConfiguredAudienceModelPolicyProps) {
    super(scope, id);
    Object.defineProperty(this, IS_CONFIGURED_AUDIENCE_MODEL_POLICY, { value: true });
    this.document = props.document ?? new iam.PolicyDocument();
    throwIfFaulty(this,
      checkConfiguredAudienceModel('configuredAudienceModel', props.configuredAudienceModel, this),
      typeof this.document.addStatements === 'function'
        ? []
        : [mismatch('document', this.document, 'a policy document, such as PolicyDocument.fromJson(…)')],
      check('removalPolicy', props.removalPolicy, removalPolicy),
    );

    this.node.addValidation({ validate: () => this.faults() });

    const { configuredAudienceModelArn } = props.configuredAudienceModel.configuredAudienceModelRef;
    const isOwn = Resource.isOwnedResource(props.configuredAudienceModel) && Stack.of(props.configuredAudienceModel) === Stack.of(this);
    // Of any model, so that the statements can still be taken back from one that the template names no more.
    const permissions = isOwn ? [] : [CleanRoomsMlProvider._of(this)._allow(this, [allow(POLICY_ACTIONS, serviceArn(this, 'configured-audience-model'))])];
    new CleanRoomsMlResource<ConfiguredAudienceModelPolicyProperties>(this, {
      type: ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY,
      properties: {
        ConfiguredAudienceModelArn: configuredAudienceModelArn,
        PolicyDocument: Stack.of(this).toJsonString(this.document),
      },
      removalPolicy: props.removalPolicy,
      dependencies: permissions,
    });
  }

  private faults(): string[] {
    if (this.document.isEmpty) return ['document: the policy document must have at least one statement; add one or remove the construct'];
    const { Statement: statements }: { Statement: PolicyStatement[] } = Stack.of(this).resolve(this.document);
    const unusual = unusualParts(statements);
    if (unusual.length > 0) {
      warn(this, Warning.UNUSUAL_RESOURCE_POLICY, `document: ${unusual.join(', ')}; the guide of AWS Clean Rooms ML grants the action `
        + 'cleanrooms-ml:StartAudienceGenerationJob to accounts, users and roles; if the service refuses anything else, the deployment fails, '
        + 'after the training of a model that it trains: use grants.startAudienceGenerationJob(…)');
    }
    return [
      ...this.document.validateForResourcePolicy(),
      ...faultsOf(statements),
      ...policyLength(shortestJson(this.documentWithSids()).length).map((problem) => `document: ${problem}`),
    ];
  }

  /** The document as the handler will write it, if nobody else writes into the policy. */
  private documentWithSids(): object {
    const document: { Statement: object[] } = Stack.of(this).resolve(this.document);
    const prefix = sidPrefix('0'.repeat(IDENTITY_HASH_LENGTH));
    return { ...document, Statement: document.Statement.map((statement, index) => ({ ...statement, Sid: `${prefix}${index}` })) };
  }
}
