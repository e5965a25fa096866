import { Duration } from 'aws-cdk-lib';
import { failing, retail, RetailProps } from './retail';
import { permissionsOf, without } from './statements';
import { at, DAY, expectNothingLeft, expectNoSecrets, goingOn, HOUR, longest, MINUTE, running, trainingOf } from './trainings';
import { NOTHING, STACK, World, WorldOptions } from './world';
import type { CustomResourceEvent, Task } from '../../lambda/events';
import { AwsError } from '../../local-aws/aws';
import type { Settings } from '../../local-aws/cleanroomsml/settings';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { CallFault, FunctionCall } from '../../local-aws/lambda/in-process/surroundings';
import type { UrlStyle } from '../../local-aws/s3/custom-resource-responses';
import { TrainingWait } from '../../src';

/* One request, one execution: whatever happens to a request on its way, it is answered, once, and what is late changes nothing. */

const INSTANT: Partial<Settings> = { trainingQueueTime: 0, trainingTime: 0, deletionQueueTime: 0, deletionTime: 0 };
const SECOND = 1_000;
const CUSTOM = /^Custom::/;

const functions = new InProcessFunctions();
let world: World;
/** All that CloudFormation asked for, as it was first handed to Lambda. */
let requests: CustomResourceEvent[];
/** What S3 took, by the ids of the requests. */
let answers: Map<string, Set<string>>;

async function start(settings: Partial<Settings> = {}, options: WorldOptions = {}): Promise<void> {
  world = await World.start({ ...INSTANT, ...settings }, functions, options);
  requests = [];
  answers = new Map();
  const { lambda, s3: { responses } } = world.aws;
  const put = responses.put.bind(responses);
  responses.put = (path, query, body, contentType) => {
    put(path, query, body, contentType);
    const id = decodeURIComponent(path.slice(1));
    answers.set(id, (answers.get(id) ?? new Set()).add(body.toString()));
  };
  const invokeAsync = lambda.invokeAsync.bind(lambda);
  lambda.invokeAsync = (name, payload) => {
    const request = payload as CustomResourceEvent;
    if (!requests.some(({ ResponseURL }) => ResponseURL === request.ResponseURL)) requests.push(request);
    invokeAsync(name, payload);
  };
}

afterEach(async () => {
  functions.fault = undefined;
  await world.close();
});
afterAll(async () => functions.close());

/** Every execution that ended by itself has answered, and left no secret. */
function expectAnswers(): void {
  const ended = world.executions().filter(({ status }) => status !== 'ABORTED' && status !== 'RUNNING');
  const silent = ended.filter(({ input }) => !answers.has(idOf(JSON.parse(input).Event)));
  expect(silent.map(({ name }) => name)).toEqual([]);
  expectNoSecrets(world);
}

/** Those that failed, but for the last of a stack, whose state machine goes as soon as it has answered. */
function failures(): string[] {
  const isLast = /^State machine \S+ has been deleted/;
  return world.executions().filter(({ status, cause = '' }) => status !== 'SUCCEEDED' && !isLast.test(cause)).map(({ name }) => name);
}

async function expectEnd(): Promise<void> {
  expect(world.reasons(await world.delete())).toBe('');
  expect(world.aws.cloudFormation.allStacks().at(-1)?.status).toBe('DELETE_COMPLETE');
  await world.clock.sleep(MINUTE);
  expectNothingLeft(world);
  expectAnswers();
}

function idOf({ StackId, LogicalResourceId, RequestId }: CustomResourceEvent): string {
  return `${StackId}|${LogicalResourceId}|${RequestId}`;
}

/** The request once more, as Lambda or CloudFormation deliver it. */
function deliver(request: CustomResourceEvent): boolean {
  const functionArn = String(request.ResourceProperties.ServiceToken);
  try {
    world.aws.lambda.getFunction(functionArn);
  } catch {
    // The stack is gone, and with it the function.
    return false;
  }
  world.aws.lambda.invokeAsync(functionArn, request);
  return true;
}

