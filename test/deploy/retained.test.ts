import { CfnDeletionPolicy, CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import { failing, Retail, RetailProps } from './retail';
import { deleted, deployed, models } from './retained';
import { at, expectNoSecrets, MINUTE, running } from './trainings';
import { NOTHING, World } from './world';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import type { Settings } from '../../local-aws/cloudformation/settings';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { ChildResourceTagOnCreatePolicy } from '../../src';
import { OwnershipTag } from '../../src/private/contract';

/* What is to be retained: when it stays, for how long, and who takes it up again. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(() => {
  expect(running(world)).toEqual([]);
  expectNoSecrets(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

const { DELETE, RETAIN, RETAIN_EXCEPT_ON_CREATE } = CfnDeletionPolicy;

/** Everything with a policy. */
function all(removalPolicy: RemovalPolicy, generation?: string): RetailProps {
  return { dataset: { removalPolicy }, model: { removalPolicy, generation }, configured: { removalPolicy } };
}

/** A model with policies of its own. Its dataset is retained: the service deletes none that has models. */
function policies(deletionPolicy: CfnDeletionPolicy, updateReplacePolicy: CfnDeletionPolicy, generation: string): RetailProps {
  return {
    dataset: { removalPolicy: RemovalPolicy.RETAIN },
    model: { generation },
    more: ({ model }: Retail) => Object.assign((model!.node.defaultChild as CfnResource).cfnOptions, { deletionPolicy, updateReplacePolicy }),
  };
}

const marks = () => world.service.audienceModels().map(({ tags }) => tags[OwnershipTag.IDENTITY]);

async function untilNow(deploy: () => Promise<StackOutcome>): Promise<number> {
  const began = world.clock.now();
  const { stackId, status } = await deploy();
  return at(world.events(stackId), /^Retail$/, status) - began;
}

describe('two policies:', () => {
  test('what is only retained when it is removed goes when it is replaced', async () => {
    await deployed(world, policies(RETAIN, DELETE, '1'));
    const [second, ...others] = await deployed(world, policies(RETAIN, DELETE, '2'));
    expect(others).toEqual([]);

    expect(await deleted(world)).toEqual([second]);
  });

  test('what is only retained when it is replaced goes with the stack, and what it replaced stays', async () => {
    const [first] = await deployed(world, policies(DELETE, RETAIN, '1'));
    expect(await deployed(world, policies(DELETE, RETAIN, '2'))).toEqual([first, expect.any(String)]);

    expect(await deleted(world)).toEqual([first]);
  });

  test('what is only retained when it is replaced goes when it is removed, and what it replaced stays', async () => {
    const [first] = await deployed(world, policies(DELETE, RETAIN, '1'));
    await deployed(world, policies(DELETE, RETAIN, '2'));
    expect(await deployed(world, { dataset: { removalPolicy: RemovalPolicy.RETAIN }, model: false })).toEqual([first]);

    expect(await deleted(world)).toEqual([first]);
  });
});

test('what was retained when it was removed stays when another of the same construct goes with the stack', async () => {
  const [first] = await deployed(world, policies(RETAIN, DELETE, '1'));
  await deployed(world, { dataset: { removalPolicy: RemovalPolicy.RETAIN }, model: false });
  await deployed(world, policies(DELETE, DELETE, '2'));

  expect(await deleted(world)).toEqual([first]);
});

describe('RETAIN that comes later', () => {
  test('trains nothing, and goes for the replacement and the deletion that follow', async () => {
    const [first] = await deployed(world, policies(DELETE, DELETE, '1'));
    expect(await untilNow(async () => world.deploy(policies(RETAIN, RETAIN, '1')))).toBeLessThan(MINUTE);
    expect(world.trainings).toBe(1);
    expect(marks()).toEqual([expect.stringMatching(/^retained:[0-9a-f]{16}$/)]);

    const [, second] = await deployed(world, policies(RETAIN, RETAIN, '2'));
    expect(await deleted(world)).toEqual([first, second]);
  });

  test('in the very update that replaces: the old one goes where CloudFormation says so, and the new one stays', async () => {
    await deployed(world, policies(DELETE, DELETE, '1'));
    const [second, ...others] = await deployed(world, policies(RETAIN, RETAIN, '2'));
    expect(others).toEqual([]);

    expect(await deleted(world)).toEqual([second]);
  });
});

describe('RETAIN that comes in the very update that replaces, where CloudFormation goes by the new template', () => {
  beforeEach(async () => {
    await world.close();
    world = await World.start({}, functions, { cloudFormationSettings: { replacePolicyOf: 'new template' } });
  });

  test.each<[string, RetailProps]>([
    ['a model', { model: { generation: '2' } }],
    ['a dataset, and its model', { features: ['country'] }],
    ['a configured model', { configured: { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE } }],
  ])('keeps what it replaces for good: %s', async (_, replaced) => {
    await deployed(world, { dataset: { removalPolicy: RemovalPolicy.RETAIN } });
    const { audienceModels: [model], ...before } = world.held();
    const merged = (removalPolicy: RemovalPolicy): RetailProps => ({
      ...replaced,
      dataset: { ...replaced.dataset, removalPolicy: RemovalPolicy.RETAIN },
      model: { removalPolicy: RemovalPolicy.RETAIN, ...replaced.model },
      configured: { removalPolicy, ...replaced.configured },
    });
    await deployed(world, merged(RemovalPolicy.RETAIN));
    await deployed(world, merged(RemovalPolicy.DESTROY));

    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    const { trainingDatasets, audienceModels, configuredAudienceModels } = world.held();
    expect(trainingDatasets).toEqual(expect.arrayContaining(before.trainingDatasets));
    expect(audienceModels).toContain(model);
    expect(configuredAudienceModels).toEqual(replaced.configured ? before.configuredAudienceModels : []);
  });

  test('keeps a model, though another of the construct is deleted with the stack', async () => {
    const [first] = await deployed(world, policies(DELETE, DELETE, '1'));
    expect(await deployed(world, policies(DELETE, RETAIN, '2'))).toHaveLength(2);

    expect(await deleted(world)).toEqual([first]);
  });

  test('and that fails late: what it would have replaced is as it was, and what it trained stays', async () => {
    const [first] = await deployed(world, policies(DELETE, DELETE, '1'));
    const [{ tags }] = world.service.audienceModels();
    const { more, ...props } = policies(DELETE, RETAIN, '2');
    const failed = await world.deploy({
      ...props,
      more(retail) {
        more?.(retail);
        failing(retail, retail.configured);
      },
    });
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const [, second] = models(world);
    expect(world.service.audienceModels()[0].tags).toEqual(tags);

    await deployed(world, policies(DELETE, DELETE, '3'));
    expect(models(world)).not.toContain(first);
    expect(await deleted(world)).toEqual([second]);
  });
});

describe('RETAIN that goes later', () => {
  test('trains nothing, and the model goes when it is replaced, and with the stack', async () => {
    await deployed(world, all(RemovalPolicy.RETAIN, '1'));
    expect(await untilNow(async () => world.deploy(all(RemovalPolicy.DESTROY, '1')))).toBeLessThan(MINUTE);
    expect(world.trainings).toBe(1);
    expect(marks()).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);

    expect(await deployed(world, all(RemovalPolicy.DESTROY, '2'))).toHaveLength(1);
    expect(await deleted(world)).toEqual([]);
    expect(world.held()).toEqual(NOTHING);
  });

  test.each<[Settings['replacePolicyOf'], number]>([['old template', 1], ['new template', 0]])(
    'in the very update that replaces, where the policy of the %s goes, leaves %s of it', async (replacePolicyOf, left) => {
      await world.close();
      world = await World.start({}, functions, { cloudFormationSettings: { replacePolicyOf } });
      const first = await deployed(world, policies(RETAIN, RETAIN, '1'));
      await deployed(world, policies(DELETE, DELETE, '2'));

      expect(await deleted(world)).toEqual(first.slice(0, left));
    });

  test('does not take back what was retained: that stays for good', async () => {
    const [first] = await deployed(world, policies(RETAIN, RETAIN, '1'));
    await deployed(world, policies(RETAIN, RETAIN, '2'));
    expect(await deployed(world, policies(DELETE, DELETE, '2'))).toHaveLength(2);
    expect(await deployed(world, policies(DELETE, DELETE, '3'))).toEqual([first, expect.any(String)]);

    expect(await deleted(world)).toEqual([first]);
  });
});

