import { defined, NativeDefinition, required, text } from '../native-type';
import { Values } from '../values';

/** Only this account puts events here, so that its policy has nobody to let in. */
export const EVENT_BUS: NativeDefinition = {
  type: 'AWS::Events::EventBus',
  service: 'EventBridge',
  properties: {
    required: ['Name'],
    optional: ['DeadLetterConfig', 'Description', 'EventSourceName', 'KmsKeyIdentifier', 'LogConfig', 'Policy', 'Tags'],
    replacement: ['Name', 'EventSourceName'],
  },
  attributes: ['Arn', 'Name', 'Policy'],
  create({ services, properties }) {
    const { arn } = services.events.createEventBus(bus(properties));
    const name = required(properties.Name);
    return { physicalId: name, attributes: { Arn: arn, Name: name, Policy: properties.Policy ?? '' } };
  },
  update({ services, properties, oldAttributes }) {
    services.events.updateEventBus(bus(properties));
    return { attributes: { ...oldAttributes, Policy: properties.Policy ?? '' } };
  },
  delete({ services, physicalId }) {
    services.events.deleteEventBus(physicalId);
  },
};

function bus({ Name, Description }: Values) {
  return defined({ name: required(Name), description: text(Description) });
}