function signedAnew(request: CustomResourceEvent, style: UrlStyle): CustomResourceEvent {
  return { ...request, ResponseURL: world.aws.s3.responses.signedAnew(idOf(request), style) };
}

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
  beforeEach(async () => start({}, { cloudFormationSettings: { responseUrls } }));

  test('a stack comes, changes, goes back and goes', async () => {
    expect(world.reasons(await world.deploy())).toBe('');
    expect((await world.deploy({ model: { generation: '2' } })).status).toBe('UPDATE_COMPLETE');
    const before = world.held();
    const back = await world.deploy({ model: { generation: '3' }, more: (chain) => failing(chain, chain.configured) });
    expect(back.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.held({ butForKept: true })).toEqual(before);
    expect(world.kept()).toHaveLength(1);
    expect(world.trainings).toBe(3);
    await expectEnd();
  });

  test.each<[string, number, (request: CustomResourceEvent) => CustomResourceEvent]>([
    ['at once', 0, (request) => request],
    ['after a second', SECOND, (request) => request],
    ['signed anew at once', 0, (request) => signedAnew(request, responseUrls)],
    ['signed anew after a second', SECOND, (request) => signedAnew(request, responseUrls)],
  ])('every request that is delivered twice, %s, is one execution and one training', async (_, delay, again) => {
    const { lambda } = world.aws;
    const invokeAsync = lambda.invokeAsync.bind(lambda);
    const made = new Set<string>();
    lambda.invokeAsync = (name, payload) => {
      invokeAsync(name, payload);
      const request = payload as CustomResourceEvent;
      if (made.has(request.RequestId)) return;
      made.add(request.RequestId);
      void world.clock.sleep(delay).then(() => deliver(again(request)));
    };

    expect(world.reasons(await world.deploy())).toBe('');
    expect(world.reasons(await world.deploy({ model: { generation: '2' } }))).toBe('');
    expect(world.trainings).toBe(2);
    expect(world.held().audienceModels).toHaveLength(1);
    await expectEnd();
    expect(world.executions()).toHaveLength(made.size);
  });

  describe.each([['3 minutes', 3 * MINUTE], ['100 minutes', 100 * MINUTE]])('a request that comes %s after its operation', (_, late) => {
    let known: number;
    beforeEach(() => { known = 0; });

    /** All requests of the last operation come again: they change nothing and say so. */
    async function expectNothing(): Promise<void> {
      await world.clock.sleep(late);
      const [before, executions, logged] = [state(), world.executions().length, lines('it is late').length];
      const again = requests.slice(known);
      known = requests.length;
      for (const request of again) deliver(request);
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
      await expectEnd();
    });

    test('was rolled back changes nothing, and says so in the log', async () => {
      await world.deploy();
      known = requests.length;
      await world.deploy({ model: { generation: '2' }, features: ['country'], more: (chain) => failing(chain, chain.configured) });
      await expectNothing();
      expect(await world.deploy()).toMatchObject({ changed: false });
      await expectEnd();
    });

    test('failed and was rolled back changes nothing, and says so in the log', async () => {
      await world.deploy({ more: (chain) => failing(chain, chain.configured) });
      expect(world.held()).toEqual(NOTHING);
      // The function went with the stack's other resources.
      expect(requests.map(deliver)).not.toContain(true);
      await world.clock.sleep(5 * MINUTE);
      expect(world.held()).toEqual(NOTHING);
      expectAnswers();
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
      const before = [...requests];
      Object.assign(world.service.settings, trainingOf(40 * MINUTE));

      const deployment = world.deploy(props);
      while (world.trainings < 3) await world.clock.sleep(SECOND);
      for (const request of before) deliver(request);
      const { status } = await deployment;

      expect(lines('it is late')).toHaveLength(before.length);
      expect(status).toBe(props.more ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE');
      expect(world.trainings).toBe(3);
      expect(world.held().audienceModels).toHaveLength(1 + world.kept().length);
      expect(world.kept()).toHaveLength(props.more ? 1 : 0);
      await expectEnd();
    });

    test('all requests of an update come again in its own rollback, and are late', async () => {
      await world.deploy();
      const held = world.held();
      const created = requests.length;
      await world.clock.sleep(10 * MINUTE);
      Object.assign(world.service.settings, trainingOf(40 * MINUTE), { deletionQueueTime: MINUTE, deletionTime: 5 * MINUTE });

      const deployment = world.deploy({ model: { generation: '2' } });
      while (world.trainings < 2) await world.clock.sleep(SECOND);
      await world.clock.sleep(20 * MINUTE);
      const ofTheUpdate = requests.slice(created);
      world.aws.cloudFormation.cancelUpdate(STACK);
      await world.clock.sleep(30 * SECOND);
      for (const request of ofTheUpdate) deliver(request);

      expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(world.trainings).toBe(2);
      expect(world.held()).toEqual(held);
      await expectEnd();
    });
  }
});

