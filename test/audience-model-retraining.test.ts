import { Annotations as CdkAnnotations, App, Duration, Lazy, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import {
  AudienceModel, AudienceModelRetraining, AudienceModelRetrainingProps, ConfiguredAudienceModel, SharedAudienceMetrics, TrainingDataset,
} from '../src';
import { ACCOUNT, OTHER_ACCOUNT, REGION, testBucket, testChain, testImportedConfigured, testStack } from './fixtures';
import { definitionIn, faultsOfDefinition, statementsOf } from './machines';

/** A retraining of the chain of a stack. */
function retrainingIn(stack: Stack, others: Partial<AudienceModelRetrainingProps> = {}): AudienceModelRetraining {
  const configuredAudienceModel = testChain(stack);
  const trainingDataset = stack.node.findChild('Interactions') as TrainingDataset;
  return new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset, ...others });
}

function faults(others: Record<string, unknown>, stack = testStack()): string {
  try {
    retrainingIn(stack, others as Partial<AudienceModelRetrainingProps>);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

interface Resource {
  readonly DeletionPolicy?: string;
}

const TYPE = 'Custom::CleanRoomsMLAudienceModelRetraining';
const count = (stack: Stack) => Object.keys(Template.fromStack(stack).toJSON().Resources as object).length;
const only = (stack: Stack, type: string) => Object.values(Template.fromStack(stack).findResources(type))[0] as Resource;
/** What the task of the function is told. */
const told = (stack: Stack) => JSON.stringify(definitionIn(stack, 'Retraining').States.Step.Arguments);

describe('resources', () => {
  const none = () => {
    const stack = testStack();
    testChain(stack);
    return count(stack);
  };

  test('are eight for the first one in a stack, of nine that it may have', () => {
    const stack = testStack();
    retrainingIn(stack);
    expect(count(stack) - none()).toBe(8);
  });

  test('are four for a further one, of six that it may have', () => {
    const further = (isRetrained: boolean) => {
      const stack = testStack();
      retrainingIn(stack);
      const configuredAudienceModel = new ConfiguredAudienceModel(stack, 'Other', {
        audienceModel: stack.node.findChild('Model') as AudienceModel,
        outputBucket: stack.node.findChild('Bucket') as ReturnType<typeof testBucket>,
        outputPrefix: 'other/',
        sharedAudienceMetrics: SharedAudienceMetrics.ALL,
      });
      const trainingDataset = stack.node.findChild('Interactions') as TrainingDataset;
      if (isRetrained) new AudienceModelRetraining(stack, 'OtherRetraining', { configuredAudienceModel, trainingDataset });
      return count(stack);
    };
    expect(further(true) - further(false)).toBe(4);
  });

  test('the custom resource can be retained, and is deleted otherwise', () => {
    const [stack, retaining] = [testStack(), testStack()];
    retrainingIn(stack);
    retrainingIn(retaining, { removalPolicy: RemovalPolicy.RETAIN });
    expect([only(stack, TYPE).DeletionPolicy, only(retaining, TYPE).DeletionPolicy]).toEqual(['Delete', 'Retain']);
  });
});

describe('the state machine', () => {
  test.each<[string, Partial<AudienceModelRetrainingProps>]>([
    ['as it is by default', {}],
    ['with everything', { window: Duration.days(180), keep: 3, releaseInitialModel: true, timeout: Duration.days(3), tags: { team: 'ads' } }],
  ])('is valid, and as it was: %s', (_, others) => {
    const stack = testStack();
    retrainingIn(stack, others);
    const definition = definitionIn(stack, 'Retraining');
    expect(faultsOfDefinition(definition)).toBe('');
    expect(definition).toMatchSnapshot();
  });

  test('tells the function what the template says', () => {
    const stack = testStack();
    retrainingIn(stack, { window: Duration.days(180), keep: 3, releaseInitialModel: true, timeout: Duration.days(3) });
    for (const text of ['"WindowHours":4320', '"Keep":3', '"Minutes":4320', '"ReleasesInitialModel":true', '"ConfiguredAudienceModel":"Configured']) {
      expect(told(stack)).toContain(text);
    }
  });

  test('knows the tags of the stack and of aspects', () => {
    const stack = testStack();
    retrainingIn(stack, { tags: { own: '1' } });
    Tags.of(stack).add('team', 'ads');
    expect(told(stack)).toContain('{"Key":"own","Value":"1"}');
    expect(told(stack)).toContain('{"Key":"team","Value":"ads"}');
  });

  test('may call the function, its metrics and its event bus, and nothing else', () => {
    const stack = testStack();
    retrainingIn(stack);
    const actions = statementsOf(stack, 'CleanRoomsMLRetrainingStateMachineRole').flatMap(({ Action }) => Action);
    expect(actions.sort()).toEqual(['cloudwatch:PutMetricData', 'events:PutEvents', 'lambda:InvokeFunction']);
  });

  test('and the schedule are trusted for this account alone', () => {
    const stack = testStack();
    retrainingIn(stack);
    for (const service of ['states', 'scheduler']) {
      Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
        AssumeRolePolicyDocument: {
          Statement: [{
            Principal: { Service: `${service}.amazonaws.com` },
            Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT }, ArnLike: { 'aws:SourceArn': Match.anyValue() } },
          }],
        },
      });
    }
  });
});