describe('RetainExceptOnCreate', () => {
  const EXCEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
  const late = (props: RetailProps): RetailProps => ({ ...props, more: (retail) => failing(retail, retail.configured) });

  test('keeps nothing of a creation that is rolled back', async () => {
    expect((await world.deploy(late(all(EXCEPT)))).status).toBe('ROLLBACK_COMPLETE');
    expect(world.held()).toEqual(NOTHING);
    expect(await deleted(world)).toEqual([]);
  });

  test('and RETAIN does keep it, and what it needs, with the stack gone', async () => {
    expect((await world.deploy(late({ ...all(RemovalPolicy.RETAIN), configured: {} }))).status).toBe('ROLLBACK_COMPLETE');
    const [model] = models(world);
    expect(await deleted(world)).toEqual([model]);
    expectUsable();
  });

  test('keeps what an update replaces, and what a deletion removes', async () => {
    const [first] = await deployed(world, policies(RETAIN_EXCEPT_ON_CREATE, RETAIN, '1'));
    const [, second] = await deployed(world, policies(RETAIN_EXCEPT_ON_CREATE, RETAIN, '2'));
    expect(await deleted(world)).toEqual([first, second]);
    expectUsable();
  });

  test('keeps what is removed from the template', async () => {
    const [model] = await deployed(world, policies(RETAIN_EXCEPT_ON_CREATE, RETAIN, '1'));
    expect(await deployed(world, { dataset: { removalPolicy: RemovalPolicy.RETAIN }, model: false })).toEqual([model]);
    expect(await deleted(world)).toEqual([model]);
  });
});

