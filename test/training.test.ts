import { Template } from 'aws-cdk-lib/assertions';
import { ACCOUNT, REGION, testDataset, testModel, testStack } from './fixtures';
import { definitionIn, faultsOfDefinition } from './machines';

describe('the state machine that trains', () => {
  const stack = testStack();
  testModel(stack, { trainingDataset: testDataset(stack) });
  const definition = definitionIn(stack, 'CleanRoomsMLProviderTraining');

  test('is valid in the Amazon States Language', () => {
    const Train = { ...definition.States.Train, Resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:handler` };
    expect(faultsOfDefinition({ ...definition, States: { ...definition.States, Train } })).toBe('');
  });

  test('goes from step to wait to step, until a step says that it is over', () => {
    const transitions = Object.fromEntries(Object.entries(definition.States).map(([name, { Type, Next, Choices, Default }]) => [
      name, [Type, ...(Choices as { StringEquals: string; Next: string }[] ?? []).map((choice) => `${choice.StringEquals}: ${choice.Next}`), Next ?? Default].filter(Boolean),
    ]));
    expect(transitions).toEqual({
      Train: ['Task', 'Decide'],
      Decide: ['Choice', 'WAIT: Wait', 'SUCCEED: Trained', 'Failed'],
      Wait: ['Wait', 'Train'],
      Trained: ['Succeed'],
      Failed: ['Fail'],
    });
    expect(definition.States.Wait).toMatchObject({ SecondsPath: '$.State.Seconds' });
    expect(definition.States.Failed).toMatchObject({ Error: 'TrainingFailed', CausePath: '$.State.Cause' });
  });

  test('outlives the failures of a step that can be caught for days, and waits a minute at least, so that a list can show what a lost call began', () => {
    expect(definition.States.Train.Retry).toEqual([
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 60, BackoffRate: 2, MaxDelaySeconds: 900, MaxAttempts: 1000 },
    ]);
  });

  test('is trusted as a state machine of this account and Region only', () => {
    const roles = Template.fromStack(stack).findResources('AWS::IAM::Role') as Record<string, { Properties: { AssumeRolePolicyDocument: object } }>;
    const [trust] = Object.entries(roles).filter(([id]) => id.startsWith('CleanRoomsMLProviderTrainingRole'));
    expect(trust[1].Properties.AssumeRolePolicyDocument).toEqual({
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
    });
  });
});
