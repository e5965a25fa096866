import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { retail, RetailProps } from './retail';
import { permissionsOf, without } from './statements';
import { NOTHING, World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { ConfiguredAudienceModel, SharedAudienceMetrics } from '../../src';

/* What a configured audience model needs is looked at before its audience model is trained. */

const ROLE = 'arn:aws:iam::111122223333:role/audiences/writer';
const ABROAD = 'made-elsewhere';

/** In processes of their own, with the real SDK, and in this one. */
const functions = new InProcessFunctions();
afterAll(async () => {
  await functions.close();
  await World.sandboxes.close();
});

describe.each([['under the real runtime', World.sandboxes], ['in this process', functions]])('%s', (_how, runner) => {
  let world: World;
  beforeEach(async () => {
    world = await World.start({}, runner);
    world.aws.s3.createBucket({ bucketName: 'made-before' });
    world.aws.s3.createBucket({ bucketName: ABROAD, region: 'eu-west-1' });
    trust('cleanrooms-ml.amazonaws.com');
  });
  afterEach(async () => world.close());

  /** The role that audiences are written with, and whom it trusts. */
  function trust(service: string): void {
    const access = { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation', 's3:PutObject'], Resource: '*' };
    const properties = {
      roleName: 'writer',
      path: '/audiences/',
      assumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] },
      inlinePolicies: { access: { Version: '2012-10-17', Statement: [access] } },
    };
    const { iam: identities } = world.aws;
    if (identities.roleExists(ROLE)) identities.updateRole('writer', properties); else identities.createRole(properties);
  }

  const using = (bucketName: string, roleArn = ROLE, options: iam.FromRoleArnOptions = {}): RetailProps => ({
    collaborations: [],
    configured: false,
    more: ({ stack, model }) => new ConfiguredAudienceModel(stack, 'Configured', {
      audienceModel: model!,
      outputBucket: s3.Bucket.fromBucketName(stack, 'Audiences', bucketName),
      outputRole: iam.Role.fromRoleArn(stack, 'Writer', roleArn, options),
      sharedAudienceMetrics: SharedAudienceMetrics.ALL,
    }),
  });

  async function expectRefusal(props: RetailProps, reason: string): Promise<void> {
    const began = world.clock.now();
    const outcome = await world.deploy(props);
    expect(world.reasons(outcome)).toContain(`nothing was trained, because a configured audience model would fail: ${reason}`);
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expect(world.service.calls.map(({ operation }) => operation)).not.toContain('CreateAudienceModel');
    expect(world.held()).toEqual(NOTHING);
    expect(world.clock.now() - began).toBeLessThan(5 * 60_000);
  }

  test('with a bucket and a role that will do, all is created, and nothing is denied', async () => {
    expect(world.reasons(await world.deploy(using('made-before')))).toBe('');
    expect(world.trainings).toBe(1);
    expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
    expect(world.aws.iam.decisions.map(({ action }) => action)).toEqual(expect.arrayContaining(['s3:ListBucket', 'iam:GetRole']));
    expect(world.logs()).not.toContain('not looked at');
  });

  test('a bucket that is not there fails the deployment before anything is trained', async () => {
    await expectRefusal(using('made-befor'), 'outputBucket made-befor does not exist');
  });

  test('so does one of another Region', async () => {
    await expectRefusal(using(ABROAD), `outputBucket ${ABROAD} is not in us-east-1`);
  });

  test('so does a role that does not trust the service', async () => {
    trust('lambda.amazonaws.com');
    await expectRefusal(using('made-before'), `outputRole ${ROLE} does not trust cleanrooms-ml.amazonaws.com`);
  });

  test('so does a role that is not there, where no policy of the stack is to be attached to it', async () => {
    await expectRefusal(using('made-before', `${ROLE}s`, { mutable: false }), `outputRole ${ROLE}s does not exist`);
  });

  test('where looking is not allowed the model is trained', async () => {
    const assembly = await world.synthesize((stack) => retail(stack, using('made-before')));
    const looks = permissionsOf(assembly).filter(({ action, title }) => ['s3:ListBucket', 'iam:GetRole'].includes(action) && title.includes('Provider'));
    expect(looks).toHaveLength(2);
    expect(world.reasons(await world.deployTemplate(assembly, without(looks)))).toBe('');
    expect(world.trainings).toBe(1);
    for (const arn of ['arn:aws:s3:::made-before', ROLE]) expect(world.logs()).toContain(`not looked at ${arn}: `);
  });
});
