import { checkActive } from './audience-models';
import { Context, Handlers } from './context';
import { failure } from './errors';
import { inCreation } from './lifecycle';
import { Input } from './model';
import { claimName } from './naming';
import { page } from './paging';
import { checkAudienceSizeConfig, checkQuota, checkTags } from './rules';
import { Settings } from './settings';
import { AudienceGenerationJob, ConfiguredAudienceModel } from './state';

/** The service's defaults. */
export const DEFAULTS = { minMatchingSeedSize: 500, childResourceTagOnCreatePolicy: 'NONE' } as const;

export function configuredAudienceModels(context: Context): Pick<
  Handlers,
  | 'CreateConfiguredAudienceModel' | 'GetConfiguredAudienceModel' | 'ListConfiguredAudienceModels'
  | 'UpdateConfiguredAudienceModel' | 'DeleteConfiguredAudienceModel'
> {
  const { clock, settings, state, authorization, dataAccess } = context;

  return {
    async CreateConfiguredAudienceModel(principal, input) {
      checkAudienceSizeConfig(input.audienceSizeConfig);
      checkTags(input.tags);
      const { arn, sequence } = state.newArn('configured-audience-model');
      await authorization.onCreate(principal, 'CreateConfiguredAudienceModel', input.audienceModelArn, arn, input.tags);
      await authorization.onPassing(principal, input.outputConfig.roleArn);
      dataAccess.meet(input.outputConfig.roleArn);
      state.audienceModels.get(input.audienceModelArn);
      if (settings.outputValidated) await dataAccess.withinCall(dataAccess.writeAudiences(arn, input.outputConfig));

      const existing = state.configuredAudienceModels.all();
      const repeated = claimName(existing, input, { unique: settings.namesUnique, repeatedCreate: settings.repeatedCreate });
      if (repeated) return { configuredAudienceModelArn: repeated.arn };
      checkActive(state.audienceModels.get(input.audienceModelArn), settings.inactiveAudienceModel);
      checkQuota('Active configured audience models', existing.length, settings.quotas.configuredAudienceModels);

      const now = new Date(clock.now());
      const { name, description, audienceModelArn, outputConfig, sharedAudienceMetrics, minMatchingSeedSize, audienceSizeConfig, tags } = input;
      state.configuredAudienceModels.add({
        arn,
        sequence,
        name,
        createTime: now,
        updateTime: now,
        description,
        tags: { ...tags },
        request: input,
        audienceModelArn,
        outputConfig,
        sharedAudienceMetrics,
        minMatchingSeedSize,
        audienceSizeConfig,
      });
      return { configuredAudienceModelArn: arn };
    },

    async GetConfiguredAudienceModel(principal, { configuredAudienceModelArn }) {
      await authorization.onResource(principal, 'GetConfiguredAudienceModel', configuredAudienceModelArn);
      const model = state.configuredAudienceModels.get(configuredAudienceModelArn);
      const { sharedAudienceMetrics, minMatchingSeedSize, audienceSizeConfig, tags, request: { childResourceTagOnCreatePolicy } } = model;
      return {
        ...summary(model),
        sharedAudienceMetrics,
        audienceSizeConfig,
        tags,
        ...(settings.defaultsShown ? DEFAULTS : {}),
        ...given({ minMatchingSeedSize, childResourceTagOnCreatePolicy }),
      };
    },

    async ListConfiguredAudienceModels(principal, input) {
      await authorization.onResource(principal, 'ListConfiguredAudienceModels', '*');
      const { items, nextToken } = page(state.configuredAudienceModels.all(), input, settings, clock.now());
      return { configuredAudienceModels: items.map(summary), nextToken };
    },

    async UpdateConfiguredAudienceModel(principal, input) {
      const { configuredAudienceModelArn: arn, outputConfig, audienceModelArn } = input;
      checkAudienceSizeConfig(input.audienceSizeConfig);
      await authorization.onResource(principal, 'UpdateConfiguredAudienceModel', arn);
      if (audienceModelArn) await authorization.onResource(principal, 'UpdateConfiguredAudienceModel', audienceModelArn);
      if (outputConfig) {
        await authorization.onPassing(principal, outputConfig.roleArn);
        dataAccess.meet(outputConfig.roleArn);
        state.configuredAudienceModels.get(arn);
        if (settings.outputValidated) await dataAccess.withinCall(dataAccess.writeAudiences(arn, outputConfig));
      }

      const model = state.configuredAudienceModels.get(arn);
      if (audienceModelArn) checkActive(state.audienceModels.get(audienceModelArn), settings.inactiveAudienceModel);
      update(model, input, settings);
      model.updateTime = new Date(clock.now());
      return { configuredAudienceModelArn: arn };
    },

    async DeleteConfiguredAudienceModel(principal, { configuredAudienceModelArn }) {
      await authorization.onResource(principal, 'DeleteConfiguredAudienceModel', configuredAudienceModelArn);
      const model = state.configuredAudienceModels.get(configuredAudienceModelArn);
      const jobs = state.audienceGenerationJobs.all().filter(({ request }) => request.configuredAudienceModelArn === model.arn);
      const [dependant] = jobsInTheWay(settings.deleteModelWithJobs, jobs);
      if (dependant) throw failure('ConflictException', `The audience generation job ${dependant.arn} uses ${model.arn}`);
      state.configuredAudienceModels.remove(model);
    },
  };
}

/** The documentation speaks of lookalike models that use the configured one. That can only mean jobs, but not which. */
function jobsInTheWay(deleteModelWithJobs: Settings['deleteModelWithJobs'], jobs: readonly AudienceGenerationJob[]): readonly AudienceGenerationJob[] {
  if (deleteModelWithJobs === 'accepted') return [];
  return deleteModelWithJobs === 'ConflictException' ? jobs.filter(inCreation) : jobs;
}

/** A PATCH: what is not given stays. */
function update(model: ConfiguredAudienceModel, input: Input<'UpdateConfiguredAudienceModel'>, { emptyDescription }: Settings): void {
  const { outputConfig, audienceModelArn, sharedAudienceMetrics, minMatchingSeedSize, audienceSizeConfig, description } = input;
  Object.assign(model, given({ outputConfig, audienceModelArn, sharedAudienceMetrics, minMatchingSeedSize, audienceSizeConfig }));
  if (description === undefined || (description === '' && emptyDescription === 'ignored')) return;
  model.description = description === '' && emptyDescription === 'removed' ? undefined : description;
}

/** Without the members that are not there, so that a spread of the rest leaves what it meets alone. */
function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function summary({ arn, name, createTime, updateTime, audienceModelArn, outputConfig, description }: ConfiguredAudienceModel) {
  return { createTime, updateTime, name, audienceModelArn, outputConfig, description, configuredAudienceModelArn: arn, status: 'ACTIVE' } as const;
}
