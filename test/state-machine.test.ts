import { Template } from 'aws-cdk-lib/assertions';
import { ACCOUNT, HANDLER, REGION, STATE_MACHINE, testDataset, testModel, testStack } from './fixtures';
import { definitionIn, faultsOfDefinition, State } from './machines';

interface Retry {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds?: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** How long a state waits between its tries, one after the other, in seconds. */
function pausesOf({ IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds = Infinity }: Retry): number[] {
  return Array.from({ length: MaxAttempts }, (_, index) => Math.min(IntervalSeconds * BackoffRate ** index, MaxDelaySeconds));
}

const sum = (numbers: number[]) => numbers.reduce((total, next) => total + next, 0);

describe('the state machine', () => {
  const stack = testStack();
  testModel(stack, { trainingDataset: testDataset(stack) });
  const template = Template.fromStack(stack);
  const definition = definitionIn(stack, STATE_MACHINE);
  const { States: states } = definition;
  const tasks = Object.entries(states).filter(([, { Type }]) => Type === 'Task');

  /** Where a state may lead, whether it succeeds or fails. */
  const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State & { Choices?: { Next: string }[]; Catch?: { Next: string }[] }) => (
    [Next, Default, ...[...Choices, ...Catch].map((one) => one.Next)].filter((next) => next !== undefined) as string[]
  );
  const reachableFrom = (name: string) => {
    const found = new Set(nextOf(states[name]));
    for (const next of found) for (const further of nextOf(states[next])) found.add(further);
    return found;
  };

  test('is valid in the Amazon States Language', () => {
    const Resource = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:handler`;
    const withArns = Object.fromEntries(tasks.map(([name, state]) => [name, { ...state, Resource }]));
    expect(faultsOfDefinition({ ...definition, States: { ...states, ...withArns } })).toBe('');
  });

  test('does steps until one says what to answer, answers once, and goes on with a training until that is over', () => {
    const transitions = Object.fromEntries(Object.entries(states).map(([name, { Type, Next, Choices, Default }]) => {
      const choices = (Choices as { StringEquals: string; Next: string }[] ?? []).map((choice) => `${choice.StringEquals}: ${choice.Next}`);
      return [name, [Type, ...choices, Next ?? Default].filter(Boolean)];
    }));
    expect((definition as unknown as { StartAt: string }).StartAt).toBe('TakesOver');
    expect(states.TakesOver).toEqual({ Type: 'Choice', Choices: [{ Variable: '$.State', IsPresent: true, Next: 'Train' }], Default: 'Step' });
    expect(transitions).toMatchObject({
      Step: ['Task', 'IsDone'],
      IsDone: ['Choice', 'WAIT: Wait', 'Answer'],
      Wait: ['Wait', 'Step'],
      Answer: ['Task', 'IsOver'],
      IsOver: ['Choice', 'TRAIN: Train', 'SUCCEED: Succeeded', 'Failed'],
      Train: ['Task', 'IsTraining'],
      IsTraining: ['Choice', 'WAIT: WaitForTraining', 'SUCCEED: Succeeded', 'Failed'],
      WaitForTraining: ['Wait', 'Train'],
      Succeeded: ['Succeed'],
      Failed: ['Fail'],
    });
  });

  test('decides by what the handler said, waits as long as it said, and fails with its reason', () => {
    for (const name of ['IsDone', 'IsOver', 'IsTraining']) {
      for (const { Variable } of states[name].Choices as { Variable: string }[]) expect(Variable).toBe('$.State.Next');
    }
    for (const [name, Next] of [['Wait', 'Step'], ['WaitForTraining', 'Train']]) {
      expect(states[name]).toEqual({ Type: 'Wait', SecondsPath: '$.State.Seconds', Next });
    }
    expect(states.Failed).toEqual({ Type: 'Fail', Error: 'RequestFailed', CausePath: '$.State.Cause' });
    expect(states.Succeeded).toEqual({ Type: 'Succeed' });
  });

  test('calls the one function, and tells it what to do, in which execution, since when, how often it failed at it, and all that is known', () => {
    expect(Object.fromEntries(tasks.map(([name, { Parameters, Resource, ResultPath }]) => [name, { Parameters, Resource, ResultPath }]))).toEqual(
      Object.fromEntries([['Step', '$.State'], ['Answer', '$'], ['Train', '$.State']].map(([name, ResultPath]) => [name, {
        Resource: HANDLER,
        ResultPath,
        Parameters: {
          'Do': name.toUpperCase(),
          'Execution.$': '$$.Execution.Name',
          'StartedAt.$': '$$.Execution.StartTime',
          'RetryCount.$': '$$.State.RetryCount',
          'Data.$': '$',
        },
      }])));
  });

  test('never ends without an answer, and never answers again', () => {
    // What is not caught ends an execution: before the answer everything is.
    expect(states.Step.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.Failure', Next: 'Answer' }]);
    expect([states.Answer.Catch, states.Train.Catch]).toEqual([undefined, undefined]);
    // Until then no state is an end but by way of the answer.
    const withoutAnswer = new Set(nextOf(states.Step));
    for (const next of withoutAnswer) if (next !== 'Answer') for (const further of nextOf(states[next])) withoutAnswer.add(further);
    expect([...withoutAnswer].sort()).toEqual(['Answer', 'IsDone', 'Step', 'Wait']);
    expect([...reachableFrom('Answer')].sort()).toEqual(['Failed', 'IsOver', 'IsTraining', 'Succeeded', 'Train', 'WaitForTraining']);
  });

  test('retries what failed after 75 s, when the one before is over and a list shows what it did, for less than CloudFormation\'s hour', () => {
    const retry = { ErrorEquals: ['States.ALL'], IntervalSeconds: 75, BackoffRate: 1, MaxAttempts: 24 };
    expect(states.Step.Retry).toEqual([retry]);
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 60 });
    expect(Math.min(...pausesOf(retry))).toBeGreaterThanOrEqual(60);
    expect(sum(pausesOf(retry)) + 24 * MINUTE).toBeLessThan(55 * MINUTE);
  });

  test('retries the answer soon, to the end of the hour', () => {
    const retry = { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, BackoffRate: 2, MaxDelaySeconds: 60, MaxAttempts: 60 };
    expect(states.Answer.Retry).toEqual([retry]);
    expect(pausesOf(retry).slice(0, 5)).toEqual([5, 10, 20, 40, 60]);
    expect(sum(pausesOf(retry))).toBeGreaterThan(55 * MINUTE);
  });

  test('retries a step of a training longer than any wait, and never pauses so long that a window ends meanwhile', () => {
    const retry = { ErrorEquals: ['States.ALL'], IntervalSeconds: 75, BackoffRate: 2, MaxDelaySeconds: 240, MaxAttempts: 2000 };
    expect(states.Train.Retry).toEqual([retry]);
    expect(sum(pausesOf(retry))).toBeGreaterThan(5 * 24 * HOUR);
    // Windows have 13 minutes more than the wait: three pauses, and what the steps between them take, fit in.
    expect(3 * Math.max(...pausesOf(retry)) + MINUTE).toBeLessThanOrEqual(13 * MINUTE);
  });

  test('has no time limit of its own, which would end an execution without an answer', () => {
    expect((definition as unknown as { TimeoutSeconds?: number }).TimeoutSeconds).toBeUndefined();
    for (const [, { TimeoutSeconds, HeartbeatSeconds }] of tasks) expect([TimeoutSeconds, HeartbeatSeconds]).toEqual([undefined, undefined]);
  });

  test('is a Standard one; without a name, which one that is being deleted would hold; without logs, which would hold pre-signed addresses', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::StepFunctions::StateMachine')) as { Properties: object }[];
    expect(Object.keys(Properties).sort()).toEqual(['DefinitionString', 'RoleArn']);
  });

  test('may call the function, and nothing else', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy', {
      Properties: { Roles: [{ Ref: 'CleanRoomsMLProviderStateMachineRole182FA9B3' }] },
    })) as { Properties: { PolicyDocument: { Statement: unknown[] } } }[];
    const handler = { 'Fn::GetAtt': [HANDLER, 'Arn'] };
    expect(policies.map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([[
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: [handler, { 'Fn::Join': ['', [handler, ':*']] }] },
    ]]);
  });

  test('is trusted as a state machine of this account and Region only', () => {
    const [trust] = Object.values(template.findResources('AWS::IAM::Role', {
      Properties: { AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'states.amazonaws.com' } }] } },
    })) as { Properties: { AssumeRolePolicyDocument: object } }[];
    expect(trust.Properties).toEqual({
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'states.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': ACCOUNT },
            ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:states:${REGION}:${ACCOUNT}:stateMachine:*`]] } },
          },
        }],
      },
    });
  });
});
