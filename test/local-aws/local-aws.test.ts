import { DescribeStacksCommand, CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { codeOf } from './account';
import { Clock } from '../../local-aws/clock';
import { LocalAws } from '../../local-aws/local-aws';

let aws: LocalAws;
beforeEach(async () => { aws = await LocalAws.start({ clock: Clock.frozen() }); });
afterEach(async () => { await aws.close(); });

const roleArn = (name: string) => `arn:aws:iam::111122223333:role/cdk-hnb659fds-${name}-role-111122223333-us-east-1`;

test('it listens on loopback only, and its environment leads there', async () => {
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = aws.environment();
  expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const client = new CloudFormationClient({ endpoint, region, credentials });
  await expect(client.send(new DescribeStacksCommand({}))).resolves.toMatchObject({ Stacks: [] });
});

test('buckets and roles are looked at with the SDK', async () => {
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = aws.environment();
  const configuration = { endpoint, region, credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } };
  const s3 = new S3Client(configuration);
  const iam = new IAMClient(configuration);
  aws.s3.createBucket({ bucketName: 'here' });
  aws.s3.createBucket({ bucketName: 'abroad', region: 'eu-west-1' });

  await expect(s3.send(new HeadBucketCommand({ Bucket: 'here' }))).resolves.toMatchObject({ BucketRegion: region });
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'abroad' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 301 } });
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleArn('deploy').split('/')[1] }));
  expect(Role).toMatchObject({ Arn: roleArn('deploy'), CreateDate: new Date(aws.clock.now()) });
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toMatchObject({ Statement: [{ Effect: 'Allow' }, {}] });
  await expect(iam.send(new GetRoleCommand({ RoleName: 'nobody' })))
    .rejects.toMatchObject({ name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } });
});

test('its environment leaves nothing of another account in the way', () => {
  expect(aws.environment()).toMatchObject({ AWS_PROFILE: '', AWS_SESSION_TOKEN: '' });
});

test('a second one cannot have its port, and leaves nothing behind', async () => {
  const listeners = process.listenerCount('SIGINT');
  await expect(LocalAws.start({ port: Number(new URL(aws.endpoint).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(process.listenerCount('SIGINT')).toBe(listeners);
});

test('two can run side by side, with nothing in common', async () => {
  const other = await LocalAws.start({ account: { accountId: '444455556666', region: 'eu-west-1', partition: 'aws' } });
  other.s3.createBucket({ bucketName: 'theirs' });
  expect(aws.s3.hasBucket('theirs')).toBe(false);
  expect(other.s3.hasBucket('cdk-hnb659fds-assets-444455556666-eu-west-1')).toBe(true);
  await other.close();
});

describe('it is bootstrapped', () => {
  test.each(['deploy', 'file-publishing', 'image-publishing', 'lookup'])('with a role for the CLI: %s', async (name) => {
    await expect(aws.iam.assumeRole(aws.iam.developer.principal, roleArn(name), 'cli')).resolves.toMatchObject({ principal: { roleArn: roleArn(name) } });
  });

  test('with a role that only CloudFormation takes on', async () => {
    await aws.iam.assumeRoleForService(roleArn('cfn-exec'), 'cloudformation.amazonaws.com');
    expect(await codeOf(() => aws.iam.assumeRole(aws.iam.developer.principal, roleArn('cfn-exec'), 'cli'))).toBe('AccessDenied');
  });

  test('with a deploy role that passes that one, and no other', async () => {
    const { principal } = await aws.iam.assumeRole(aws.iam.developer.principal, roleArn('deploy'), 'cli');
    await aws.iam.passRole(principal, roleArn('cfn-exec'), 'cloudformation.amazonaws.com');
    expect(await codeOf(() => aws.iam.passRole(principal, roleArn('lookup'), 'cloudformation.amazonaws.com'))).toBe('AccessDenied');
  });

  test('with a bucket that takes assets from the publishing role, and shows them to the deploy role', async () => {
    const bucket = 'cdk-hnb659fds-assets-111122223333-us-east-1';
    const { principal: publisher } = await aws.iam.assumeRole(aws.iam.developer.principal, roleArn('file-publishing'), 'cli');
    const { principal: deployer } = await aws.iam.assumeRole(aws.iam.developer.principal, roleArn('deploy'), 'cli');
    await aws.s3.authorize(publisher, 's3:PutObject', bucket, 'asset.zip');
    await aws.s3.authorize(deployer, 's3:GetObject', bucket, 'asset.zip');
    expect(await codeOf(() => aws.s3.authorize(deployer, 's3:PutObject', bucket, 'asset.zip'))).toBe('AccessDenied');
    aws.putAsset('asset.zip', Buffer.from('zip'));
    expect(aws.s3.getObject(bucket, 'asset.zip').toString()).toBe('zip');
  });

  test('with the version that the CLI asks for', () => {
    expect(Number(aws.ssm.getParameter('/cdk-bootstrap/hnb659fds/version'))).toBeGreaterThanOrEqual(30);
  });
});
