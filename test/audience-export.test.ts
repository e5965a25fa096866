import { Duration } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { AudienceExport, AudienceExportProps, AudienceSize, AudienceSizeType } from '../src';
import { ACCOUNT, REGION, testStack } from './fixtures';
import { Definition, faultsOfDefinition, machineOf, statementsOf, statesOf } from './machines';

const JOB = `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:audience-generation-job/abc`;

function machine(others: Partial<AudienceExportProps> = {}): { stack: ReturnType<typeof testStack>; definition: Definition } {
  const stack = testStack();
  const props = { audienceGenerationJobArn: JOB, size: AudienceSize.percentage(5), ...others };
  return { stack, definition: machineOf(stack, new AudienceExport(stack, 'Export', props), others.queryLanguage) };
}

function faults(others: Record<string, unknown>): string {
  try {
    machine(others as Partial<AudienceExportProps>);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the state machine', () => {
  test('is as it was', () => {
    expect(machine().definition).toMatchSnapshot();
  });

  test.each<[string, Partial<AudienceExportProps>]>([
    ['in JSONPath', { resultPath: '$.export', audienceGenerationJobArn: sfn.JsonPath.stringAt('$.job'), size: AudienceSize.absolute(sfn.JsonPath.numberAt('$.size')) }],
    ['in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, audienceGenerationJobArn: '{% $states.input.job %}' }],
  ])('is valid %s', (_, others) => {
    expect(faultsOfDefinition(machine(others).definition)).toBe('');
  });

  test('asks the service for what was said', () => {
    const states = statesOf(machine({ exportName: 'weekly', description: 'For the campaign', size: AudienceSize.absolute(10_000) }).definition);
    expect(states['Export: Prepare'].Parameters).toEqual({
      Request: {
        Name: 'weekly', AudienceGenerationJobArn: JOB, AudienceSize: { Type: 'ABSOLUTE', Value: 10_000 }, Description: 'For the campaign',
      },
    });
  });

  test('in JSONPath is refused where the state machine is in JSONata', () => {
    const stack = testStack();
    expect(() => machineOf(stack, AudienceExport.jsonPath(stack, 'Export', { audienceGenerationJobArn: JOB, size: AudienceSize.percentage(5) }), sfn.QueryLanguage.JSONATA))
      .toThrow(/'queryLanguage' can not be 'JSONPath' if set to 'JSONata'.*Retail\/Export\/Job/);
  });

  test('can be caught', () => {
    const stack = testStack();
    const job = AudienceExport.jsonata(stack, 'Export', { audienceGenerationJobArn: JOB, size: AudienceSize.percentage(5) });
    job.addCatch(sfn.Pass.jsonata(stack, 'Never mind'));
    expect(machineOf(stack, job, sfn.QueryLanguage.JSONATA).States.Export.Catch).toEqual([{ ErrorEquals: ['States.ALL'], Next: 'Never mind' }]);
  });
});

test('permissions are the least', () => {
  const jobs = JOB.replace('/abc', '/*');
  expect(statementsOf(machine().stack, 'MachineRole')).toEqual([
    { Effect: 'Allow', Action: 'cleanrooms-ml:ListAudienceExportJobs', Resource: '*' },
    { Effect: 'Allow', Action: 'cleanrooms-ml:StartAudienceExportJob', Resource: jobs },
  ]);
});

test('a size that Clean Rooms ML does not make is warned about', () => {
  Annotations.fromStack(machine({ size: AudienceSize.percentage(21) }).stack)
    .hasWarning('/Retail/Export', Match.stringLikeRegexp('size holds 21 percent, but Clean Rooms ML makes audiences of at most 20 percent'));
});

describe('bad input', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no job', { audienceGenerationJobArn: undefined }, 'audienceGenerationJobArn: got undefined; it is required'],
    ['an ARN that is none', { audienceGenerationJobArn: JOB.replace('generation', 'export') }, 'it must look like arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-generation-job/id'],
    ['no size', { size: undefined }, 'size: got undefined; it must be an audience size, such as AudienceSize.percentage(…)'],
    ['an unknown type of size', { size: Object.assign(Object.create(AudienceSize.percentage(1)) as object, { audienceSizeType: 'RELATIVE', value: 1 }) },
      'size.audienceSizeType: got "RELATIVE"; it must be one of "ABSOLUTE", "PERCENTAGE"'],
    ['0 percent', { size: AudienceSize.percentage(0) }, 'size: got 0; it must be a whole number from 1 to 100'],
    ['101 percent', { size: AudienceSize.percentage(101) }, 'size: got 101; it must be a whole number from 1 to 100'],
    ['half a user', { size: AudienceSize.absolute(0.5) }, 'size: got 0.5; it must be a whole number from 1 to 20000000'],
    ['too many users', { size: AudienceSize.absolute(20_000_001) }, 'it must be a whole number from 1 to 20000000'],
    ['a name that is too long with what follows', { exportName: 'x'.repeat(47) }, 'it must have 1 to 46 characters but has 47'],
    ['a long description', { description: 'x'.repeat(256) }, 'it must have 0 to 255 characters but has 256'],
    ['an expression in JSONata in a state in JSONPath', { exportName: '{% $states.input.name %}' }, 'exportName: got "{% $states.input.name %}"; it must be an expression in JSONPath'],
    ['a size in JSONPath in a state in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, size: AudienceSize.percentage(sfn.JsonPath.numberAt('$.percent')) },
      'size: got "<path:$.percent>"; it must be a number that is known at synthesis; for one that only the execution knows, use the jsonPath(…) of this class'],
    ['a timeout shorter than a poll', { timeout: Duration.seconds(10), pollInterval: Duration.seconds(11) }, 'it must be at least as long as pollInterval, 11 seconds'],
  ])('%s', (_, others, message) => {
    expect(faults(others)).toContain(message);
  });
});

test('a size knows its unit', () => {
  expect([AudienceSize.absolute(1), AudienceSize.percentage(2)].map(({ audienceSizeType, value }) => [audienceSizeType, value]))
    .toEqual([[AudienceSizeType.ABSOLUTE, 1], [AudienceSizeType.PERCENTAGE, 2]]);
});
