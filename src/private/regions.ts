/**
 * Where AWS Clean Rooms ML exists.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/clean-rooms-ml.html
 */
export const REGIONS = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'us-east-1',
  'us-east-2',
  'us-west-2',
];
