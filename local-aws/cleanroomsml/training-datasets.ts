import { Context, Handlers } from './context';
import { failure } from './errors';
import { claimName } from './naming';
import { page } from './paging';
import { checkQuota, checkTags, checkTrainingData } from './rules';
import { TrainingDataset } from './state';

export function trainingDatasets(context: Context): Pick<
  Handlers, 'CreateTrainingDataset' | 'GetTrainingDataset' | 'ListTrainingDatasets' | 'DeleteTrainingDataset'
> {
  const { clock, settings, state, authorization, dataAccess } = context;

  return {
    async CreateTrainingDataset(principal, input) {
      checkTrainingData(input.trainingData);
      checkTags(input.tags);
      const { arn, sequence } = state.newArn('training-dataset');
      await authorization.onCreate(principal, 'CreateTrainingDataset', '*', arn, input.tags);
      await authorization.onPassing(principal, input.roleArn);
      dataAccess.meet(input.roleArn);
      const now = new Date(clock.now());
      const dataset: TrainingDataset = {
        arn, sequence, name: input.name, createTime: now, updateTime: now, description: input.description, tags: { ...input.tags }, request: input,
      };
      if (settings.datasetValidatedAt === 'createTrainingDataset') await dataAccess.withinCall(dataAccess.readTrainingData(dataset));

      const existing = state.trainingDatasets.all();
      const repeated = claimName(existing, input, { unique: true, repeatedCreate: settings.repeatedCreate });
      if (repeated) return { trainingDatasetArn: repeated.arn };
      checkQuota('Active training datasets', existing.length, settings.quotas.trainingDatasets);
      state.trainingDatasets.add(dataset);
      return { trainingDatasetArn: arn };
    },

    async GetTrainingDataset(principal, { trainingDatasetArn }) {
      await authorization.onResource(principal, 'GetTrainingDataset', trainingDatasetArn);
      const dataset = state.trainingDatasets.get(trainingDatasetArn);
      return { ...summary(dataset), trainingData: dataset.request.trainingData, roleArn: dataset.request.roleArn, tags: dataset.tags };
    },

    async ListTrainingDatasets(principal, input) {
      await authorization.onResource(principal, 'ListTrainingDatasets', '*');
      const { items, nextToken } = page(state.trainingDatasets.all(), input, settings, clock.now());
      return { trainingDatasets: items.map(summary), nextToken };
    },

    async DeleteTrainingDataset(principal, { trainingDatasetArn }) {
      await authorization.onResource(principal, 'DeleteTrainingDataset', trainingDatasetArn);
      const dataset = state.trainingDatasets.get(trainingDatasetArn);
      const dependant = state.audienceModels.all().find((model) => model.request.trainingDatasetArn === trainingDatasetArn);
      if (dependant) throw failure('ConflictException', `The audience model ${dependant.arn} depends on ${trainingDatasetArn}`);
      state.trainingDatasets.remove(dataset);
    },
  };
}

function summary({ arn, name, createTime, updateTime, description }: TrainingDataset) {
  return { createTime, updateTime, trainingDatasetArn: arn, name, status: 'ACTIVE', description } as const;
}
