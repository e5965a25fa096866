import { CfnOutput, CfnParameter, CfnResource, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { IConstruct } from 'constructs';
import { Retail, RetailProps } from './retail';
import { NOTHING, World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceSizeConfig, ChildResourceTagOnCreatePolicy } from '../../src';

/* A training that its deployment would throw away is refused before it begins. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const resourceOf = (construct?: IConstruct) => construct?.node.defaultChild as CfnResource;

/** The update is refused within a minute, at no cost, and the stack can be changed, and deleted, as before. */
async function expectRefusal(update: () => ReturnType<World['deploy']>, reason: string): Promise<void> {
  const began = world.clock.now();
  const outcome = await update();
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.reasons(outcome)).toContain(reason);
  expect(world.clock.now() - began).toBeLessThan(3 * 60_000);
  expect(world.trainings).toBe(1);
  expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
}

describe('what the deployment knows and the template does not', () => {
  const byParameter = (type: string): RetailProps => ({
    more({ stack, model }: Retail) {
      const parameter = new CfnParameter(stack, 'Round', { type, default: 'first' });
      resourceOf(model).addPropertyOverride('Generation', parameter.valueAsString);
    },
  });

  test('a parameter', async () => {
    expect((await world.deploy(byParameter('String'))).status).toBe('CREATE_COMPLETE');
    await expectRefusal(async () => world.deploy(byParameter('String'), undefined, { parameters: { Round: 'second' } }),
      'the deployment would not wait for the training');
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expect(world.held()).toEqual(NOTHING);
  });

  test('a value that the dataset has from the Parameter Store', async () => {
    const { ssm: parameters } = world.aws;
    const props: RetailProps = {
      more({ stack, dataset }: Retail) {
        const parameter = new CfnParameter(stack, 'About', { type: 'AWS::SSM::Parameter::Value<String>', default: '/about' });
        resourceOf(dataset).addPropertyOverride('TrainingData.0.InputConfig.DataSource.GlueDataSource.CatalogId', parameter.valueAsString);
      },
    };
    parameters.putParameter('/about', world.aws.account.accountId);
    expect(world.reasons(await world.deploy(props))).toBe('');
    parameters.putParameter('/about', '444455556666');
    await expectRefusal(async () => world.deploy(props), 'the deployment would not wait for the training');
  });
});

test('an export that another stack imports: the new ARN would be refused after the training', async () => {
  const exporting = (generation?: string): RetailProps => ({
    model: { generation },
    more: ({ stack, model }) => void new CfnOutput(stack, 'Shared', { value: model!.audienceModelArn, exportName: 'Shared' }),
  });
  expect((await world.deploy(exporting())).status).toBe('CREATE_COMPLETE');
  const reports = (stack: Stack) => void new ssm.StringParameter(stack, 'Model', { stringValue: Fn.importValue('Shared') });
  const importing = await world.synthesize(reports, 'Reports');
  expect((await world.deployTemplate(importing, undefined, { stackName: 'Reports' })).status).toBe('CREATE_COMPLETE');

  await expectRefusal(async () => world.deploy(exporting('2')), 'which Reports imports as Shared');

  expect((await world.delete('Reports')).status).toBe('DELETE_COMPLETE');
  expect((await world.deploy(exporting('2'))).status).toBe('UPDATE_COMPLETE');
  expect(world.trainings).toBe(2);
});

describe('refused only after the training, which is kept, is a replacement of the configured audience model in the same update', () => {
  const sizes = { audienceSizeConfig: AudienceSizeConfig.percentage(1, 5) };
  const tagsJobs = { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE };

  /** The update trains, is refused, and leaves what is used as it was; mended, it takes up what it has trained. */
  async function expectLateRefusal(change: RetailProps, reason: RegExp, mended: RetailProps): Promise<void> {
    const [before] = world.service.configuredAudienceModels();
    const outcome = await world.deploy({ ...change, model: { generation: '2' } });
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.events().map((event) => event.reason)).toContainEqual(expect.stringMatching(reason));
    expect(world.trainings).toBe(2);
    expect(world.service.configuredAudienceModels()).toMatchObject([{ arn: before.arn, audienceModelArn: before.audienceModelArn }]);
    const [{ arn: kept }, ...others] = world.kept();
    expect(others).toEqual([]);

    expect(world.reasons(await world.deploy({ ...mended, model: { generation: '2' } }))).toBe('');
    expect(world.trainings).toBe(2);
    expect(world.service.configuredAudienceModels()).toMatchObject([{ audienceModelArn: kept }]);
  }

  test.each<[string, RetailProps['configured'], RetailProps['configured']]>([
    ['another childResourceTagOnCreatePolicy', {}, tagsJobs],
    ['audienceSizeConfig, which is added', {}, sizes],
    ['audienceSizeConfig, which is removed', sizes, {}],
  ])('under a name of its own: %s', async (_, before, after) => {
    const named = (props: RetailProps['configured'], configuredAudienceModelName = 'buyers'): RetailProps =>
      ({ configured: { ...props, configuredAudienceModelName } });
    expect(world.reasons(await world.deploy(named(before)))).toBe('');
    const reason = /audience model buyers, and the new one cannot have the name of the old: change configuredAudienceModelName too/;
    await expectLateRefusal(named(after), reason, named(after, 'purchasers'));
  });

  test('that another stack imports', async () => {
    const exporting = (props?: RetailProps['configured']): RetailProps => ({
      configured: props,
      more: ({ stack, configured }) => void new CfnOutput(stack, 'Shared', { value: configured!.configuredAudienceModelArn, exportName: 'Shared' }),
    });
    expect(world.reasons(await world.deploy(exporting()))).toBe('');
    const reports = (stack: Stack) => void new ssm.StringParameter(stack, 'Model', { stringValue: Fn.importValue('Shared') });
    const importing = await world.synthesize(reports, 'Reports');
    expect((await world.deployTemplate(importing, undefined, { stackName: 'Reports' })).status).toBe('CREATE_COMPLETE');
    await expectLateRefusal(exporting(tagsJobs), /Export Shared cannot be updated as it is in use by Reports/, exporting());
  });
});

describe('not refused is', () => {
  const second: RetailProps = { model: { generation: '2' } };

  test('the same change again after it was cancelled', async () => {
    expect((await world.deploy()).status).toBe('CREATE_COMPLETE');
    Object.assign(world.service.settings, { trainingTime: 20 * 3_600_000 });
    const deployment = world.deploy(second);
    await world.until(() => world.trainings >= 2);
    await world.clock.sleep(3_600_000);
    world.aws.cloudFormation.cancelUpdate('Retail');
    expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');

    expect(world.reasons(await world.deploy(second))).toBe('');
    expect(world.trainings).toBe(3);
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
  });

  test('the way back to what was before, twice', async () => {
    for (const props of [{}, second, {}, second]) expect(world.reasons(await world.deploy(props))).toBe('');
    expect(world.trainings).toBe(4);
  });

  test('a model that was kept when it was removed, and is taken up again', async () => {
    const kept: RetailProps = { dataset: { removalPolicy: RemovalPolicy.RETAIN }, model: { removalPolicy: RemovalPolicy.RETAIN } };
    expect((await world.deploy(kept)).status).toBe('CREATE_COMPLETE');
    expect((await world.deploy({ ...kept, model: false })).status).toBe('UPDATE_COMPLETE');
    expect(world.reasons(await world.deploy(kept))).toBe('');
    expect(world.trainings).toBe(1);
  });
});