describe('the schedule', () => {
  test('is every seven days, and names its executions', () => {
    const stack = testStack();
    retrainingIn(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(7 days)',
      Target: { Input: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('"Name":"schedule-<aws.scheduler.execution-id>","Input":"{}"')])] } },
    });
    expect(statementsOf(stack, 'CleanRoomsMLRetrainingScheduleRole')).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: expect.stringMatching(/^RetrainingStateMachine/) },
    ]);
  });

  const warnings = (schedule: scheduler.ScheduleExpression, change: (retraining: AudienceModelRetraining) => void = () => undefined) => {
    const stack = testStack();
    change(retrainingIn(stack, { schedule }));
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('retrainingTooOften')).map(({ id, entry }) => `${id}: ${String(entry.data)}`);
  };

  test.each([
    scheduler.ScheduleExpression.rate(Duration.days(1)), scheduler.ScheduleExpression.rate(Duration.hours(47)),
    scheduler.ScheduleExpression.rate(Duration.minutes(5)),
    scheduler.ScheduleExpression.cron({ hour: '6', minute: '0' }), scheduler.ScheduleExpression.cron({ weekDay: 'MON', minute: '0' }),
    scheduler.ScheduleExpression.cron({ weekDay: 'MON-FRI', hour: '6', minute: '0' }),
  ])('that is more often than a training takes is warned about: %#', (schedule) => {
    expect(warnings(schedule)).toEqual([expect.stringMatching(
      /^\/Retail\/Retraining: schedule is .*, but a training takes up to 48 hours.*retrainingTooOften\]$/,
    )]);
  });

  test.each([
    scheduler.ScheduleExpression.rate(Duration.days(2)), scheduler.ScheduleExpression.rate(Duration.days(30)),
    scheduler.ScheduleExpression.cron({ weekDay: 'MON', hour: '6', minute: '0' }), scheduler.ScheduleExpression.cron({ day: '1', hour: '6', minute: '0' }),
    scheduler.ScheduleExpression.at(new Date('2030-01-01T00:00:00Z')), scheduler.ScheduleExpression.expression(Lazy.string({ produce: () => 'rate(1 day)' })),
  ])('that is not, or that is not known, is not: %#', (schedule) => {
    expect(warnings(schedule)).toEqual([]);
  });

  test('may be acknowledged', () => {
    expect(warnings(scheduler.ScheduleExpression.rate(Duration.days(1)), (retraining) => {
      CdkAnnotations.of(retraining).acknowledgeWarning('cdk-cleanrooms-ml:retrainingTooOften');
    })).toEqual([]);
  });
});

describe('refused', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['keep below 0', { keep: -1 }, /^invalid AudienceModelRetraining at 'Retail\/Retraining':\n {2}- keep: got -1; it must be a whole number from 0 to 490$/],
    ['keep above what the quota bears', { keep: 491 }, /keep: got 491; it must be a whole number from 0 to 490/],
    ['half a generation', { keep: 1.5 }, /keep: got 1\.5; it must be a whole number/],
    ['a window below a day', { window: Duration.hours(23) }, /window.* whole hours from 1 day to .*known at synthesis/],
    ['a window of minutes', { window: Duration.minutes(1_500.5 * 60) }, /window.* whole hours/],
    ['a window of a token', { window: Duration.days(Lazy.number({ produce: () => 2 })) }, /window.* known at synthesis/],
    ['a window that is none', { window: 7 }, /window.* must be a Duration/],
    ['a timeout over five days', { timeout: Duration.hours(121) }, /timeout.* whole minutes from 1 hour to 5 days/],
    ['a timeout below an hour', { timeout: Duration.minutes(59) }, /timeout/],
    ['no schedule', { schedule: 'rate(7 days)' }, /schedule: got "rate\(7 days\)"; it must be a schedule, such as ScheduleExpression\.rate/],
    ['tags of ours', { tags: { 'cdk-cleanrooms-ml:stack-id': 'x' } }, /tags/],
    ['no dataset', { trainingDataset: undefined }, /trainingDataset/],
  ])('%s', (_, others, message) => {
    expect(faults(others)).toMatch(message);
  });

  test('several faults are reported together', () => {
    expect(faults({ keep: -1, timeout: Duration.days(6), window: Duration.hours(1) })).toMatch(/keep[^]*window[^]*timeout/);
  });

  test('a training dataset of another account', () => {
    const stack = testStack();
    const trainingDataset = TrainingDataset.fromTrainingDatasetArn(stack, 'Foreign', `arn:aws:cleanrooms-ml:${REGION}:${OTHER_ACCOUNT}:training-dataset/abc`);
    expect(faults({ trainingDataset }, stack)).toMatch(/trainingDataset.*account/);
  });

  test('a configured audience model that was imported, or is another stack\'s', () => {
    const imported = testStack();
    expect(faults({ configuredAudienceModel: testImportedConfigured(imported) }, imported)).toMatch(/must be a ConfiguredAudienceModel of the same stack$/);
    const app = new App();
    const [one, other] = ['One', 'Other'].map((id) => new Stack(app, id, { env: { account: ACCOUNT, region: REGION } }));
    expect(faults({ configuredAudienceModel: testChain(other) }, one)).toMatch(/must be a ConfiguredAudienceModel of the same stack$/);
  });

  test('a second one of the same configured audience model is refused, and says which is the first', () => {
    const stack = testStack();
    const configuredAudienceModel = testChain(stack);
    const trainingDataset = stack.node.findChild('Interactions') as TrainingDataset;
    new AudienceModelRetraining(stack, 'First', { configuredAudienceModel, trainingDataset });
    expect(() => new AudienceModelRetraining(stack, 'Second', { configuredAudienceModel, trainingDataset })).toThrow(
      /^invalid AudienceModelRetraining at 'Retail\/Second':\n {2}- configuredAudienceModel: got 'Retail\/Configured', whose audience model 'Retail\/First' exchanges already; .* of its own$/,
    );
  });
});

