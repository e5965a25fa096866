import { Context, Handlers } from './context';
import { failure } from './errors';
import { checkTagKeys, checkTags } from './rules';
import { Resource } from './state';

/** What the service can tag as well, and this one never has. */
const CUSTOM_MODELLING = /:(membership|configured-model-algorithm)\//;

export function tagging({ state, authorization }: Context): Pick<Handlers, 'TagResource' | 'UntagResource' | 'ListTagsForResource'> {
  const missing = (arn: string) => failure('ResourceNotFoundException', `Resource with ARN ${arn} does not exist`);
  const find = (arn: string): Resource => {
    const resource = state.find(arn);
    if (!resource) throw missing(arn);
    return resource;
  };

  return {
    async TagResource(principal, { resourceArn, tags }) {
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
      // IAM documents this action for resources of lookalike modelling only, so whether a policy allows others cannot be asked.
      if (CUSTOM_MODELLING.test(resourceArn)) throw missing(resourceArn);
      await authorization.onResource(principal, 'ListTagsForResource', resourceArn);
      return { tags: find(resourceArn).tags };
    },
  };
}
