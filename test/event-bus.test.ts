import { App, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import { ACCOUNT, OTHER_ACCOUNT, REGION, testChain, testImportedConfigured, testStack } from './fixtures';
import { statementsOf } from './machines';
import { AudienceModelRetraining, AudienceSize, LookalikeAudience, SeedAudience, TrainingDataset } from '../src';

/* The bus that an audience, or a retraining, tells: which one it is, and where it may be. */

type Rules = (id: string, options?: events.OnEventOptions) => events.Rule;

interface Told {
  readonly id: string;
  readonly path: string;
  readonly role: string;
  readonly make: (stack: Stack, eventBus?: events.IEventBus) => Rules[];
}

const AUDIENCE: Told = {
  id: 'AudienceStateMachine',
  path: 'invalid LookalikeAudience at \'Retail/Audience\'',
  role: 'AudienceStateMachineRole',
  make: (stack, eventBus) => {
    const audience = new LookalikeAudience(stack, 'Audience', {
      configuredAudienceModel: testImportedConfigured(stack),
      seedAudience: SeedAudience.fromS3Uri('s3://seeds/today.jsonl'),
      sizes: [AudienceSize.percentage(1)],
      eventBus,
    });
    return [audience.onFinished.bind(audience), audience.onRejected.bind(audience), audience.onFailed.bind(audience)];
  },
};

const RETRAINING: Told = {
  id: 'RetrainingStateMachine',
  path: 'invalid AudienceModelRetraining at \'Retail/Retraining\'',
  role: 'CleanRoomsMLRetrainingStateMachineRole',
  make: (stack, eventBus) => {
    const configuredAudienceModel = testChain(stack);
    const trainingDataset = stack.node.findChild('Interactions') as TrainingDataset;
    const retraining = new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset, eventBus });
    return [retraining.onTrained.bind(retraining), retraining.onFailed.bind(retraining)];
  },
};

const arnIn = (account: string, region = REGION) => `arn:aws:events:${region}:${account}:event-bus/central`;
const imported = (stack: Stack, arn = arnIn(OTHER_ACCOUNT)) => events.EventBus.fromEventBusArn(stack, 'Central', arn);

