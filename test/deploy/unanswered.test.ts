import { CUSTOM, expectAnswers, expectEnd, failures, NotingWorld, startNoting, strike, who, Work } from './requests';
import { retail, RetailProps } from './retail';
import { permissionsOf, without } from './statements';
import { HOUR, longest, MINUTE, SECOND, trainingOf } from './trainings';
import type { Task } from '../../lambda/events';
import { AwsError } from '../../local-aws/aws';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { CallFault } from '../../local-aws/lambda/in-process/surroundings';

/* Whatever fails between a request and its answer, the request is answered, once, and nothing is lost or made twice. */

const functions = new InProcessFunctions();

let world: NotingWorld;
afterEach(async () => {
  functions.fault = undefined;
  await world.close();
});
afterAll(async () => functions.close());

describe('a function that dies', () => {
  beforeEach(async () => { world = await startNoting(functions, { namesUnique: false, listLag: 20 * SECOND }); });

  test.each<[Work, string, CallFault]>([
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
    const struck = strike(functions, does, operation, fault);

    expect(world.reasons(await world.deploy())).toBe('');
    expect(world.reasons(await world.deploy({ model: { generation: '2' }, configured: { minMatchingSeedSize: 1_000 } }))).toBe('');
    expect(world.trainings).toBe(2);
    expect(world.held()).toMatchObject({
      trainingDatasets: [expect.any(String)], audienceModels: [expect.stringMatching(/ ACTIVE$/)], configuredAudienceModels: [expect.any(String)],
    });
    expect(longest(world.events(), CUSTOM)).toBeLessThan(HOUR);
    // A deletion stops what has not ended.
    await world.clock.sleep(MINUTE);
    await expectEnd(world);
    expect(struck.count()).toBeGreaterThan(0);
    expect(world.executions()).toHaveLength(world.requests.length);
    expect(failures(world)).toEqual([]);
  });

  test('in every step is answered for before CloudFormation gives up', async () => {
    functions.fault = (call) => (who(call).does === 'STEP' ? 'killed-before' : undefined);

    const failed = await world.deploy({}, undefined, { rollback: false });

    expect(world.reasons(failed)).toMatch(/^Interactions\w+: .*Message returned: the handler could not be run \(Runtime\.ExitError\) \(See the details in CloudWatch Log Stream: /);
    expect(longest(world.events(), CUSTOM)).toBeLessThan(HOUR);
    functions.fault = undefined;
    await expectEnd(world);
  });
});

describe('a Lambda that is busy', () => {
  beforeEach(async () => { world = await startNoting(functions); });

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
    await expectEnd(world);
    expect(failures(world)).toEqual([]);
  });
});

describe('StartExecution', () => {
  beforeEach(async () => { world = await startNoting(functions); });

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
    await expectEnd(world);
  });

  test.each<[string, CallFault, number]>([
    ['throttled', 'throttled', 12],
    ['out of reach', 'reset-before', 12],
    ['answered by nobody', 'reset-after', 1],
  ])('that is %s is made again', async (_, fault, times) => {
    strike(functions, 'ENTRY', 'StartExecution', fault, times);

    expect(world.reasons(await world.deploy())).toBe('');
    expect(world.trainings).toBe(1);
    await expectEnd(world);
    expect(world.executions()).toHaveLength(world.requests.length);
  });
});

describe('an answer', () => {
  beforeEach(async () => { world = await startNoting(functions); });

  test.each<[string, CallFault]>([['refused', 'unavailable'], ['not delivered', 'reset-before'], ['delivered, and nobody learns it', 'reset-after']])(
    'that is %s three times is sent again, word for word', async (_, fault) => {
      const struck = strike(functions, 'ANSWER', 'PUT', fault, 3);

      expect(world.reasons(await world.deploy())).toBe('');
      expect(longest(world.events(), CUSTOM)).toBeLessThan(2 * MINUTE);
      await world.clock.sleep(MINUTE);
      expect(struck.count()).toBe(3 * world.requests.length);
      expect(failures(world)).toEqual([]);
      await expectEnd(world);
      expect([...world.answers.values()].map(({ size }) => size)).toEqual(world.requests.map(() => 1));
    });

  test('that fails is one sentence and where to read more', async () => {
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'CreateTrainingDataset') throw new AwsError('ValidationException', 'no such thing');
    };

    const failed = await world.deploy();

    expect(world.reasons(failed)).toMatch(new RegExp('^Interactions\\w+: Received response status \\[FAILED\\] from custom resource\\. Message returned: '
      + 'CreateTrainingDataset: ValidationException: no such thing \\(See the details in CloudWatch Log Stream: \\[\\$LATEST\\]\\w+\\) \\(RequestId: [\\w-]+\\)$', 'm'));
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
    expectAnswers(world);
  });
});
