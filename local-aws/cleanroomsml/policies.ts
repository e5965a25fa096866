import { Context, Handlers } from './context';
import { failure } from './errors';
import { checkPolicy, checkPrecondition, policyHash } from './resource-policy';

export function policies({ settings, state, authorization }: Context): Pick<
  Handlers, 'PutConfiguredAudienceModelPolicy' | 'GetConfiguredAudienceModelPolicy' | 'DeleteConfiguredAudienceModelPolicy'
> {
  return {
    async PutConfiguredAudienceModelPolicy(principal, input) {
      const { configuredAudienceModelArn: arn, configuredAudienceModelPolicy: document } = input;
      await authorization.onResource(principal, 'PutConfiguredAudienceModelPolicy', arn);
      const model = state.configuredAudienceModels.get(arn);
      checkPolicy(document, arn);
      checkPrecondition(input, model.policy, settings.policyMismatchError);
      model.policy = { document, hash: policyHash(document) };
      return { configuredAudienceModelPolicy: document, policyHash: model.policy.hash };
    },

    async GetConfiguredAudienceModelPolicy(principal, { configuredAudienceModelArn }) {
      await authorization.onResource(principal, 'GetConfiguredAudienceModelPolicy', configuredAudienceModelArn);
      const { policy } = state.configuredAudienceModels.get(configuredAudienceModelArn);
      if (!policy) throw missingPolicy(configuredAudienceModelArn);
      return { configuredAudienceModelArn, configuredAudienceModelPolicy: policy.document, policyHash: policy.hash };
    },

    async DeleteConfiguredAudienceModelPolicy(principal, { configuredAudienceModelArn }) {
      await authorization.onResource(principal, 'DeleteConfiguredAudienceModelPolicy', configuredAudienceModelArn);
      const model = state.configuredAudienceModels.get(configuredAudienceModelArn);
      if (!model.policy && settings.deleteMissingPolicy !== 'accepted') throw missingPolicy(configuredAudienceModelArn);
      model.policy = undefined;
    },
  };
}

function missingPolicy(arn: string) {
  return failure('ResourceNotFoundException', `There is no policy for ${arn}`);
}
