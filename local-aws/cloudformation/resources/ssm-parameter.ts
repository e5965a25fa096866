import { AwsError } from '../../aws';
import { InvalidRequest, NativeDefinition, required, text } from '../native-type';
import { ResourceRequest } from '../resource-type';

export const PARAMETER: NativeDefinition = {
  type: 'AWS::SSM::Parameter',
  service: 'Ssm',
  properties: {
    required: ['Type', 'Value'],
    optional: ['AllowedPattern', 'DataType', 'Description', 'Name', 'Policies', 'Tags', 'Tier'],
    replacement: ['Name'],
  },
  attributes: ['Type', 'Value'],
  create(request) {
    const name = text(request.properties.Name) ?? `CFN-${request.generatedName()}`;
    if (exists(name, request)) throw new AwsError('AlreadyExistsException', `${name} already exists.`);
    return { physicalId: name, attributes: put(name, request) };
  },
  update(request) {
    return { attributes: put(request.physicalId, request) };
  },
  delete({ services, physicalId }) {
    services.ssm.deleteParameter(physicalId);
  },
};

function put(name: string, { services, properties }: ResourceRequest) {
  if (properties.Type === 'SecureString') throw new InvalidRequest('SSM Parameters of type SecureString cannot be created using CloudFormation');
  const type = text(properties.Type) === 'StringList' ? 'StringList' : 'String';
  services.ssm.putParameter(name, required(properties.Value), type);
  return { Type: type, Value: required(properties.Value) };
}

function exists(name: string, { services }: ResourceRequest): boolean {
  try {
    services.ssm.getParameter(name);
    return true;
  } catch {
    return false;
  }
}
