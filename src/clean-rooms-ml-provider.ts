import * as path from 'node:path';
import { Aws, Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { throwIfFaulty } from './private/errors';
import { handlerStatements } from './private/handler-permissions';
import { callerKeyStatements } from './private/keys';
import { shortestJson } from './private/policy-length';
import { REGIONS } from './private/regions';
import { isMoved, isServiceRoleOf, serviceRoleArns, warnOfFixedRole } from './private/roles';
import { passRoleStatement } from './private/service';
import { createStateMachine, watch } from './private/state-machine';
import { inlinePolicyLength } from './private/validation';
import { AwaitedModel, warn, warnOfShortWaits, Warning } from './private/warnings';

/** The path is a contract: the ServiceToken of a deployed custom resource cannot change. */
const ID = 'CleanRoomsMLProvider';

const SHORTEST_ARN = 'arn:aws:iam::111122223333:role/x';

/**
 * Properties of the provider of a stack.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
 */
export interface CleanRoomsMlProviderProps {
  /**
   * The VPC in which the function runs. From there it must reach the endpoints of CloudFormation, Step Functions, AWS Clean Rooms ML
   * (`cleanrooms-ml`) and Amazon S3, where CloudFormation takes its answers: through a NAT gateway or VPC endpoints. It should reach IAM
   * where an output role is imported, to look at it before a training.
   * Endpoints in the same stack must outlive the resources: `provider.node.addDependency(endpoint)`.
   *
   * @default - no VPC
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the VPC in which the function runs.
   *
   * @default - the private subnets of the VPC
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the function. They must let it out by HTTPS.
   *
   * @default - a security group of its own that lets everything out, if there is a VPC
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The role of the function. Lambda must be allowed to assume it. What the function needs is added in a policy, or a warning where that is
   * not possible; in a VPC you see to what Lambda itself needs there (`AWSLambdaVPCAccessExecutionRole`).
   *
   * @default - a role of its own
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  readonly role?: iam.IRole;

  /**
   * Where the function logs.
   *
   * @default - a log group of its own that keeps logs for a month, and goes with the stack
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The key with which Lambda encrypts the environment variables of the function.
   *
   * @default - a key of Lambda's own
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   */
  readonly environmentEncryption?: kms.IKey;

  /**
   * Whether AWS X-Ray traces the function.
   *
   * @default lambda.Tracing.DISABLED
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  readonly tracing?: lambda.Tracing;
}

/**
 * What works at the AWS Clean Rooms ML resources of a stack: one function and one state machine, whatever there is in the stack.
 *
 * A stack gets one with its first resource. Make it yourself, before that, to say how it is to be.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
 */
export class CleanRoomsMlProvider extends Construct {
  /**
   * The provider of a construct's stack, made if there is none.
   *
   * @internal
   */
  public static _of(scope: Construct): CleanRoomsMlProvider {
    const stack = Stack.of(scope);
    const known = stack.node.tryFindChild(ID) as CleanRoomsMlProvider | undefined;
    if (known) return known;
    const made = new CleanRoomsMlProvider(stack);
    made._firstResource = scope.node.path;
    return made;
  }

  /**
   * The function that CloudFormation calls, and the state machine.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/welcome.html
   */
  public readonly handler: lambda.IFunction;

  /**
   * The state machine: one execution for each request of CloudFormation. One that fails has told CloudFormation why, or was a training
   * that failed.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/welcome.html
   */
  public readonly stateMachine: sfn.IStateMachine;

  /**
   * Where the function logs: one line of JSON for each step, without secrets.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/WhatIsCloudWatchLogs.html
   */
  public readonly logGroup: logs.ILogGroup;

  /**
   * What must stay as long as there is a resource.
   *
   * @internal
   */
  public readonly _policy: iam.Policy;

  /**
   * The path of the resource that it was made for, if it was made by itself.
   *
   * @internal
   */
  public _firstResource?: string;

  private readonly role: iam.IRole;
  /** Whether the role takes policies: not if it is immutable, or made elsewhere (`Role.customizeRoles`). */
  private readonly isAttached: boolean;
  private readonly policies: iam.Policy[] = [];
  private readonly passedRoles: iam.IRole[] = [];
  private readonly awaitedModels: AwaitedModel[] = [];
  private useKeys?: iam.PolicyStatement[];
  private readonly looks = new Map<string, iam.PolicyStatement>();

  /**
   * Throws a `ValidationError` if the stack has a provider already: there is one for a stack, and it must be made before the first
   * resource; and for `vpcSubnets` or `securityGroups` without `vpc`. Synthesis fails if the inline policies of the role would have more than
   * 10,240 characters.
   *
   * @param stack the stack whose resources it works at
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   */
  constructor(stack: Stack, props: CleanRoomsMlProviderProps = {}) {
    throwIfTaken(stack);
    super(stack, ID);
    if (!Token.isUnresolved(stack.region) && !REGIONS.includes(stack.region)) {
      warn(this, Warning.UNSUPPORTED_REGION,
        `AWS Clean Rooms ML is not known to exist in ${stack.region}; it exists in ${REGIONS.join(', ')}`);
    }
    this.logGroup = props.logGroup
      ?? new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const handler = new lambda.Function(this, 'Handler', {
      description: 'Brings AWS Clean Rooms ML resources into the desired state, step by step',
      runtime: lambda.determineLatestNodeRuntime(this),
      code: lambda.Code.fromAsset(path.join(__dirname, '..', 'assets', 'handler')),
      handler: 'index.handler',
      timeout: Duration.minutes(1),
      memorySize: 256,
      environment: { STACK_ID: Aws.STACK_ID },
      logGroup: this.logGroup,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      role: props.role,
      environmentEncryption: props.environmentEncryption,
      tracing: props.tracing,
    });
    const stateMachine = createStateMachine(this, handler);
    watch(this, stateMachine, handler);
    this.handler = handler;
    this.stateMachine = stateMachine;
    this.role = handler.role as iam.IRole;

    this._policy = this.attach(new iam.Policy(this, 'Policy'));
    this.isAttached = Stack.of(this).resolve((this._policy.node.defaultChild as iam.CfnPolicy).roles) !== undefined;
    this.add(
      ...handlerStatements(this, stateMachine),
      passRoleStatement(this.isAttached ? Lazy.list({ produce: () => [serviceRoleArns(this), ...this.otherRoleArns()] }) : [serviceRoleArns(this)]),
      ...(props.role ? [logStatement(this.logGroup)] : []),
    );
    this.node.addValidation({
      validate: () => {
        // Only now all models are known.
        warnOfShortWaits(this, this.awaitedModels);
        return this.faults();
      },
    });
  }

  /**
   * Lets the handler give a role to the service.
   *
   * @internal
   */
  public _allowPassRole(role: iam.IRole): void {
    this.passedRoles.push(role);
    if (!this.isAttached && !isServiceRoleOf(this, role)) this.add(passRoleStatement([role.roleArn]));
  }

  /**
   * Lets the handler have a model encrypted with a key.
   *
   * @internal
   */
  public _allowUseOfKey(key: kms.IKeyRef): void {
    if (this.useKeys && this.isAttached) {
      for (const statement of this.useKeys) statement.addResources(key.keyRef.keyArn);
      return;
    }
    this.useKeys = callerKeyStatements(this, key);
    this.add(...this.useKeys);
  }

  /**
   * Takes note of a model that deployments wait for.
   *
   * @internal
   */
  public _awaits(model: AwaitedModel): void {
    this.awaitedModels.push(model);
  }

  /**
   * Lets the handler look at something before a training begins.
   *
   * @internal
   */
  public _allowLook(statement: iam.PolicyStatement): void {
    const { actions: [action], resources } = statement;
    const known = this.looks.get(action);
    if (known && this.isAttached) {
      known.addResources(...resources);
      return;
    }
    this.looks.set(action, statement);
    this.add(statement);
  }

  /**
   * Lets the handler do what only one construct needs. The policy is to stay until the resource that depends on it has been deleted.
   *
   * @internal
   */
  public _allow(scope: Construct, statements: iam.PolicyStatement[]): iam.Policy {
    return this.attach(new iam.Policy(scope, 'Permissions', { statements }));
  }

  /** Through the role, so that `Role.customizeRoles` sees it; never in the default policy, which the function depends on. */
  private attach(policy: iam.Policy): iam.Policy {
    this.role.attachInlinePolicy(policy);
    this.policies.push(policy);
    return policy;
  }

  /** To the policy, where the role takes it. If not, `Role.customizeRoles` may report what the role is to be allowed: at once, or not at all. */
  private add(...statements: iam.PolicyStatement[]): void {
    if (this.isAttached) {
      this._policy.addStatements(...statements);
      return;
    }
    for (const statement of statements) this.role.addToPrincipalPolicy(statement);
    if (!iam.Role.isRole(this.role)) warnOfFixedRole(this, this.role, 'lambda.amazonaws.com', statements);
  }

  /** The roles that users brought, and those of this stack that an aspect, or an escape hatch, has moved to another path. */
  private otherRoleArns(): string[] {
    const others = this.passedRoles.filter((role) => !isServiceRoleOf(this, role) || isMoved(role));
    return [...new Set(others.map(({ roleArn }) => roleArn))];
  }

  private faults(): string[] {
    const ownPolicy = this.role.node.tryFindChild('DefaultPolicy') as iam.Policy | undefined;
    const policies = ownPolicy ? [ownPolicy, ...this.policies] : this.policies;
    const documents = policies.map(({ document }) => shortestJson(Stack.of(this).resolve(document), SHORTEST_ARN));
    return inlinePolicyLength(documents.join('').length);
  }
}

function throwIfTaken(stack: Stack): void {
  const taken = stack.node.tryFindChild(ID) as CleanRoomsMlProvider | undefined;
  if (taken === undefined) return;
  const { _firstResource: first } = taken;
  throwIfFaulty(taken, [first === undefined
    ? 'the stack has a provider already, and there is one for all its resources; use that one'
    : `the stack has got a provider with its first resource, '${first}'; make yours before that`]);
}

function logStatement(logGroup: logs.ILogGroup): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] });
}
