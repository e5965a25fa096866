import * as path from 'node:path';
import { Aws, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { shortestJson } from './policy-length';
import { REGIONS } from './regions';
import { Training } from './training';
import { ResourceTypeName, trains, typePolicyId, typeStatements } from './type-permissions';
import { inlinePolicyLength } from './validation';
import { warn, Warning } from './warnings';

/** The path is a contract: the ServiceToken of a deployed custom resource cannot change. */
const ID = 'CleanRoomsMLProvider';

const SHORTEST_ARN = 'arn:aws:iam::111122223333:role/x';

/** The Lambda functions behind all custom resources of a stack. */
export class CleanRoomsMlProvider extends Construct {
  public static getOrCreate(scope: Construct): CleanRoomsMlProvider {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(ID) as CleanRoomsMlProvider | undefined ?? new CleanRoomsMlProvider(stack);
  }

  public readonly serviceToken: string;
  /** The role that calls the service. */
  private readonly role: iam.IRole;
  private readonly logGroup: logs.ILogGroup;
  private readonly policies: iam.Policy[] = [];

  private constructor(stack: Stack) {
    super(stack, ID);
    if (!Token.isUnresolved(stack.region) && !REGIONS.includes(stack.region)) {
      warn(this, Warning.UNSUPPORTED_REGION,
        `AWS Clean Rooms ML is not known to exist in ${stack.region}; it exists in ${REGIONS.join(', ')}`);
    }

    this.logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const isComplete = this.handler('IsComplete', 'isComplete', 'Brings AWS Clean Rooms ML resources into the desired state, step by step');
    const provider = new Provider(this, 'Provider', {
      onEventHandler: this.handler('OnEvent', 'onEvent', 'Decides what is to be done with an AWS Clean Rooms ML resource'),
      isCompleteHandler: isComplete,
      queryInterval: Duration.seconds(10),
      // CloudFormation gives up after an hour, and then nobody would tell why.
      totalTimeout: Duration.minutes(58),
      logGroup: this.logGroup,
    });
    this.serviceToken = provider.serviceToken;
    this.role = isComplete.role as iam.IRole;
    this.node.addValidation({ validate: () => this.faults() });
  }

  /** Lets the handler do what it needs for all resources of a type in this stack. */
  public allowType(type: ResourceTypeName): iam.Policy {
    const id = typePolicyId(type);
    return this.node.tryFindChild(id) as iam.Policy | undefined ?? this.allow(this, id, [
      ...typeStatements(this, type),
      ...(trains(type) ? this.training.statements() : []),
    ]);
  }

  /**
   * Lets the handler do what it needs for one construct. Never in the default policy of the role: a policy of its own stays until
   * the resource that depends on it has been deleted.
   */
  public allow(scope: Construct, id: string, statements: iam.PolicyStatement[]): iam.Policy {
    const policy = new iam.Policy(scope, id, { roles: [this.role], statements });
    this.policies.push(policy);
    return policy;
  }

  /** The state machine behind the audience models. */
  public get training(): Training {
    return this.node.tryFindChild('Training') as Training | undefined
      ?? new Training(this, 'Training', this.handler('Train', 'train', 'One step of training an AWS Clean Rooms ML audience model', this.role));
  }

  private handler(id: string, name: string, description: string, role?: iam.IRole): lambda.Function {
    const fn = new lambda.Function(this, id, {
      description,
      runtime: lambda.determineLatestNodeRuntime(this),
      code: lambda.Code.fromAsset(path.join(__dirname, '..', '..', 'assets', 'handler')),
      handler: `index.${name}`,
      timeout: Duration.minutes(2),
      memorySize: 256,
      logGroup: this.logGroup,
      role,
    });
    // Whether a request was overtaken shows in the status of the stack.
    if (!role) fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: [Aws.STACK_ID] }));
    return fn;
  }

  private faults(): string[] {
    const ownPolicy = this.role.node.tryFindChild('DefaultPolicy') as iam.Policy | undefined;
    const policies = ownPolicy ? [ownPolicy, ...this.policies] : this.policies;
    const documents = policies.map(({ document }) => shortestJson(Stack.of(this).resolve(document), SHORTEST_ARN));
    return inlinePolicyLength(documents.join('').length);
  }
}
