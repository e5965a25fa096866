import { defined, NativeDefinition, number, text } from '../native-type';
import { ResourceRequest } from '../resource-type';

export const LOG_GROUP: NativeDefinition = {
  type: 'AWS::Logs::LogGroup',
  service: 'CloudWatchLogs',
  properties: {
    optional: ['DataProtectionPolicy', 'FieldIndexPolicies', 'KmsKeyId', 'LogGroupClass', 'LogGroupName', 'RetentionInDays', 'Tags'],
    replacement: ['LogGroupName', 'LogGroupClass'],
  },
  attributes: ['Arn'],
  async create(request) {
    const logGroupName = text(request.properties.LogGroupName) ?? request.generatedName(512);
    const { arn } = await request.services.logs.createLogGroup(logGroup(logGroupName, request));
    return { physicalId: logGroupName, attributes: { Arn: arn } };
  },
  async update(request) {
    await request.services.logs.updateLogGroup(logGroup(request.physicalId, request));
  },
  delete({ services, physicalId }) {
    services.logs.deleteLogGroup(physicalId);
  },
};

function logGroup(logGroupName: string, { properties }: ResourceRequest) {
  return defined({ logGroupName, retentionInDays: number(properties.RetentionInDays), kmsKeyId: text(properties.KmsKeyId) });
}
