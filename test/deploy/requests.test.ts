import { Duration } from 'aws-cdk-lib';
import { deliver, expectAnswers, expectEnd, idOf, NotingWorld, signedAnew, startNoting } from './requests';
import { failing, RetailProps } from './retail';
import { goingOn, HOUR, MINUTE, running, SECOND, trainingOf } from './trainings';
import { NOTHING, STACK } from './world';
import type { CustomResourceEvent } from '../../lambda/events';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { UrlStyle } from '../../local-aws/s3/custom-resource-responses';
import { TrainingWait } from '../../src';

/* One request, one execution: a request that comes twice, late or with an id that was used before is answered, once, and what is late changes nothing. */

const functions = new InProcessFunctions();

let world: NotingWorld;
afterEach(async () => world.close());
afterAll(async () => functions.close());

/** Everything that the service holds, and where it came from. */
function state(): unknown {
  const { service } = world;
  return structuredClone([
    service.trainingDatasets(), service.audienceModels(), service.configuredAudienceModels(), service.policies(), world.trainings,
  ]);
}

function lines(text: string): string[] {
  return world.logs().split('\n').filter((line) => line.includes(text));
}

describe.each<UrlStyle>(['sigv4', 'sigv2', 'undated'])('where the URLs of answers are %s,', (responseUrls) => {
  beforeEach(async () => { world = await startNoting(functions, {}, { cloudFormationSettings: { responseUrls } }); });

  test('a stack comes, changes, goes back and goes', async () => {
    expect(world.reasons(await world.deploy())).toBe('');
    expect((await world.deploy({ model: { generation: '2' } })).status).toBe('UPDATE_COMPLETE');
    const before = world.held();
    const back = await world.deploy({ model: { generation: '3' }, more: (chain) => failing(chain, chain.configured) });
    expect(back.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.held({ butForKept: true })).toEqual(before);
    expect(world.kept()).toHaveLength(1);
    expect(world.trainings).toBe(3);
    await expectEnd(world);
  });

  test.each<[string, number, (request: CustomResourceEvent) => CustomResourceEvent]>([
    ['at once', 0, (request) => request],
    ['after a second', SECOND, (request) => request],
    ['signed anew at once', 0, (request) => signedAnew(world, request, responseUrls)],
    ['signed anew after a second', SECOND, (request) => signedAnew(world, request, responseUrls)],
  ])('every request that is delivered twice, %s, is one execution and one training', async (_, delay, again) => {
    const { lambda } = world.aws;
    const invokeAsync = lambda.invokeAsync.bind(lambda);
    const made = new Set<string>();
    lambda.invokeAsync = (name, payload) => {
      invokeAsync(name, payload);
      const request = payload as CustomResourceEvent;
      if (made.has(request.RequestId)) return;
      made.add(request.RequestId);
      void world.clock.sleep(delay).then(() => deliver(world, again(request)));
    };

    expect(world.reasons(await world.deploy())).toBe('');
    expect(world.reasons(await world.deploy({ model: { generation: '2' } }))).toBe('');
    expect(world.trainings).toBe(2);
    expect(world.held().audienceModels).toHaveLength(1);
    await expectEnd(world);
    expect(world.executions()).toHaveLength(made.size);
  });

  describe.each([['3 minutes', 3 * MINUTE], ['100 minutes', 100 * MINUTE]])('a request that comes %s after its operation', (_, late) => {
    let known: number;
    beforeEach(() => { known = 0; });

    /** All requests of the last operation come again: they change nothing and say so. */
    async function expectNothing(): Promise<void> {
      await world.clock.sleep(late);
      const [before, executions, logged] = [state(), world.executions().length, lines('it is late').length];
      const again = world.requests.slice(known);
      known = world.requests.length;
      for (const request of again) deliver(world, request);
      await world.clock.sleep(5 * MINUTE);

      expect(again.length).toBeGreaterThan(3);
      expect(state()).toEqual(before);
      expect(world.executions()).toHaveLength(executions);
      expect(lines('it is late')).toHaveLength(logged + again.length);
      expect(running(world)).toEqual([]);
    }

    test('was completed changes nothing, and says so in the log', async () => {
      await world.deploy();
      await expectNothing();
      await world.deploy({ model: { generation: '2' } });
      await expectNothing();
      await expectEnd(world);
    });

    test('was rolled back changes nothing, and says so in the log', async () => {
      await world.deploy();
      known = world.requests.length;
      await world.deploy({ model: { generation: '2' }, features: ['country'], more: (chain) => failing(chain, chain.configured) });
      await expectNothing();
      expect(await world.deploy()).toMatchObject({ changed: false });
      await expectEnd(world);
    });

    test('failed and was rolled back changes nothing, and says so in the log', async () => {
      await world.deploy({ more: (chain) => failing(chain, chain.configured) });
      expect(world.held()).toEqual(NOTHING);
      // The function went with the stack's other resources.
      expect(world.requests.map((request) => deliver(world, request))).not.toContain(true);
      await world.clock.sleep(5 * MINUTE);
      expect(world.held()).toEqual(NOTHING);
      expectAnswers(world);
    });
  });

  // Where nothing tells when a request was made, what comes in the middle of the same kind of request for the same resource passes for it.
  if (responseUrls !== 'undated') {
    test.each<[string, RetailProps]>([
      ['an update', { model: { generation: '3', trainingWait: TrainingWait.upTo(Duration.days(2)) } }],
      ['an update that goes back', {
        model: { generation: '3', trainingWait: TrainingWait.upTo(Duration.days(2)) }, more: (chain) => failing(chain, chain.configured),
      }],
    ])('all requests of the operations before come again in %s, and are late', async (_, props) => {
      await world.deploy();
      await world.deploy({ model: { generation: '2' } });
      await world.clock.sleep(10 * MINUTE);
      const before = [...world.requests];
      Object.assign(world.service.settings, trainingOf(40 * MINUTE));

      const deployment = world.deploy(props);
      await world.until(() => world.trainings >= 3);
      for (const request of before) deliver(world, request);
      const { status } = await deployment;

      expect(lines('it is late')).toHaveLength(before.length);
      expect(status).toBe(props.more ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE');
      expect(world.trainings).toBe(3);
      expect(world.held().audienceModels).toHaveLength(1 + world.kept().length);
      expect(world.kept()).toHaveLength(props.more ? 1 : 0);
      await expectEnd(world);
    });

    test('all requests of an update come again in its own rollback, and are late', async () => {
      await world.deploy();
      const held = world.held();
      const created = world.requests.length;
      await world.clock.sleep(10 * MINUTE);
      Object.assign(world.service.settings, trainingOf(40 * MINUTE), { deletionQueueTime: MINUTE, deletionTime: 5 * MINUTE });

      const deployment = world.deploy({ model: { generation: '2' } });
      await world.until(() => world.trainings >= 2);
      await world.clock.sleep(20 * MINUTE);
      const ofTheUpdate = world.requests.slice(created);
      world.aws.cloudFormation.cancelUpdate(STACK);
      await world.clock.sleep(30 * SECOND);
      for (const request of ofTheUpdate) deliver(world, request);

      expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(world.trainings).toBe(2);
      expect(world.held()).toEqual(held);
      await expectEnd(world);
    });
  }
});

describe.each([true, false])('where a rollback has a time of its own: %s,', (rollbackMovesTime) => {
  test('what is under way when it begins is answered, and all goes back', async () => {
    world = await startNoting(functions, {}, { cloudFormationSettings: { rollbackMovesTime }, executionLag: 30 * SECOND });
    await world.deploy();
    const held = world.held();
    Object.assign(world.service.settings, trainingOf(20 * HOUR));

    const deployment = world.deploy({ model: { generation: '2' } });
    await world.until(() => world.trainings >= 2);
    await world.clock.sleep(HOUR);
    world.aws.cloudFormation.cancelUpdate(STACK);

    expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.held()).toEqual(held);
    expect(await goingOn(world)).toEqual([]);
    await expectEnd(world);
  });
});

