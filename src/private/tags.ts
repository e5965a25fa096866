import { NestedStack, Stack, TagManager, TagType, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { check } from './faults';
import { TagMap, tags } from './validation';

/**
 * The tags of a resource, those of its stack among them: CloudFormation passes those on to native resources, but tells custom ones
 * nothing of them. The resource's own win, and what was removed from it stays away.
 */
export class TagsWithStacks extends TagManager {
  private readonly removed = new Set<string>();

  constructor(private readonly resource: IConstruct, resourceType: string, initialTags: TagMap = {}) {
    super(TagType.STANDARD, resourceType, asList(initialTags), { tagPropertyName: 'Tags' });
  }

  public override removeTag(key: string, priority: number): void {
    super.removeTag(key, priority);
    // Unless a tag of a higher priority is there.
    if (!(key in super.tagValues())) this.removed.add(key);
  }

  public override tagValues(): TagMap {
    const own = super.tagValues();
    const inherited = Object.entries(tagsOfStacks(Stack.of(this.resource))).filter(([key]) => !this.removed.has(key));
    const all = { ...Object.fromEntries(inherited), ...own };
    return Object.fromEntries(Object.entries(all).sort(([one], [other]) => one.localeCompare(other)));
  }

  public override renderTags(): unknown {
    const all = asList(this.tagValues());
    return all.length > 0 ? all : undefined;
  }

  public faults(): string[] {
    const inherited = Object.keys(this.tagValues()).length > Object.keys(super.tagValues()).length;
    return check(inherited ? 'tags, with those of the stack' : 'tags', this.tagValues(), tags);
  }
}

/** What CloudFormation passes on to native resources: the CDK does not give it what only deployment knows. */
function tagsOfStacks(stack: Stack): TagMap {
  const outer = stack.nestedStackParent ? tagsOfStacks(stack.nestedStackParent) : {};
  // A nested stack is itself a resource that has tags.
  const nested = NestedStack.isNestedStack(stack) && stack.nestedStackResource ? TagManager.of(stack.nestedStackResource)?.tagValues() : {};
  const known = Object.entries({ ...nested, ...stack.tags.tagValues() })
    .filter(([key, value]) => !Token.isUnresolved(key) && !Token.isUnresolved(value));
  return { ...outer, ...Object.fromEntries(known) };
}

function asList(map: TagMap): { key: string; value: string }[] {
  return Object.entries(map).map(([key, value]) => ({ key, value }));
}