describe.each([true, false])('where a rollback has a time of its own: %s,', (rollbackMovesTime) => {
  test('what is under way when it begins is answered, and all goes back', async () => {
    await start({}, { cloudFormationSettings: { rollbackMovesTime }, executionListLag: 30 * SECOND });
    await world.deploy();
    const held = world.held();
    Object.assign(world.service.settings, trainingOf(20 * HOUR));

    const deployment = world.deploy({ model: { generation: '2' } });
    while (world.trainings < 2) await world.clock.sleep(SECOND);
    await world.clock.sleep(HOUR);
    world.aws.cloudFormation.cancelUpdate(STACK);

    expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.held()).toEqual(held);
    expect(await goingOn(world)).toEqual([]);
    await expectEnd();
  });
});

describe('where a deployment that is retried uses the ids of its requests again', () => {
  beforeEach(async () => start({}, { cloudFormationSettings: { reusesRequestIds: true } }));

  function expectReuse(): void {
    expect(new Set(requests.map(idOf)).size).toBeLessThan(requests.length);
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
    await expectEnd();
  });

  test('every other deployment takes effect', async () => {
    await world.deploy({ configured: { minMatchingSeedSize: 25 } });
    for (const minMatchingSeedSize of [1_000, 25, 1_000]) {
      expect(world.reasons(await world.deploy({ configured: { minMatchingSeedSize } }))).toBe('');
      expect(world.service.configuredAudienceModels()).toMatchObject([{ minMatchingSeedSize }]);
    }
    expectReuse();
    await expectEnd();
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

    await expectEnd();

    expectReuse();
    expect(world.clock.now() - begun).toBeLessThan(5 * MINUTE);
  });
});

/** What works at a call: one request at its entry, or one task. */
function who({ invocation: { payload } }: FunctionCall): { readonly does: 'ENTRY' | Task['Do']; readonly request: string } {
  const { Do, Data, ...event } = JSON.parse(payload) as Task & CustomResourceEvent;
  return Do === undefined ? { does: 'ENTRY', request: event.RequestId } : { does: Do, request: Data.Event.RequestId };
}

/** The first so many of these calls of each request meet with a fault. */
function strike(does: 'ENTRY' | Task['Do'], operation: string, fault: CallFault, times = 1): { readonly count: () => number } {
  const met = new Map<string, number>();
  functions.fault = (call) => {
    const { does: doing, request } = who(call);
    const count = met.get(request) ?? 0;
    if (doing !== does || call.operation !== operation || count >= times) return undefined;
    met.set(request, count + 1);
    return fault;
  };
  return { count: () => [...met.values()].reduce((sum, count) => sum + count, 0) };
}