describe('what was retained, and returns to the stack,', () => {
  const KEEPING = all(RemovalPolicy.RETAIN, '1');

  /** A deployment that takes up what is there: it trains nothing, and goes on at once. */
  async function takenUp(props: RetailProps, trainings: number): Promise<void> {
    const took = await untilNow(async () => {
      const outcome = await world.deploy(props);
      expect(world.reasons(outcome)).toBe('');
      return outcome;
    });
    expect(took).toBeLessThan(MINUTE);
    expect(world.trainings).toBe(trainings);
  }

  test('after it was replaced is taken up, and what replaced it stays, too', async () => {
    const [first] = await deployed(world, all(RemovalPolicy.RETAIN, '1'));
    const [, second] = await deployed(world, all(RemovalPolicy.RETAIN, '2'));
    await takenUp(all(RemovalPolicy.RETAIN, '1'), 2);
    expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(first);

    await takenUp(all(RemovalPolicy.RETAIN, '2'), 2);
    expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(second);
    expect(models(world)).toEqual([first, second]);
  });

  test.each([[false], [true]])('when the whole library had left it is taken up with its dataset and the roles they need, encrypted: %s', async (encrypted) => {
    await deployed(world, { ...KEEPING, encrypted });
    const before = world.held();
    expect((await world.deploy({ ...KEEPING, encrypted }, ({ Resources }) => {
      for (const [id, { Type }] of Object.entries(Resources)) if (!/^AWS::(S3|Glue|KMS)::/.test(Type)) delete Resources[id];
    })).status).toBe('UPDATE_COMPLETE');
    expect(world.held()).toEqual({ ...before, policies: [] });
    await expectPermissions();

    await takenUp({ ...KEEPING, encrypted }, 2);
    expect(world.held()).toEqual({ ...before, policies: [expect.any(String)] });
    await expectPermissions();
    expect(world.reasons(await world.delete())).toBe('');
    expect(world.held()).toEqual({ ...before, policies: [] });
    expectUsable();
  });

  test('has its tags back if others took them off', async () => {
    await deployed(world, KEEPING);
    const [{ arn: resourceArn, tags }] = world.service.audienceModels();
    await world.deploy({ ...KEEPING, model: false });
    await world.service.untagResource(world.otherHands, { resourceArn, tagKeys: Object.keys(tags) });

    await takenUp(KEEPING, 1);
    expect(world.service.audienceModels()).toMatchObject([{ arn: resourceArn, tags: { ...tags, [OwnershipTag.IDENTITY]: expect.stringMatching(/^retained:/) } }]);
  });

  test('is trained anew if others deleted it meanwhile', async () => {
    await deployed(world, { ...KEEPING, configured: {} });
    const [audienceModelArn] = models(world);
    await deployed(world, { ...KEEPING, model: false });
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn });
    await world.clock.sleep(10 * MINUTE);

    expect(await deployed(world, { ...KEEPING, configured: {} })).toHaveLength(1);
    expect(world.trainings).toBe(2);
  });

  describe('under a name of its own', () => {
    const named = (generation: string): RetailProps => ({ ...KEEPING, model: { ...KEEPING.model, generation, audienceModelName: 'buyers' }, configured: {} });

    test('is taken up', async () => {
      await deployed(world, named('1'));
      await deployed(world, { ...KEEPING, model: false });
      await takenUp(named('1'), 1);
    });

    test('is in the way of another, which is refused with the reason; it stays as it is', async () => {
      const [model] = await deployed(world, named('1'));
      await deployed(world, { ...KEEPING, model: false });
      const [{ tags }] = world.service.audienceModels();

      const refused = await world.deploy(named('2'));
      expect(world.reasons(refused)).toMatch(/audience model buyers, and the new one cannot have the name of the old: change audienceModelName too/);
      expect(refused.status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(world.trainings).toBe(1);
      expect(world.service.audienceModels()).toMatchObject([{ arn: model, tags }]);
      expect(await deleted(world)).toEqual([model]);
    });
  });

  test('by a rollback, which kept what RETAIN was not said of, stays from then on', async () => {
    const dataset = { removalPolicy: RemovalPolicy.RETAIN };
    await deployed(world, { dataset });
    expect((await world.deploy({ dataset, model: { generation: '2' }, more: (retail) => failing(retail, retail.configured) })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await takenUp({ dataset, model: { generation: '2', removalPolicy: RemovalPolicy.RETAIN } }, 2);
    expect(marks()).toEqual([expect.stringMatching(/^retained:/)]);

    expect(await deleted(world)).toHaveLength(1);
  });

  test('after an update that trained it failed late is taken up', async () => {
    const [first] = await deployed(world, all(RemovalPolicy.RETAIN, '1'));
    const failed = await world.deploy({ ...all(RemovalPolicy.RETAIN, '2'), more: (retail) => failing(retail, retail.configured) });
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(first);
    expect(models(world)).toEqual([first, expect.any(String)]);

    await takenUp(all(RemovalPolicy.RETAIN, '2'), 2);
  });
});

/** Others can train with the dataset that is there, and write where the configured model does: nothing that their roles need has gone. */
async function expectPermissions(): Promise<void> {
  const { service, otherHands, clock } = world;
  const [{ arn: trainingDatasetArn }] = service.trainingDatasets();
  const { audienceModelArn } = await service.createAudienceModel(otherHands, { name: 'theirs', trainingDatasetArn });
  const [{ arn: configuredAudienceModelArn, outputConfig }] = service.configuredAudienceModels();
  await service.updateConfiguredAudienceModel(otherHands, { configuredAudienceModelArn, outputConfig });
  await clock.sleep(10 * MINUTE);
  expect(await service.getAudienceModel(otherHands, { audienceModelArn })).toMatchObject({ status: 'ACTIVE' });
  await service.deleteAudienceModel(otherHands, { audienceModelArn });
  await clock.sleep(10 * MINUTE);
}

/** The roles of what is there are there. */
function expectUsable(): void {
  const roles = world.aws.iam.roles().map(({ arn }) => arn);
  for (const { request } of world.service.trainingDatasets()) expect(roles).toContain(request.roleArn);
  for (const { outputConfig } of world.service.configuredAudienceModels()) expect(roles).toContain(outputConfig.roleArn);
}

test('where nobody may write tags, what was kept and is to be retained fails, is rolled back, and is taken up later', async () => {
  const dataset = { removalPolicy: RemovalPolicy.RETAIN };
  const second = (removalPolicy: RemovalPolicy, more?: RetailProps['more']): RetailProps =>
    ({ configured: false, dataset, model: { generation: '2', removalPolicy }, more });
  await deployed(world, { configured: false, dataset });
  const kept = await world.deploy(second(RemovalPolicy.DESTROY, (retail) => failing(retail, retail.model)));
  expect(kept.status).toBe('UPDATE_ROLLBACK_COMPLETE');

  const grant = world.refuse('TagResource');
  const refused = await world.deploy(second(RemovalPolicy.RETAIN));
  expect(world.reasons(refused)).toMatch(/TagResource: ValidationException/);
  expect(refused.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  grant();
  expect(await deployed(world, second(RemovalPolicy.DESTROY))).toHaveLength(1);
  expect(world.trainings).toBe(2);
});
