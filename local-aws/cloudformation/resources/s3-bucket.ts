import { defined, flag, NativeDefinition, object, objects, required, text } from '../native-type';
import { ResourceRequest } from '../resource-type';

export const BUCKET: NativeDefinition = {
  type: 'AWS::S3::Bucket',
  service: 'S3',
  properties: {
    optional: [
      'AccelerateConfiguration', 'AccessControl', 'AnalyticsConfigurations', 'BucketEncryption', 'BucketName', 'CorsConfiguration',
      'IntelligentTieringConfigurations', 'InventoryConfigurations', 'LifecycleConfiguration', 'LoggingConfiguration', 'MetricsConfigurations',
      'NotificationConfiguration', 'ObjectLockConfiguration', 'ObjectLockEnabled', 'OwnershipControls', 'PublicAccessBlockConfiguration',
      'ReplicationConfiguration', 'Tags', 'VersioningConfiguration', 'WebsiteConfiguration',
    ],
    replacement: ['BucketName'],
  },
  attributes: ['Arn', 'DomainName', 'DualStackDomainName', 'RegionalDomainName', 'WebsiteURL'],
  create(request) {
    const { partition, region } = request.account;
    const bucketName = text(request.properties.BucketName) ?? request.generatedName(63).toLowerCase();
    request.services.s3.createBucket(bucket(bucketName, request));
    return {
      physicalId: bucketName,
      attributes: {
        Arn: `arn:${partition}:s3:::${bucketName}`,
        DomainName: `${bucketName}.s3.amazonaws.com`,
        DualStackDomainName: `${bucketName}.s3.dualstack.${region}.amazonaws.com`,
        RegionalDomainName: `${bucketName}.s3.${region}.amazonaws.com`,
        WebsiteURL: `http://${bucketName}.s3-website-${region}.amazonaws.com`,
      },
    };
  },
  update(request) {
    request.services.s3.updateBucket(bucket(request.physicalId, request));
  },
  delete({ services, physicalId }) {
    services.s3.deleteBucket(physicalId);
  },
};

function bucket(bucketName: string, { properties }: ResourceRequest) {
  const [rule] = objects(object(properties.BucketEncryption).ServerSideEncryptionConfiguration);
  const { SSEAlgorithm, KMSMasterKeyID } = object(rule?.ServerSideEncryptionByDefault);
  const encrypted = required(SSEAlgorithm).startsWith('aws:kms');
  const encryption = defined({ kmsKeyArn: text(KMSMasterKeyID), bucketKeyEnabled: flag(rule?.BucketKeyEnabled) });
  return defined({ bucketName, encryption: encrypted ? encryption : undefined });
}
