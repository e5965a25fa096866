import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SHORTEST_TRY } from '../../lambda/schedule';
import { DRAIN, GRACE, LAST_PATIENCE, LIST_LAG, lookInterval, PATIENCE, READ_TIMEOUT, REQUEST_TIMEOUT, STEP_TIMEOUT, WRITE_TIMEOUT } from '../../lambda/times';
import { createStateMachine } from '../../src/private/state-machine';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

interface Retry {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds?: number;
}

/** What the real definition says about failures of a task. */
function retriesOf(state: string): Retry[] {
  const stack = new Stack(new App(), 'Stack');
  createStateMachine(stack, lambda.Function.fromFunctionArn(stack, 'Fn', 'arn:aws:lambda:us-east-1:111122223333:function:f'));
  const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  const parts = machine.Properties.DefinitionString as string | { 'Fn::Join': [string, (string | object)[]] };
  const text = typeof parts === 'string' ? parts : parts['Fn::Join'][1].map((part) => typeof part === 'string' ? part : 'x').join('');
  return (JSON.parse(text) as { States: Record<string, { Retry?: Retry[] }> }).States[state].Retry ?? [];
}

describe('what is written for a request that was given up shows before the next one believes a list', () => {
  test('the drain covers the status that was asked for, the write and the lag of the list', () => {
    expect(DRAIN).toBeGreaterThanOrEqual(REQUEST_TIMEOUT + WRITE_TIMEOUT + LIST_LAG);
  });

  test('a try whose answer was lost shows before the next', () => expect(SHORTEST_TRY * SECOND).toBeGreaterThanOrEqual(DRAIN));

  test.each(['Step', 'Train'])('a %s that failed may be at work still, and what it did shows before it is repeated', (state) => {
    const [{ ErrorEquals, IntervalSeconds, BackoffRate }] = retriesOf(state);
    expect(ErrorEquals).toEqual(['States.ALL']);
    expect(IntervalSeconds * SECOND).toBeGreaterThanOrEqual(STEP_TIMEOUT + LIST_LAG);
    expect(BackoffRate).toBeGreaterThanOrEqual(1);
  });
});

describe('a call ends', () => {
  test('one try of it before all of it, and all of it before the step', () => {
    expect(REQUEST_TIMEOUT).toBeLessThan(READ_TIMEOUT);
    expect(REQUEST_TIMEOUT).toBeLessThanOrEqual(WRITE_TIMEOUT);
    expect(Math.max(READ_TIMEOUT, WRITE_TIMEOUT)).toBeLessThan(STEP_TIMEOUT);
  });
});

describe('within the hour that CloudFormation gives', () => {
  test('the last step has the time to end and to be answered', () => {
    expect(PATIENCE).toBeLessThan(LAST_PATIENCE);
    expect(LAST_PATIENCE + STEP_TIMEOUT + REQUEST_TIMEOUT).toBeLessThan(HOUR);
    expect(PATIENCE).toBeGreaterThan(GRACE + DRAIN);
  });

  test('a step is not repeated for longer, and then there is an answer', () => {
    const [{ IntervalSeconds, MaxAttempts }] = retriesOf('Step');
    // Even where every try takes the minute that the function may run.
    expect((IntervalSeconds + 60) * MaxAttempts * SECOND + 60 * SECOND).toBeLessThanOrEqual(PATIENCE);
    expect((IntervalSeconds + 60) * (MaxAttempts + 1) * SECOND).toBeGreaterThan(PATIENCE);
  });

  test('an answer is sent again until the end', () => {
    const [{ IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds = Infinity }] = retriesOf('Answer');
    const pauses = Array.from({ length: MaxAttempts }, (_, index) => Math.min(IntervalSeconds * BackoffRate ** index, MaxDelaySeconds));
    expect(pauses.reduce((sum, pause) => sum + pause, 0) * SECOND).toBeGreaterThan(PATIENCE);
    expect(pauses[0]).toBe(5);
  });
});

test('a training is never left alone for longer than CloudFormation waits beyond a window', () => {
  const [{ MaxDelaySeconds = Infinity, MaxAttempts }] = retriesOf('Train');
  expect(MaxDelaySeconds).toBeLessThanOrEqual(240);
  expect(MaxDelaySeconds * MaxAttempts).toBeGreaterThan(5 * 24 * 3_600);
});

test.each([[0, 2], [8, 2], [12, 3], [40, 10], [3_600, 10]])('after %i s the next look is %i s away', (elapsed, seconds) => {
  expect(lookInterval(elapsed * SECOND)).toBe(seconds * SECOND);
});
