import { document, NativeDefinition, required } from '../native-type';

export const BUCKET_POLICY: NativeDefinition = {
  type: 'AWS::S3::BucketPolicy',
  service: 'S3',
  properties: { required: ['Bucket', 'PolicyDocument'], replacement: ['Bucket'] },
  create({ services, properties }) {
    const bucketName = required(properties.Bucket);
    services.s3.putBucketPolicy(bucketName, document(properties.PolicyDocument));
    return { physicalId: bucketName, attributes: {} };
  },
  update({ services, physicalId, properties }) {
    services.s3.putBucketPolicy(physicalId, document(properties.PolicyDocument));
  },
  delete({ services, physicalId }) {
    services.s3.deleteBucketPolicy(physicalId);
  },
};