describe('a function that dies', () => {
  beforeEach(async () => start({ namesUnique: false, listLag: 20 * SECOND }));

  test.each<['ENTRY' | Task['Do'], string, CallFault]>([
    ['ENTRY', 'DescribeStacks', 'killed-before'],
    ['ENTRY', 'StartExecution', 'killed-before'],
    ['ENTRY', 'StartExecution', 'killed-after'],
    ['STEP', 'DescribeStacks', 'killed-before'],
    ['STEP', 'CreateTrainingDataset', 'killed-after'],
    ['STEP', 'CreateAudienceModel', 'killed-before'],
    ['STEP', 'CreateAudienceModel', 'killed-after'],
    ['STEP', 'CreateConfiguredAudienceModel', 'killed-after'],
    ['STEP', 'PutConfiguredAudienceModelPolicy', 'killed-after'],
    ['STEP', 'UpdateConfiguredAudienceModel', 'killed-after'],
    ['STEP', 'DeleteAudienceModel', 'killed-after'],
    ['ANSWER', 'PUT', 'killed-before'],
    ['ANSWER', 'PUT', 'killed-after'],
    ['TRAIN', 'GetAudienceModel', 'killed-before'],
    ['TRAIN', 'SignalResource', 'killed-before'],
    ['TRAIN', 'SignalResource', 'killed-after'],
  ])('at %s, %s: %s, is called again, and nothing is lost or made twice', async (does, operation, fault) => {
    Object.assign(world.service.settings, trainingOf(2 * HOUR));
    const struck = strike(does, operation, fault);

    expect(world.reasons(await world.deploy())).toBe('');
    expect(world.reasons(await world.deploy({ model: { generation: '2' }, configured: { minMatchingSeedSize: 1_000 } }))).toBe('');
    expect(world.trainings).toBe(2);
    expect(world.held()).toMatchObject({
      trainingDatasets: [expect.any(String)], audienceModels: [expect.stringMatching(/ ACTIVE$/)], configuredAudienceModels: [expect.any(String)],
    });
    expect(longest(world.events(), CUSTOM)).toBeLessThan(HOUR);
    // A deletion stops what has not ended.
    await world.clock.sleep(MINUTE);
    await expectEnd();
    expect(struck.count()).toBeGreaterThan(0);
    expect(world.executions()).toHaveLength(requests.length);
    expect(failures()).toEqual([]);
  });

  test('in every step is answered for before CloudFormation gives up', async () => {
    functions.fault = (call) => (who(call).does === 'STEP' ? 'killed-before' : undefined);

    const failed = await world.deploy({}, undefined, { rollback: false });

    expect(world.reasons(failed)).toMatch(/^Interactions\w+: .*Message returned: the handler could not be run \(Runtime\.ExitError\) \(See the details in CloudWatch Log Stream: /);
    expect(longest(world.events(), CUSTOM)).toBeLessThan(HOUR);
    functions.fault = undefined;
    await expectEnd();
  });
});

describe('a Lambda that is busy', () => {
  beforeEach(async () => start());

  test('for a few minutes, whatever it is to do, loses nothing', async () => {
    Object.assign(world.service.settings, trainingOf(2 * HOUR));
    const { lambda } = world.aws;
    const invoke = lambda.invoke.bind(lambda);
    const refused = new Map<string, number>();
    lambda.invoke = async (name, payload) => {
      const { Do, Execution } = payload as Task;
      const key = `${Do} ${Execution}`;
      refused.set(key, (refused.get(key) ?? 0) + 1);
      if (refused.get(key)! <= 2) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
      return invoke(name, payload);
    };
    // What CloudFormation hands over waits in Lambda's queue.
    const invokeAsync = lambda.invokeAsync.bind(lambda);
    lambda.invokeAsync = (...request) => void world.clock.sleep(4 * MINUTE).then(() => invokeAsync(...request));

    expect(world.reasons(await world.deploy())).toBe('');
    expect(world.trainings).toBe(1);
    await expectEnd();
    expect(failures()).toEqual([]);
  });
});

describe('StartExecution', () => {
  beforeEach(async () => start());

  test.each(['creation', 'update'])('that is denied for good fails a %s at the third attempt, with the reason', async (operation) => {
    const props: RetailProps = { dataset: { tags: { a: '1' } }, model: false };
    if (operation === 'update') await world.deploy({ model: false });
    const assembly = await world.synthesize((stack) => retail(stack, props));
    const taken = permissionsOf(assembly).filter(({ action }) => action === 'states:StartExecution');
    expect(taken).toHaveLength(1);

    const failed = await world.deployTemplate(assembly, without(taken), { rollback: operation === 'update' });

    const [{ reason }] = failed.failures;
    expect(reason).toMatch(/Message returned: StartExecution: AccessDenied.* is not authorized to perform: states:StartExecution .*\(See the details in CloudWatch Log Stream: /);
    expect(longest(world.events(), CUSTOM)).toBeGreaterThan(3 * MINUTE);
    expect(longest(world.events(), CUSTOM)).toBeLessThan(6 * MINUTE);
    expect(world.trainings).toBe(0);
    if (operation === 'creation') return;
    // The way back gives the permission back first.
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.reasons(await world.deploy(props))).toBe('');
    await expectEnd();
  });

  test.each<[string, CallFault, number]>([
    ['throttled', 'throttled', 12],
    ['out of reach', 'reset-before', 12],
    ['answered by nobody', 'reset-after', 1],
  ])('that is %s is made again', async (_, fault, times) => {
    strike('ENTRY', 'StartExecution', fault, times);

    expect(world.reasons(await world.deploy())).toBe('');
    expect(world.trainings).toBe(1);
    await expectEnd();
    expect(world.executions()).toHaveLength(requests.length);
  });
});

describe('an answer', () => {
  beforeEach(async () => start());

  test.each<[string, CallFault]>([['refused', 'unavailable'], ['not delivered', 'reset-before'], ['delivered, and nobody learns it', 'reset-after']])(
    'that is %s three times is sent again, word for word', async (_, fault) => {
      const struck = strike('ANSWER', 'PUT', fault, 3);

      expect(world.reasons(await world.deploy())).toBe('');
      expect(longest(world.events(), CUSTOM)).toBeLessThan(2 * MINUTE);
      await world.clock.sleep(MINUTE);
      expect(struck.count()).toBe(3 * requests.length);
      expect(failures()).toEqual([]);
      await expectEnd();
      expect([...answers.values()].map(({ size }) => size)).toEqual(requests.map(() => 1));
    });

  test('that fails is one sentence and where to read more', async () => {
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'CreateTrainingDataset') throw new AwsError('ValidationException', 'no such thing');
    };

    const failed = await world.deploy();

    expect(world.reasons(failed)).toMatch(new RegExp('^Interactions\\w+: Received response status \\[FAILED\\] from custom resource\\. Message returned: '
      + 'CreateTrainingDataset: ValidationException: no such thing \\(See the details in CloudWatch Log Stream: \\[\\$LATEST\\]\\w+\\) \\(RequestId: [\\w-]+\\)$', 'm'));
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
    expectAnswers();
  });
});

