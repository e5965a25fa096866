import { Context, Handlers } from './context';
import { failure } from './errors';
import { inCreation, inDeletion } from './lifecycle';
import { Input } from './model';
import { claimName } from './naming';
import { page } from './paging';
import { checkQuota, checkTags, checkTrainingWindow } from './rules';
import { react, Reaction } from './settings';
import { AudienceModel } from './state';
import { Training } from './training';

/** One entry for each training that the service accepted, whatever became of it. */
export interface StartedTraining {
  readonly audienceModelArn: string;
  readonly input: Input<'CreateAudienceModel'>;
  readonly time: Date;
}

export function audienceModels(context: Context, training: Training, started: StartedTraining[]): Pick<
  Handlers, 'CreateAudienceModel' | 'GetAudienceModel' | 'ListAudienceModels' | 'DeleteAudienceModel'
> {
  const { clock, settings, state, authorization, dataAccess } = context;

  return {
    async CreateAudienceModel(principal, input) {
      checkTrainingWindow(input);
      checkTags(input.tags);
      const { arn, sequence } = state.newArn('audience-model');
      await authorization.onCreate(principal, 'CreateAudienceModel', input.trainingDatasetArn, arn, input.tags);
      const dataset = state.trainingDatasets.get(input.trainingDatasetArn);
      if (input.kmsKeyArn && settings.keyPermissions !== 'service') {
        await dataAccess.withinCall(dataAccess.useKey(input.kmsKeyArn, principal), 'AccessDeniedException');
      }
      if (settings.datasetValidatedAt === 'createAudienceModel') await dataAccess.withinCall(dataAccess.readTrainingData(dataset));

      const existing = state.audienceModels.all();
      const repeated = claimName(existing, input, {
        unique: settings.namesUnique, repeatedCreate: settings.repeatedCreate, reusable: (model) => !inDeletion(model),
      });
      if (repeated) return { audienceModelArn: repeated.arn };
      state.trainingDatasets.get(input.trainingDatasetArn);
      checkQuota('Active audience models', existing.length, settings.quotas.audienceModels);
      checkQuota('Pending/in-progress audience models', existing.filter(inCreation).length, settings.quotas.audienceModelsInTraining);

      const now = new Date(clock.now());
      const model: AudienceModel = {
        arn,
        sequence,
        name: input.name,
        createTime: now,
        updateTime: now,
        description: input.description,
        tags: { ...input.tags },
        request: input,
        status: 'CREATE_PENDING',
        deleted: new AbortController(),
      };
      state.audienceModels.add(model);
      started.push({ audienceModelArn: arn, input, time: now });
      void training.train(model);
      return { audienceModelArn: arn };
    },

    async GetAudienceModel(principal, { audienceModelArn }) {
      await authorization.onResource(principal, 'GetAudienceModel', audienceModelArn);
      const model = state.audienceModels.get(audienceModelArn);
      const { trainingDataStartTime, trainingDataEndTime, kmsKeyArn } = model.request;
      return { ...summary(model), trainingDataStartTime, trainingDataEndTime, statusDetails: model.statusDetails, kmsKeyArn, tags: model.tags };
    },

    async ListAudienceModels(principal, input) {
      await authorization.onResource(principal, 'ListAudienceModels', '*');
      const { items, nextToken } = page(state.audienceModels.all(), input, settings, clock.now());
      return { audienceModels: items.map(summary), nextToken };
    },

    async DeleteAudienceModel(principal, { audienceModelArn }) {
      await authorization.onResource(principal, 'DeleteAudienceModel', audienceModelArn);
      const model = state.audienceModels.get(audienceModelArn);
      const dependant = state.configuredAudienceModels.all().find((configured) => configured.audienceModelArn === audienceModelArn);
      if (dependant) throw failure('ConflictException', `The configured audience model ${dependant.arn} depends on ${audienceModelArn}`);
      if (inCreation(model)) react(settings.deleteDuringTraining, `${audienceModelArn} cannot be deleted in status ${model.status}`);
      if (inDeletion(model)) {
        react(settings.deleteDuringDeletion, `${audienceModelArn} is being deleted already`);
        return;
      }
      void training.delete(model);
    },
  };
}

/** What the models that may not be used for a configured audience model are refused with. */
export function checkActive(model: AudienceModel, reaction: Reaction): void {
  if (model.status === 'ACTIVE') return;
  react(inCreation(model) ? reaction : 'ValidationException', `The audience model ${model.arn} is in status ${model.status}, not ACTIVE`);
}

function summary({ arn, name, createTime, updateTime, description, request, status }: AudienceModel) {
  return { createTime, updateTime, audienceModelArn: arn, name, trainingDatasetArn: request.trainingDatasetArn, status, description };
}
