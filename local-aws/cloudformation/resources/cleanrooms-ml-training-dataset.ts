import { defined, NativeDefinition, objects, required, text } from '../native-type';
import { ResourceRequest } from '../resource-type';
import { isObject, Value } from '../values';

type CreateInput = Parameters<ResourceRequest['services']['cleanRoomsMl']['createTrainingDataset']>[1];

/** The only resource type of lookalike modelling that CloudFormation knows. */
export const TRAINING_DATASET: NativeDefinition = {
  type: 'AWS::CleanRoomsML::TrainingDataset',
  service: 'CleanRoomsML',
  properties: {
    required: ['Name', 'RoleArn', 'TrainingData'],
    optional: ['Description', 'Tags'],
    replacement: ['Name', 'RoleArn', 'TrainingData', 'Description'],
  },
  attributes: ['TrainingDatasetArn', 'Status'],
  /** The API takes tags without a value. */
  faults({ Tags }) {
    return objects(Tags).flatMap((tag, index) => (tag.Value === '' ? [`#/Tags/${index}/Value: expected minLength: 1, actual: 0`] : []));
  },
  async create({ services, principal, properties }) {
    const input = defined({
      name: required(properties.Name),
      roleArn: required(properties.RoleArn),
      trainingData: inApiCase(properties.TrainingData ?? []),
      description: text(properties.Description),
      tags: properties.Tags === undefined ? undefined : tags(properties.Tags),
    });
    // The service itself validates what the template says.
    const { trainingDatasetArn } = await services.cleanRoomsMl.createTrainingDataset(principal, input as unknown as CreateInput);
    return { physicalId: trainingDatasetArn, attributes: { TrainingDatasetArn: trainingDatasetArn, Status: 'ACTIVE' } };
  },
  async read({ services, principal, physicalId: trainingDatasetArn }) {
    await services.cleanRoomsMl.getTrainingDataset(principal, { trainingDatasetArn });
  },
  async update({ services, principal, physicalId: resourceArn, properties, oldProperties }) {
    const [after, before] = [tags(properties.Tags), tags(oldProperties.Tags)];
    const removed = Object.keys(before).filter((key) => !(key in after));
    if (removed.length > 0) await services.cleanRoomsMl.untagResource(principal, { resourceArn, tagKeys: removed });
    if (Object.keys(after).length > 0) await services.cleanRoomsMl.tagResource(principal, { resourceArn, tags: after });
  },
  async delete({ services, principal, physicalId: trainingDatasetArn }) {
    await services.cleanRoomsMl.deleteTrainingDataset(principal, { trainingDatasetArn });
  },
};

function tags(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(objects(value).map((tag) => [required(tag.Key), required(tag.Value)]));
}

/** `RoleArn` in templates is `roleArn` in the API. */
function inApiCase(value: Value): Value {
  if (Array.isArray(value)) return value.map(inApiCase);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.charAt(0).toLowerCase() + key.slice(1), inApiCase(item)]));
}
