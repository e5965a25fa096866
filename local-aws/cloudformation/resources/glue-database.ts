import { defined, NativeDefinition, object, text } from '../native-type';
import { Values } from '../values';

export const DATABASE: NativeDefinition = {
  type: 'AWS::Glue::Database',
  service: 'Glue',
  properties: { required: ['CatalogId', 'DatabaseInput'], optional: ['DatabaseName'], replacement: ['CatalogId', 'DatabaseName'] },
  create({ services, properties, generatedName }) {
    const name = nameOf(properties) ?? generatedName().toLowerCase();
    services.glue.createDatabase(database(name, properties));
    return { physicalId: name, attributes: {} };
  },
  update({ services, physicalId, properties }) {
    services.glue.updateDatabase(database(physicalId, properties));
  },
  delete({ services, physicalId }) {
    services.glue.deleteDatabase(physicalId);
  },
};

function nameOf({ DatabaseInput, DatabaseName }: Values): string | undefined {
  return text(DatabaseName) ?? text(object(DatabaseInput).Name);
}

function database(name: string, properties: Values) {
  const input = object(properties.DatabaseInput);
  return defined({ name, description: text(input.Description), locationUri: text(input.LocationUri) });
}
