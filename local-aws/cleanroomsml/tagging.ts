import { Context, Handlers } from './context';
import { failure } from './errors';
import { checkTagKeys, checkTags } from './rules';
import { Resource } from './state';

export function tagging({ state, authorization }: Context): Pick<Handlers, 'TagResource' | 'UntagResource' | 'ListTagsForResource'> {
  const find = (arn: string): Resource => {
    const resource = state.find(arn);
    if (!resource) throw failure('ResourceNotFoundException', `Resource with ARN ${arn} does not exist`);
    return resource;
  };

  return {
    async TagResource(principal, { resourceArn, tags }) {
      checkTags(tags);
      await authorization.onTagging(principal, resourceArn, tags);
      const resource = find(resourceArn);
      const merged = { ...resource.tags, ...tags };
      checkTags(merged);
      resource.tags = merged;
      return {};
    },

    async UntagResource(principal, { resourceArn, tagKeys }) {
      checkTagKeys(tagKeys);
      await authorization.onUntagging(principal, resourceArn, tagKeys);
      const resource = find(resourceArn);
      resource.tags = Object.fromEntries(Object.entries(resource.tags).filter(([key]) => !tagKeys.includes(key)));
      return {};
    },

    async ListTagsForResource(principal, { resourceArn }) {
      await authorization.onResource(principal, 'ListTagsForResource', resourceArn);
      return { tags: find(resourceArn).tags };
    },
  };
}