describe('where a deployment that is retried uses the ids of its requests again', () => {
  beforeEach(async () => { world = await startNoting(functions, {}, { cloudFormationSettings: { reusesRequestIds: true } }); });

  function expectReuse(): void {
    expect(new Set(world.requests.map(idOf)).size).toBeLessThan(world.requests.length);
  }

  test('an update trains, and somebody signals', async () => {
    await world.deploy();
    const failed = await world.deploy({ model: { generation: '2' }, more: (chain) => failing(chain, chain.configured) });
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    Object.assign(world.service.settings, trainingOf(20 * HOUR));

    expect(world.reasons(await world.deploy({ model: { generation: '3' } }))).toBe('');

    expectReuse();
    expect(world.trainings).toBe(3);
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
    await expectEnd(world);
  });

  test('every other deployment takes effect', async () => {
    await world.deploy({ configured: { minMatchingSeedSize: 25 } });
    for (const minMatchingSeedSize of [1_000, 25, 1_000]) {
      expect(world.reasons(await world.deploy({ configured: { minMatchingSeedSize } }))).toBe('');
      expect(world.service.configuredAudienceModels()).toMatchObject([{ minMatchingSeedSize }]);
    }
    expectReuse();
    await expectEnd(world);
  });

  test('a deletion that failed works at the second try, although the stack has the time of the first', async () => {
    await world.deploy();
    const [model] = world.service.audienceModels();
    const [{ outputConfig, request: { sharedAudienceMetrics } }] = world.service.configuredAudienceModels();
    const { configuredAudienceModelArn } = await world.service.createConfiguredAudienceModel(world.otherHands, {
      name: 'theirs', audienceModelArn: model.arn, outputConfig, sharedAudienceMetrics,
    });
    expect((await world.delete()).status).toBe('DELETE_FAILED');
    await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });
    const begun = world.clock.now();

    await expectEnd(world);

    expectReuse();
    expect(world.clock.now() - begun).toBeLessThan(5 * MINUTE);
  });
});
