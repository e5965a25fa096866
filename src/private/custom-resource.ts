import { CfnResource, CfnTag, ITaggableV2, RemovalPolicy, TagManager } from 'aws-cdk-lib';
import { Construct, IDependable } from 'constructs';
import { CommonProperties, ResourceType, TagProperty } from './contract';
import { check } from './faults';
import { isEverRetained } from './retention';
import { TagsWithStacks } from './tags';
import { cfnDeletionPolicy, TagMap } from './validation';
import { CleanRoomsMlProvider } from '../clean-rooms-ml-provider';

export interface CleanRoomsMlResourceProps<Properties> {
  readonly type: (typeof ResourceType)[keyof typeof ResourceType];
  readonly properties: Properties;
  /** @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy;
  /** What must be in place before the resource is created, and stay until it is deleted. */
  readonly dependencies?: IDependable[];
}

/** What a `CfnResource` is, in newer versions of the CDK. */
interface CrossStackProducer {
  applyCrossStackReferenceStrength(strength: unknown): void;
}

/** A resource of AWS Clean Rooms ML as the default child of its construct, so that everything that works with an L1 works with it. */
export class CleanRoomsMlResource<Properties extends object> extends CfnResource {
  private readonly sharers: CfnResource[] = [];

  constructor(scope: Construct, props: CleanRoomsMlResourceProps<Properties>) {
    const provider = CleanRoomsMlProvider._of(scope);
    const common: CommonProperties = { StateMachineArn: provider.stateMachine.stateMachineArn };
    super(scope, 'Resource', {
      type: props.type,
      properties: { ServiceToken: provider.handler.functionArn, ...common, ...props.properties },
    });
    this.applyRemovalPolicy(props.removalPolicy, { default: RemovalPolicy.DESTROY });
    this.node.addDependency(provider._policy, ...props.dependencies ?? []);
    // Another policy may be applied until the end of the synthesis.
    scope.node.addValidation({
      validate: () => [
        ...check('deletionPolicy', this.cfnOptions.deletionPolicy, cfnDeletionPolicy),
        ...check('updateReplacePolicy', this.cfnOptions.updateReplacePolicy, cfnDeletionPolicy),
      ],
    });
  }

  /** What is said of references to this resource, the default child of its construct, holds for those to another one of it, too. */
  public shareReferenceStrength(other: CfnResource): void {
    this.sharers.push(other);
  }

  /** The peer floor has no `CrossStackReferences` yet, and so nobody who calls this. */
  public applyCrossStackReferenceStrength(strength: unknown): void {
    const { applyCrossStackReferenceStrength: apply } = CfnResource.prototype as Partial<CrossStackProducer>;
    for (const resource of [this, ...this.sharers]) apply?.call(resource, strength);
  }
}

export interface TaggableCleanRoomsMlResourceProps<Properties> extends CleanRoomsMlResourceProps<Properties> {
  readonly tags?: TagMap;
}

export class TaggableCleanRoomsMlResource<Properties extends object> extends CleanRoomsMlResource<Properties> implements ITaggableV2 {
  public readonly cdkTagManager: TagManager;

  constructor(scope: Construct, props: TaggableCleanRoomsMlResourceProps<Properties>) {
    super(scope, props);
    const manager = new TagsWithStacks(this, props.type, props.tags);
    this.cdkTagManager = manager;
    // Tags.of(…) adds tags only now, during synthesis.
    this.node.addValidation({ validate: () => manager.faults() });
  }

  /** The tags as they are at the end of the synthesis. */
  public renderedTags(): TagProperty[] | undefined {
    return (this.cdkTagManager.renderTags() as CfnTag[] | undefined)?.map(tagProperty);
  }

  /** Tags come as the constructs of the CDK write them, and leave as CloudFormation does. */
  protected renderProperties(properties: { Tags?: CfnTag[] }): Record<string, unknown> {
    const { Tags: cfnTags, ...others } = properties;
    return {
      ...others,
      ...(cfnTags && { Tags: cfnTags.map(tagProperty) }),
      // CloudFormation does not tell custom resources about it.
      ...(isEverRetained(this) && { Retained: true }),
    };
  }
}

function tagProperty({ key, value }: CfnTag): TagProperty {
  return { Key: key, Value: value };
}