function messageOf(make: () => unknown): string {
  try {
    make();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each([['an audience', AUDIENCE], ['a retraining', RETRAINING]])('%s', (_, { id, path, role, make }) => {
  /** What comes after the name of the property in the definition of the state machine. */
  const busName = (stack: Stack): unknown => {
    const machines = Object.entries(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
    const [, { Properties: properties }] = machines.find(([logicalId]) => logicalId.startsWith(id)) as [string, { Properties: { DefinitionString: { 'Fn::Join': [string, unknown[]] } } }];
    const parts = properties.DefinitionString['Fn::Join'][1];
    const index = parts.findIndex((part) => typeof part === 'string' && part.includes('"EventBusName":"'));
    const [, name] = String(parts[index]).split('"EventBusName":"');
    return name === '' ? parts[index + 1] : name.split('"')[0];
  };
  const mayPutOn = (stack: Stack) => statementsOf(stack, role).filter(({ Action }) => Action === 'events:PutEvents').map(({ Resource }) => Resource);

  test('tells the default bus, by its name, where none was given', () => {
    const stack = testStack();
    make(stack);
    expect([busName(stack), mayPutOn(stack)]).toEqual(['default', [arnIn(ACCOUNT).replace('central', 'default')]]);
  });

  test('tells the bus of another account by its ARN, because a name means one of this account', () => {
    const stack = testStack();
    make(stack, imported(stack));
    expect([busName(stack), mayPutOn(stack)]).toEqual([arnIn(OTHER_ACCOUNT), [arnIn(OTHER_ACCOUNT)]]);
  });

  test('tells a bus of its stack by its ARN, too', () => {
    const stack = testStack();
    make(stack, new events.EventBus(stack, 'Bus'));
    expect(busName(stack)).toEqual({ 'Fn::GetAtt': ['BusEA82B648', 'Arn'] });
  });

  test('reports a bus of another Region', () => {
    const stack = testStack();
    expect(messageOf(() => make(stack, imported(stack, arnIn(ACCOUNT, 'eu-west-1')))))
      .toBe(`${path}:\n  - eventBus.region: got "eu-west-1"; it must be ${REGION}, as for the stack; use one in the same Region`);
    const elsewhere = new Stack(stack.node.root as App, 'Elsewhere', { env: { account: ACCOUNT, region: 'eu-west-1' } });
    const other = testStack();
    expect(messageOf(() => make(other, new events.EventBus(elsewhere, 'Bus', { eventBusName: 'central' })))).toContain('eventBus.region: got "eu-west-1"');
  });

  test.each<[string, unknown, string]>([
    ['what is none', 'central', 'eventBus: got "central"; it must be an event bus, such as EventBus.fromEventBusArn(…)'],
    ['an ARN that is none of a bus', { eventBusArn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/central` }, 'it must look like arn:aws:events:us-east-1:111122223333:event-bus/name; give the ARN of an event bus'],
    ['a wildcard', { eventBusArn: arnIn(ACCOUNT).replace('central', '*') }, 'eventBus: got'],
  ])('reports %s', (_what, eventBus, message) => {
    const bus = typeof eventBus === 'object' ? { ...eventBus, env: testStack().env } : eventBus;
    expect(messageOf(() => make(testStack(), bus as events.IEventBus))).toContain(message);
  });

  test('takes a bus of which nobody knows where it is', () => {
    const stack = testStack();
    for (const on of make(stack, imported(stack, Fn.importValue('Central')))) on(`On${on.name}`);
    expect(busName(stack)).toEqual({ 'Fn::ImportValue': 'Central' });
    const other = testStack();
    const [rule] = make(other, imported(other, Fn.importValue('Central')));
    const theirs = new Stack(other.node.root as App, 'Theirs', { env: { account: OTHER_ACCOUNT, region: REGION } });
    expect(messageOf(() => rule('On', { crossStackScope: theirs }))).toBe('');
    const anywhere = new Stack(new App(), 'Anywhere');
    expect(messageOf(() => make(anywhere, imported(anywhere)).map((on) => on(`On${on.name}`)))).toBe('');
  });

  test('has rules on a bus of its own account', () => {
    const stack = testStack();
    for (const on of make(stack, imported(stack, arnIn(ACCOUNT)))) on(`On${on.name}`);
    const rules = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule', { Properties: { EventBusName: 'central' } }));
    expect(rules).toHaveLength(make(testStack()).length);
  });

  test('has rules on a bus of another account in a stack of that account only', () => {
    const stack = testStack();
    const theirs = new Stack(stack.node.root as App, 'Theirs', { env: { account: OTHER_ACCOUNT, region: REGION } });
    for (const on of make(stack, imported(stack))) {
      expect(messageOf(() => on(`On${on.name}`))).toBe(`${path}:\n  - eventBus.account: got "${OTHER_ACCOUNT}"; it must be ${ACCOUNT}, as for the stack; `
        + 'a rule belongs where its bus is; give a scope of a stack there as crossStackScope');
      on(`On${on.name}`, { crossStackScope: theirs });
    }
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::Events::Rule', { EventBusName: 'central' }, 0);
    Template.fromStack(theirs).allResourcesProperties('AWS::Events::Rule', { EventBusName: 'central' });
    expect(Object.keys(Template.fromStack(theirs).findResources('AWS::Events::Rule'))).toHaveLength(make(testStack()).length);
  });

  test('has no rules in a stack of another Region than its bus', () => {
    const stack = testStack();
    const elsewhere = new Stack(stack.node.root as App, 'Elsewhere', { env: { account: ACCOUNT, region: 'eu-west-1' } });
    const [on] = make(stack, imported(stack, arnIn(ACCOUNT)));
    expect(messageOf(() => on('On', { crossStackScope: elsewhere }))).toContain(`eventBus.region: got "${REGION}"; it must be eu-west-1, as for the stack`);
  });
});
