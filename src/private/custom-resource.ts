import { CfnDeletionPolicy, CfnResource, CfnTag, ITaggableV2, RemovalPolicy, TagManager, TagType } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';
import { TagProperty } from './contract';
import { CleanRoomsMlProvider } from './provider';
import { ResourceTypeName } from './type-permissions';
import { check, TagMap, tags } from './validation';

export interface CleanRoomsMlResourceProps<Properties> {
  readonly type: ResourceTypeName;
  readonly properties: Properties;
  /** @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * What the handler needs for this resource alone.
   * @default - what it may do with all resources of the type is enough
   */
  readonly permissions?: iam.PolicyStatement[];
  /** What must be in place before the resource is created, and stay until it is deleted. */
  readonly dependencies?: IDependable[];
}

/** A resource of AWS Clean Rooms ML as the default child of its construct, so that everything that works with an L1 works with it. */
export class CleanRoomsMlResource<Properties extends object> extends CfnResource {
  constructor(scope: Construct, props: CleanRoomsMlResourceProps<Properties>) {
    const provider = CleanRoomsMlProvider.getOrCreate(scope);
    super(scope, 'Resource', { type: props.type, properties: { ServiceToken: provider.serviceToken, ...props.properties } });
    this.applyRemovalPolicy(props.removalPolicy, { default: RemovalPolicy.DESTROY });
    this.node.addDependency(provider.allowType(props.type), ...props.dependencies ?? []);
    if (props.permissions) {
      this.node.addDependency(provider.allow(scope, 'Permissions', props.permissions));
    }
  }
}

export interface TaggableCleanRoomsMlResourceProps<Properties> extends CleanRoomsMlResourceProps<Properties> {
  readonly tags?: TagMap;
}

export class TaggableCleanRoomsMlResource<Properties extends object> extends CleanRoomsMlResource<Properties> implements ITaggableV2 {
  public readonly cdkTagManager: TagManager;

  constructor(scope: Construct, props: TaggableCleanRoomsMlResourceProps<Properties>) {
    super(scope, props);
    const initialTags = Object.entries(props.tags ?? {}).map(([key, value]) => ({ key, value }));
    this.cdkTagManager = new TagManager(TagType.STANDARD, props.type, initialTags, { tagPropertyName: 'Tags' });
    // Tags.of(…) adds tags only now, during synthesis.
    this.node.addValidation({ validate: () => check('tags', this.cdkTagManager.tagValues(), tags) });
  }

  /** Tags come as the constructs of the CDK write them, and leave as CloudFormation does. */
  protected renderProperties(properties: { Tags?: CfnTag[] }): Record<string, unknown> {
    const { Tags: cfnTags, ...others } = properties;
    return {
      ...others,
      ...(cfnTags && { Tags: cfnTags.map(({ key, value }): TagProperty => ({ Key: key, Value: value })) }),
      // CloudFormation does not tell custom resources about it.
      ...(this.cfnOptions.updateReplacePolicy === CfnDeletionPolicy.RETAIN && { Retained: true }),
    };
  }
}
