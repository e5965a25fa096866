import { NativeDefinition, object, objects, required, text } from '../native-type';
import { ResourceRequest } from '../resource-type';

export const STATE_MACHINE: NativeDefinition = {
  type: 'AWS::StepFunctions::StateMachine',
  service: 'Sfn',
  properties: {
    required: ['RoleArn'],
    optional: [
      'Definition', 'DefinitionS3Location', 'DefinitionString', 'DefinitionSubstitutions', 'EncryptionConfiguration', 'LoggingConfiguration',
      'StateMachineName', 'StateMachineType', 'Tags', 'TracingConfiguration',
    ],
    replacement: ['StateMachineName', 'StateMachineType'],
  },
  attributes: ['Arn', 'Name', 'StateMachineRevisionId'],
  async create(request) {
    const name = text(request.properties.StateMachineName) ?? request.generatedName(80);
    const { arn } = await request.services.states.createStateMachine({
      name,
      definition: definitionOf(request),
      roleArn: required(request.properties.RoleArn),
      type: text(request.properties.StateMachineType) === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
      logging: loggingOf(request),
    });
    return { physicalId: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId: 'INITIAL' } };
  },
  async update(request) {
    const roleArn = required(request.properties.RoleArn);
    await request.services.states.updateStateMachine(request.physicalId, { definition: definitionOf(request), roleArn, logging: loggingOf(request) });
  },
  async delete({ services, physicalId }) {
    await services.states.deleteStateMachine(physicalId);
  },
  /** It stays as long as its executions run, and those only end at their next step. */
  async gone({ services, physicalId }) {
    await services.states.stateMachineGone(physicalId);
  },
};

/** Always said, so that an update without it ends the logging. */
function loggingOf({ properties }: ResourceRequest) {
  const { Level, Destinations } = object(properties.LoggingConfiguration);
  const destinations = objects(Destinations).map(({ CloudWatchLogsLogGroup }) => required(object(CloudWatchLogsLogGroup).LogGroupArn));
  return { level: text(Level) ?? 'OFF', destinations };
}

function definitionOf({ properties, services }: ResourceRequest): string {
  const { Definition, DefinitionS3Location, DefinitionString, DefinitionSubstitutions } = properties;
  const location = object(DefinitionS3Location);
  const definition = text(DefinitionString)
    ?? (Definition === undefined ? services.s3.getObject(required(location.Bucket), required(location.Key)).toString() : JSON.stringify(Definition));
  const substitutions = object(DefinitionSubstitutions);
  return definition.replace(/\$\{(\w+)\}/g, (whole, name: string) => text(substitutions[name]) ?? whole);
}