describe('around it', () => {
  test('metrics, rules, widgets and grants are there', () => {
    const stack = testStack();
    const retraining = retrainingIn(stack);
    new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [retraining.widgets()] });
    retraining.metricFailed().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
    retraining.metricDuration().createAlarm(stack, 'Slow', { threshold: 1, evaluationPeriods: 1 });
    retraining.onTrained('OnTrained');
    retraining.onFailed('OnFailed', { ruleName: 'failed', eventPattern: { region: [REGION] } });
    const starter = new iam.Role(stack, 'Starter', { assumedBy: new iam.AccountRootPrincipal() });
    retraining.grants.startExecution(starter);
    const template = Template.fromStack(stack);
    for (const [detailType, others] of [['Audience Model Retrained', {}], ['Audience Model Retraining Failed', { region: [REGION] }]] as const) {
      template.hasResourceProperties('AWS::Events::Rule', {
        EventPattern: { 'source': ['cdk-cleanrooms-ml'], 'detail-type': [detailType], 'detail': { retraining: [retraining.retrainingName] }, ...others },
      });
    }
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'CleanRoomsML/Retraining',
      MetricName: 'Duration',
      Statistic: 'Maximum',
      Period: 86_400,
      Dimensions: [{ Name: 'Retraining', Value: retraining.retrainingName }],
    });
    expect(statementsOf(stack, 'Starter')).toEqual([expect.objectContaining({ Action: 'states:StartExecution' })]);
  });

  test('the events go to the bus that was given', () => {
    const stack = testStack();
    const eventBus = new events.EventBus(stack, 'Bus');
    const retraining = retrainingIn(stack, { eventBus });
    retraining.onTrained('OnTrained');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', { EventBusName: { Ref: Match.stringLikeRegexp('^Bus') } });
    expect(statementsOf(stack, 'CleanRoomsMLRetrainingStateMachineRole')).toContainEqual(
      expect.objectContaining({ Action: 'events:PutEvents', Resource: expect.stringMatching(/^Bus/) }));
  });

  test('a key may be used by the service and by the handlers', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    retrainingIn(stack, { encryptionKey });
    expect(told(stack)).toContain('"KmsKeyArn"');
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::KMS::Key'))).toContain('cleanrooms-ml.amazonaws.com');
  });

  test('the key is that of the model that the template names, unless another one is given', () => {
    const encrypted = (others: (stack: Stack) => Partial<AudienceModelRetrainingProps>) => {
      const stack = testStack();
      const configuredAudienceModel = testChain(stack, { key: new kms.Key(stack, 'ModelKey') });
      const trainingDataset = stack.node.findChild('Interactions') as TrainingDataset;
      new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset, ...others(stack) });
      return told(stack);
    };
    expect(encrypted(() => ({}))).toContain('"KmsKeyArn":"ModelKey');
    expect(encrypted(() => ({ encryptionKey: undefined }))).toContain('"KmsKeyArn":"ModelKey');
    expect(encrypted((stack) => ({ encryptionKey: new kms.Key(stack, 'Own') }))).toContain('"KmsKeyArn":"Own');
    const stack = testStack();
    retrainingIn(stack);
    expect(told(stack)).not.toContain('KmsKeyArn');
  });

  test('the handlers may list and stop the executions of this state machine', () => {
    const stack = testStack();
    retrainingIn(stack);
    const statements = statementsOf(stack, 'CleanRoomsMLProviderHandlerServiceRole').filter(({ Resource }) => JSON.stringify(Resource).includes('RetrainingStateMachine'));
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual(['states:ListExecutions', 'states:StopExecution']);
  });
});