describe('an execution that somebody stops, where EventBridge tells nobody', () => {
  beforeEach(async () => {
    await start();
    world.aws.events.emit = () => undefined;
  });

  function stop(name: RegExp): void {
    const found = world.executions().filter((execution) => execution.status === 'RUNNING' && name.test(execution.name));
    expect(found).toHaveLength(1);
    world.aws.states.stopExecution(found[0].arn, undefined, 'somebody');
  }

  test('before it answers: the request is answered with a failure when it comes again', async () => {
    const { quotas } = world.service.settings;
    world.service.settings.quotas = { ...quotas, trainingDatasets: 0 };
    const deployment = world.deploy({}, undefined, { rollback: false });
    while (world.executions().length === 0) await world.clock.sleep(1_000);
    await world.clock.sleep(5 * MINUTE);
    stop(/^Create-Interactions/);
    await world.clock.sleep(MINUTE);
    deliver(signedAnew(requests[0], 'sigv4'));
    deliver(requests[0]);

    const failed = await deployment;
    expect(world.reasons(failed)).toMatch(/^Interactions\w+: .*its execution Create-Interactions\S+ has ABORTED already/);
    expect(longest(world.events(), CUSTOM)).toBeLessThan(10 * MINUTE);
    world.service.settings.quotas = quotas;
    await expectEnd();
  });

  test('before it answers, and nobody asks again: CloudFormation gives up after an hour, and the next deployment works', async () => {
    const { quotas } = world.service.settings;
    world.service.settings.quotas = { ...quotas, trainingDatasets: 0 };
    const deployment = world.deploy({}, undefined, { rollback: false });
    while (world.executions().length === 0) await world.clock.sleep(1_000);
    await world.clock.sleep(5 * MINUTE);
    stop(/^Create-Interactions/);

    expect(world.reasons(await deployment)).toMatch(/^Interactions\w+: CloudFormation did not receive a response/);
    world.service.settings.quotas = quotas;
    await expectEnd();
    expect(world.reasons(await world.deploy())).toBe('');
    await expectEnd();
  });

  test('while it trains: the deployment fails when the window is over, and leaves nothing', async () => {
    Object.assign(world.service.settings, trainingOf(20 * HOUR));
    const deployment = world.deploy();
    while (world.trainings < 1) await world.clock.sleep(SECOND);
    await world.clock.sleep(2 * HOUR);
    stop(/^Create-Model/);

    const failed = await deployment;
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
    expect(at(world.events(), /^Retail$/, 'ROLLBACK_COMPLETE') - world.service.trainingsStarted[0].time.getTime()).toBeLessThan(DAY / 2 + HOUR);
    expectNothingLeft(world);
    expectAnswers();
  });
});

describe('undisturbed, a chain whose training is instant', () => {
  beforeEach(async () => start());

  /** In seconds of the stack. */
  async function took(operation: () => Promise<StackOutcome>): Promise<number> {
    const begun = world.clock.now();
    const { stackId, status } = await operation();
    expect(status).toMatch(/^(CREATE|UPDATE|DELETE)_COMPLETE$/);
    return (at(world.events(stackId), /^Retail$/, status) - begun) / SECOND;
  }

  test('is created within 15 s, changed in place within 5 s, replaced within 20 s, and deleted within 25 s', async () => {
    const figures = {
      created: await took(async () => world.deploy()),
      changed: await took(async () => world.deploy({ configured: { minMatchingSeedSize: 1_000 }, model: { tags: { a: '1' } }, dataset: { tags: { a: '1' } } })),
      replaced: await took(async () => world.deploy({ features: ['country'] })),
      deleted: await took(async () => world.delete()),
    };

    expect(figures.created).toBeLessThanOrEqual(15);
    expect(figures.changed).toBeLessThanOrEqual(5);
    expect(figures.replaced).toBeLessThanOrEqual(20);
    expect(figures.deleted).toBeLessThanOrEqual(25);
    await world.clock.sleep(MINUTE);
    expectNothingLeft(world);
    expectAnswers();
  });
});
