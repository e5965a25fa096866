import * as fs from 'node:fs';
import * as path from 'node:path';
import { ACCOUNT, ROLE, settings, World, zip } from './harness';
import { LambdaApi } from '../../../local-aws/lambda/api';
import { Sandboxes } from '../../../local-aws/lambda/sandboxes';
import { StatesApi } from '../../../local-aws/states/api';
import { StepFunctions } from '../../../local-aws/states/states';

const RUNTIME = path.join(path.dirname(require.resolve('aws-cdk-lib/package.json')), 'custom-resources', 'lib', 'provider-framework', 'runtime');
const HOST = 'cloudformation-custom-resource-response-useast1.s3.amazonaws.com';
const USER_CODE = `
  let polls = 0;
  exports.onEvent = async (event) => {
    if (event.ResourceProperties.Fail === 'onEvent') throw new Error('refused in onEvent');
    return { PhysicalResourceId: 'the-id', Passed: 'on' };
  };
  exports.isComplete = async (event) => {
    if (event.Passed !== 'on') throw new Error('onEvent was not heard');
    if (event.ResourceProperties.Fail === 'isComplete') throw new Error('refused in isComplete');
    if (event.ResourceProperties.Never === 'true') return { IsComplete: false };
    return polls++ < 2 ? { IsComplete: false } : { IsComplete: true, Data: { Polls: polls } };
  };`;

const sandboxes = new Sandboxes();
afterAll(() => sandboxes.close());

/** What CDK's Provider deploys, with its Lambda functions run for real. */
class Provider extends World {
  readonly states = new StepFunctions({
    account: ACCOUNT, clock: this.clock, iam: this.iam, lambda: this.lambda, logs: { hasLogGroup: () => false },
  });
  readonly start = this.clock.now();
  /** Seconds after the start. */
  answeredAt?: number;

  async deploy(): Promise<void> {
    this.services.lambda = new LambdaApi(this.lambda, this.iam);
    this.services.states = new StatesApi(this.states, this.iam);
    this.onAnswer = () => { this.answeredAt = (this.clock.now() - this.start) / 1000; };
    const user = await zip({ 'index.js': USER_CODE });
    const framework = await zip(Object.fromEntries(fs.readdirSync(RUNTIME).filter((name) => name.endsWith('.js'))
      .map((name) => [name, fs.readFileSync(path.join(RUNTIME, name))])));
    const arn = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT.accountId}:function:${name}`;
    const environment = {
      USER_ON_EVENT_FUNCTION_ARN: arn('user-on-event'),
      USER_IS_COMPLETE_FUNCTION_ARN: arn('user-is-complete'),
      WAITER_STATE_MACHINE_ARN: `arn:aws:states:us-east-1:${ACCOUNT.accountId}:stateMachine:waiter`,
    };
    for (const name of ['onEvent', 'isComplete', 'onTimeout']) {
      await this.lambda.createFunction(settings(framework, { functionName: `framework-${name}`, handler: `framework.${name}`, environment, timeoutSeconds: 60 }));
    }
    await this.lambda.createFunction(settings(user, { functionName: 'user-on-event', handler: 'index.onEvent' }));
    // An environment of its own, because the function counts in its process.
    await this.lambda.createFunction(settings(user, { functionName: 'user-is-complete', handler: 'index.isComplete', environment: { RUN: String(Math.random()) } }));
    await this.states.createStateMachine({
      name: 'waiter',
      roleArn: ROLE,
      definition: JSON.stringify({
        StartAt: 'framework-isComplete-task',
        States: {
          'framework-isComplete-task': {
            End: true,
            Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, MaxAttempts: 348, BackoffRate: 1 }],
            Catch: [{ ErrorEquals: ['States.ALL'], Next: 'framework-onTimeout-task' }],
            Type: 'Task',
            Resource: arn('framework-isComplete'),
          },
          'framework-onTimeout-task': { End: true, Type: 'Task', Resource: arn('framework-onTimeout') },
        },
      }),
    });
  }

  /** Sends a Create, as CloudFormation does, and lets everything come to its end. */
  async create(properties: Record<string, string>): Promise<void> {
    this.lambda.invokeAsync('framework-onEvent', {
      RequestType: 'Create',
      RequestId: 'request-1',
      ResponseURL: `https://${HOST}/stack%3Aid?X-Amz-Signature=secret`,
      StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/s/1',
      LogicalResourceId: 'Thing',
      ResourceType: 'Custom::Thing',
      ResourceProperties: properties,
    });
    await this.clock.sleep(7_200_000);
  }
}

describe("CDK's own provider framework", () => {
  let provider: Provider;
  beforeEach(async () => {
    provider = new Provider(sandboxes);
    await provider.deploy();
  });
  afterEach(() => provider.lambda.close());

  test('answers once, when isComplete is done', async () => {
    await provider.create({});
    expect(provider.answers).toEqual([{
      host: HOST,
      path: '/stack%3Aid?X-Amz-Signature=secret',
      body: {
        Status: 'SUCCESS',
        Reason: 'SUCCESS',
        StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/s/1',
        RequestId: 'request-1',
        PhysicalResourceId: 'the-id',
        LogicalResourceId: 'Thing',
        Data: { Polls: 3 },
      },
    }]);
    expect(provider.answeredAt).toBe(20);
    expect(provider.states.executions()).toEqual([expect.objectContaining({ status: 'SUCCEEDED' })]);
  });

  test.each([
    ['onEvent', 'AWSCDK::CustomResourceProviderFramework::CREATE_FAILED'],
    ['isComplete', 'the-id'],
  ])('answers that it failed when %s throws', async (step, PhysicalResourceId) => {
    await provider.create({ Fail: step });
    expect(provider.answers).toEqual([expect.objectContaining({
      body: expect.objectContaining({ Status: 'FAILED', Reason: expect.stringContaining(`refused in ${step}`), PhysicalResourceId }),
    })]);
    expect(provider.answeredAt).toBe(0);
  });

  test('gives up after its last attempt', async () => {
    await provider.create({ Never: 'true' });
    expect(provider.answers).toEqual([expect.objectContaining({
      body: expect.objectContaining({ Status: 'FAILED', Reason: 'Operation timed out', PhysicalResourceId: 'the-id' }),
    })]);
    expect(provider.answeredAt).toBe(3480);
  });
});
