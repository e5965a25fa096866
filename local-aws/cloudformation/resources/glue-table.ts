import { defined, NativeDefinition, object, objects, required, text } from '../native-type';
import { Value, Values } from '../values';

export const TABLE: NativeDefinition = {
  type: 'AWS::Glue::Table',
  service: 'Glue',
  properties: {
    required: ['CatalogId', 'DatabaseName'],
    optional: ['Name', 'OpenTableFormatInput', 'TableInput'],
    replacement: ['CatalogId', 'DatabaseName', 'Name'],
  },
  create({ services, properties, generatedName }) {
    const name = text(properties.Name) ?? text(object(properties.TableInput).Name) ?? generatedName().toLowerCase();
    services.glue.createTable(table(name, properties));
    return { physicalId: name, attributes: {} };
  },
  update({ services, physicalId, properties }) {
    services.glue.updateTable(table(physicalId, properties));
  },
  delete({ services, physicalId, properties }) {
    services.glue.deleteTable(required(properties.DatabaseName), physicalId);
  },
};

function table(name: string, properties: Values) {
  const input = object(properties.TableInput);
  const storage = object(input.StorageDescriptor);
  return defined({
    databaseName: required(properties.DatabaseName),
    name,
    columns: columns(storage.Columns),
    partitionKeys: columns(input.PartitionKeys),
    location: text(storage.Location),
    inputFormat: text(storage.InputFormat),
    classification: text(object(input.Parameters).classification),
    description: text(input.Description),
  });
}

function columns(value: Value | undefined) {
  return objects(value).map((column) => defined({ name: required(column.Name), type: text(column.Type) }));
}
