import { AwsError } from '../../aws';
import { defined, NativeDefinition, object, objects, required, text } from '../native-type';
import { ResourceRequest } from '../resource-type';
import { Value, Values } from '../values';

export const RULE: NativeDefinition = {
  type: 'AWS::Events::Rule',
  service: 'EventBridge',
  properties: {
    optional: ['Description', 'EventBusName', 'EventPattern', 'Name', 'RoleArn', 'ScheduleExpression', 'State', 'Tags', 'Targets'],
    replacement: ['EventBusName', 'Name'],
  },
  attributes: ['Arn'],
  async create(request) {
    const { services, properties, generatedName } = request;
    const name = text(properties.Name) ?? generatedName(64);
    const physicalId = physicalIdOf(name, busNameOf(properties));
    if (services.events.rules().some((other) => physicalIdOf(other.properties.name, other.eventBusName) === physicalId)) {
      throw new AwsError('AlreadyExistsException', `${name} already exists.`);
    }
    const { arn } = services.events.putRule(rule(name, properties));
    try {
      await putTargets(name, request);
    } catch (error) {
      services.events.deleteRule(ruleName(name, properties));
      throw error;
    }
    return { physicalId, attributes: { Arn: arn } };
  },
  async update(request) {
    const { services, properties, oldProperties, physicalId } = request;
    const name = nameIn(physicalId);
    services.events.putRule(rule(name, properties));
    const kept = idsOf(properties.Targets);
    services.events.removeTargets({ ...ruleName(name, properties), ids: idsOf(oldProperties.Targets).filter((id) => !kept.includes(id)) });
    await putTargets(name, request);
  },
  delete({ services, properties, physicalId }) {
    const which = ruleName(nameIn(physicalId), properties);
    services.events.removeTargets({ ...which, ids: idsOf(properties.Targets) });
    services.events.deleteRule(which);
  },
};

/** `Ref` of a rule on a bus of one's own names that bus too. */
function physicalIdOf(name: string, busName: string): string {
  return busName === 'default' ? name : `${busName}|${name}`;
}

function nameIn(physicalId: string): string {
  return physicalId.slice(physicalId.indexOf('|') + 1);
}

function busNameOf({ EventBusName }: Values): string {
  return (text(EventBusName) ?? 'default').replace(/^arn:.*:event-bus\//, '');
}

function ruleName(name: string, { EventBusName }: Values) {
  return defined({ rule: name, eventBusName: text(EventBusName) });
}

function rule(name: string, properties: Values) {
  return defined({
    name,
    eventBusName: text(properties.EventBusName),
    eventPattern: jsonText(properties.EventPattern),
    state: text(properties.State),
    description: text(properties.Description),
    roleArn: text(properties.RoleArn),
    scheduleExpression: text(properties.ScheduleExpression),
  });
}

async function putTargets(name: string, { services, properties }: ResourceRequest): Promise<void> {
  const targets = objects(properties.Targets).map(target);
  if (targets.length > 0) await services.events.putTargets({ ...ruleName(name, properties), targets });
}

/** What else a target may say is for kinds of targets that this AWS does not have. */
function target({ Id, Arn, RoleArn, Input, InputPath, InputTransformer }: Values) {
  return defined({
    id: required(Id),
    arn: required(Arn),
    roleArn: text(RoleArn),
    input: text(Input),
    inputPath: text(InputPath),
    inputTransformer: InputTransformer === undefined ? undefined : inputTransformer(object(InputTransformer)),
  });
}

function inputTransformer({ InputPathsMap, InputTemplate }: Values) {
  const paths = Object.entries(object(InputPathsMap)).map(([name, path]): [string, string] => [name, required(path)]);
  return { inputPathsMap: Object.fromEntries(paths), inputTemplate: required(InputTemplate) };
}

function idsOf(targets: Value | undefined): string[] {
  return objects(targets).map(({ Id }) => required(Id));
}

function jsonText(value: Value | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}
