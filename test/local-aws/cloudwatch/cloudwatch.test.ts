import { AwsError, type Principal } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import { CloudWatch } from '../../../local-aws/cloudwatch/cloudwatch';
import { ConnectionReset } from '../../../local-aws/faults';
import type { Iam } from '../../../local-aws/iam/iam';
import { ACCOUNT, allow, codeOf, newIam, roleWith } from '../account';

const HOUR = 3_600_000;

let clock: Clock;
let iam: Iam;
let cloudWatch: CloudWatch;
let writer: Principal;
beforeEach(async () => {
  clock = Clock.frozen();
  iam = newIam(clock);
  cloudWatch = new CloudWatch(ACCOUNT, clock, iam);
  writer = await roleWith(iam, 'writer', { write: allow('cloudwatch:PutMetricData', '*', { StringEquals: { 'cloudwatch:namespace': 'Jobs' } }) });
});

const put = async (parameters: object, principal = writer): Promise<object> => cloudWatch.call(principal, 'PutMetricData', { Namespace: 'Jobs', ...parameters });
const putDatum = async (datum: object): Promise<object> => put({ MetricData: [{ MetricName: 'Users', ...datum }] });
const at = (offset: number): string => new Date(clock.now() + offset).toISOString();
const dimensions = (count: number): object[] => Array.from({ length: count }, (_, index) => ({ Name: `d${index}`, Value: 'x' }));

describe('metrics', () => {
  test('are kept by namespace, name and all of their dimensions', async () => {
    await put({
      MetricData: [
        { MetricName: 'Users', Value: 1, Timestamp: at(-HOUR) },
        { MetricName: 'Users', Value: 2, Unit: 'Count', Dimensions: [{ Name: 'Job', Value: 'a' }, { Name: 'Stage', Value: 'prod' }] },
      ],
    });
    await put({ MetricData: [{ MetricName: 'Users', Value: 3, Dimensions: [{ Name: 'Stage', Value: 'prod' }, { Name: 'Job', Value: 'a' }] }] });
    const metric = { namespace: 'Jobs', metricName: 'Users' };
    expect(cloudWatch.datapoints(metric)).toEqual([{ timestamp: clock.now() - HOUR, value: 1 }]);
    expect(cloudWatch.datapoints({ ...metric, dimensions: { Job: 'a', Stage: 'prod' } })).toEqual([
      { timestamp: clock.now(), value: 2 }, { timestamp: clock.now(), value: 3 },
    ]);
    expect(cloudWatch.datapoints({ ...metric, dimensions: { Job: 'a' } })).toEqual([]);
    expect(cloudWatch.metrics()).toEqual([{ ...metric, dimensions: {} }, { ...metric, dimensions: { Job: 'a', Stage: 'prod' } }]);
  });

  test('come as single values, as counted values or as statistics', async () => {
    await putDatum({ Values: [1, 2], Counts: [5, 6] });
    await putDatum({ Values: [3] });
    await putDatum({ StatisticValues: { SampleCount: 2, Sum: 30, Minimum: 10, Maximum: 20 } });
    const timestamp = clock.now();
    expect(cloudWatch.datapoints({ namespace: 'Jobs', metricName: 'Users' })).toEqual([
      { timestamp, value: 1, count: 5 },
      { timestamp, value: 2, count: 6 },
      { timestamp, value: 3 },
      { timestamp, value: 30, statistics: { sampleCount: 2, sum: 30, minimum: 10, maximum: 20 } },
    ]);
  });

  test('are put by whoever may put them into the namespace', async () => {
    const MetricData = [{ MetricName: 'Users', Value: 1 }];
    expect(await codeOf(() => put({ MetricData }))).toBe('nothing was thrown');
    expect(await codeOf(() => put({ Namespace: 'Others', MetricData }))).toBe('AccessDeniedException');
    expect(cloudWatch.metrics()).toHaveLength(1);
  });

  test.each<[string, () => object]>([
    ['1,000 entries', () => ({ MetricData: Array.from({ length: 1000 }, () => ({ MetricName: 'Users', Value: 1 })) })],
    ['30 dimensions', () => ({ MetricData: [{ MetricName: 'Users', Value: 1, Dimensions: dimensions(30) }] })],
    ['a name of 255 characters', () => ({ MetricData: [{ MetricName: 'm'.repeat(255), Value: 1 }] })],
    ['a dimension of 255 and 1,024 characters', () => ({ MetricData: [{ MetricName: 'm', Value: 1, Dimensions: [{ Name: 'n'.repeat(255), Value: 'v'.repeat(1024) }] }] })],
    ['a time two weeks ago', () => ({ MetricData: [{ MetricName: 'm', Value: 1, Timestamp: at(-14 * 24 * HOUR) }] })],
    ['a time in two hours', () => ({ MetricData: [{ MetricName: 'm', Value: 1, Timestamp: at(2 * HOUR) }] })],
    ['high resolution', () => ({ MetricData: [{ MetricName: 'm', Value: -1.5, StorageResolution: 1 }] })],
  ])('may have %s', async (_, parameters) => {
    await expect(put(parameters())).resolves.toEqual({});
  });

  test.each<[string, () => object, string]>([
    ['no namespace', () => ({ Namespace: undefined }), 'MissingRequiredParameterException'],
    ['an empty namespace', () => ({ Namespace: '' }), 'InvalidParameterValueException'],
    ['a namespace of 256 characters', () => ({ Namespace: 'n'.repeat(256) }), 'InvalidParameterValueException'],
    ['a namespace of AWS', () => ({ Namespace: 'AWS/Jobs' }), 'InvalidParameterValueException'],
    ['a namespace with other characters', () => ({ Namespace: 'Jobs!' }), 'InvalidParameterValueException'],
    ['no entries', () => ({}), 'MissingRequiredParameterException'],
    ['1,001 entries', () => ({ MetricData: Array.from({ length: 1001 }, () => ({ MetricName: 'Users', Value: 1 })) }), 'InvalidParameterValueException'],
    ['an entry that is none', () => ({ MetricData: [null] }), 'InvalidParameterValueException'],
    ['a parameter that does not exist', () => ({ Metrics: [] }), 'ValidationError'],
  ])('cannot have %s', async (_, parameters, code) => {
    expect(await codeOf(() => put(parameters(), iam.developer.principal))).toBe(code);
    expect(cloudWatch.metrics()).toEqual([]);
  });

  test.each<[string, () => object, string]>([
    ['no name', () => ({ MetricName: undefined, Value: 1 }), 'MissingRequiredParameterException'],
    ['a name of 256 characters', () => ({ MetricName: 'm'.repeat(256), Value: 1 }), 'InvalidParameterValueException'],
    ['a field that does not exist', () => ({ Value: 1, Dimension: [] }), 'ValidationError'],
    ['31 dimensions', () => ({ Value: 1, Dimensions: dimensions(31) }), 'InvalidParameterValueException'],
    ['a dimension twice', () => ({ Value: 1, Dimensions: [...dimensions(1), ...dimensions(1)] }), 'InvalidParameterValueException'],
    ['a dimension without a name', () => ({ Value: 1, Dimensions: [{ Value: 'x' }] }), 'MissingRequiredParameterException'],
    ['a dimension without a value', () => ({ Value: 1, Dimensions: [{ Name: 'x' }] }), 'MissingRequiredParameterException'],
    ['a blank dimension', () => ({ Value: 1, Dimensions: [{ Name: 'x', Value: ' ' }] }), 'InvalidParameterValueException'],
    ['a dimension that begins with a colon', () => ({ Value: 1, Dimensions: [{ Name: ':x', Value: 'x' }] }), 'InvalidParameterValueException'],
    ['a dimension that is not ASCII', () => ({ Value: 1, Dimensions: [{ Name: 'x', Value: 'ä' }] }), 'InvalidParameterValueException'],
    ['a dimension of 1,025 characters', () => ({ Value: 1, Dimensions: [{ Name: 'x', Value: 'v'.repeat(1025) }] }), 'InvalidParameterValueException'],
    ['no value', () => ({}), 'InvalidParameterCombinationException'],
    ['two kinds of values', () => ({ Value: 1, Values: [1] }), 'InvalidParameterCombinationException'],
    ['counts without values', () => ({ Value: 1, Counts: [1] }), 'InvalidParameterCombinationException'],
    ['more counts than values', () => ({ Values: [1], Counts: [1, 2] }), 'InvalidParameterCombinationException'],
    ['151 values', () => ({ Values: Array.from({ length: 151 }, () => 1) }), 'InvalidParameterValueException'],
    ['half statistics', () => ({ StatisticValues: { Sum: 1 } }), 'MissingRequiredParameterException'],
    ['a value that is text', () => ({ Value: '1' }), 'InvalidParameterValueException'],
    ['a value that is not a number', () => ({ Value: NaN }), 'InvalidParameterValueException'],
    ['an infinite value', () => ({ Value: Infinity }), 'InvalidParameterValueException'],
    ['a unit that does not exist', () => ({ Value: 1, Unit: 'Users' }), 'InvalidParameterValueException'],
    ['another resolution', () => ({ Value: 1, StorageResolution: 10 }), 'InvalidParameterValueException'],
    ['a time in words', () => ({ Value: 1, Timestamp: 'yesterday' }), 'InvalidParameterValueException'],
    ['a time before two weeks ago', () => ({ Value: 1, Timestamp: at(-14 * 24 * HOUR - 1) }), 'InvalidParameterValueException'],
    ['a time after two hours from now', () => ({ Value: 1, Timestamp: at(2 * HOUR + 1) }), 'InvalidParameterValueException'],
  ])('cannot have an entry with %s', async (_, datum, code) => {
    expect(await codeOf(() => putDatum(datum()))).toBe(code);
    expect(cloudWatch.metrics()).toEqual([]);
  });
});

describe('calls', () => {
  const MetricData = [{ MetricName: 'Users', Value: 1 }];

  test('are written down with what came of them', async () => {
    await put({ MetricData });
    await codeOf(() => put({}));
    expect(cloudWatch.calls).toEqual([
      { operation: 'PutMetricData', principal: writer, input: { Namespace: 'Jobs', MetricData }, time: new Date(clock.now()), outcome: 'ok' },
      expect.objectContaining({ outcome: 'MissingRequiredParameterException' }),
    ]);
  });

  test('can be broken before they do anything', async () => {
    cloudWatch.beforeCall = () => { throw new AwsError('Throttling', 'Rate exceeded'); };
    expect(await codeOf(() => put({ MetricData }))).toBe('Throttling');
    expect(cloudWatch.metrics()).toEqual([]);
    expect(cloudWatch.calls).toMatchObject([{ outcome: 'Throttling' }]);
  });

  test('can lose their answer after they have done it', async () => {
    cloudWatch.afterCall = () => { throw new ConnectionReset(); };
    expect(await codeOf(() => put({ MetricData }))).toBe('ConnectionReset');
    expect(cloudWatch.metrics()).toHaveLength(1);
    expect(cloudWatch.calls).toMatchObject([{ outcome: 'ok' }]);
  });

  test('of other actions are refused', async () => {
    expect(await codeOf(() => cloudWatch.call(writer, 'GetMetricData', {}))).toBe('UnknownOperationException');
  });
});

describe('dashboards', () => {
  const place = { x: 0, y: 0, width: 24, height: 6 };
  const metric = { type: 'metric', ...place, properties: { metrics: [['Jobs', 'Users']], region: 'us-east-1' } };
  const dashboard = (...widgets: object[]) => ({ dashboardName: 'jobs', dashboardBody: JSON.stringify({ widgets }) });

  test('are put, put again and deleted', async () => {
    cloudWatch.putDashboard(dashboard());
    cloudWatch.putDashboard(dashboard(metric));
    expect(cloudWatch.dashboards()).toEqual([{ ...dashboard(metric), arn: 'arn:aws:cloudwatch::111122223333:dashboard/jobs' }]);
    cloudWatch.deleteDashboard('jobs');
    expect(cloudWatch.dashboards()).toEqual([]);
    expect(await codeOf(() => cloudWatch.deleteDashboard('jobs'))).toBe('DashboardNotFoundError');
  });

  test.each<[string, object]>([
    ['a metric', metric],
    ['annotations alone', { ...metric, properties: { annotations: { alarms: [] }, region: 'us-east-1' } }],
    ['text', { type: 'text', ...place, properties: { markdown: '# Jobs' } }],
    ['logs', { type: 'log', ...place, properties: { region: 'us-east-1', query: 'fields @message' } }],
    ['alarms', { type: 'alarm', ...place, properties: { alarms: [] } }],
  ])('may show %s', (_, widget) => {
    cloudWatch.putDashboard(dashboard(widget));
  });

  test.each<[string, { dashboardName: string; dashboardBody: string }]>([
    ['without a name', { ...dashboard(), dashboardName: '' }],
    ['with another character in the name', { ...dashboard(), dashboardName: 'a b' }],
    ['that is not JSON', { ...dashboard(), dashboardBody: '{' }],
    ['that is a list', { ...dashboard(), dashboardBody: '[]' }],
    ['without widgets', { ...dashboard(), dashboardBody: '{}' }],
    ['with a widget without a type', dashboard({ ...metric, type: undefined })],
    ['with a widget of another type', dashboard({ ...metric, type: 'chart' })],
    ['with a widget without a place', dashboard({ ...metric, x: undefined })],
    ['with a widget beside the grid', dashboard({ ...metric, x: 24 })],
    ['with a widget above the grid', dashboard({ ...metric, y: -1 })],
    ['with a widget without width', dashboard({ ...metric, width: 0 })],
    ['with a widget that is too wide', dashboard({ ...metric, width: 25 })],
    ['with a widget without height', dashboard({ ...metric, height: undefined })],
    ['with a widget without properties', dashboard({ ...metric, properties: undefined })],
    ['with metrics of no Region', dashboard({ ...metric, properties: { metrics: [['Jobs', 'Users']] } })],
    ['with neither metrics nor annotations', dashboard({ ...metric, properties: { region: 'us-east-1' } })],
    ['with metrics that are no lists', dashboard({ ...metric, properties: { metrics: ['Jobs'], region: 'us-east-1' } })],
    ['with text that says nothing', dashboard({ type: 'text', ...place, properties: {} })],
  ])('%s are refused', async (_, wrong) => {
    expect(await codeOf(() => cloudWatch.putDashboard(wrong))).toBe('DashboardInvalidInputError');
  });
});

describe('alarms', () => {
  const alarm = {
    alarmName: 'alarm', comparisonOperator: 'GreaterThanThreshold', evaluationPeriods: 2, threshold: 0, namespace: 'Jobs', metricName: 'Users', statistic: 'Sum', period: 60,
  };
  const expression = { alarmName: 'alarm', comparisonOperator: 'GreaterThanThreshold', evaluationPeriods: 2, threshold: 0 };

  test('are put, put again and deleted', async () => {
    cloudWatch.putMetricAlarm({ ...alarm, threshold: 1 });
    expect(cloudWatch.putMetricAlarm(alarm)).toEqual({ arn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:alarm' });
    expect(cloudWatch.alarms()).toEqual([{ ...alarm, arn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:alarm' }]);
    cloudWatch.deleteAlarm('alarm');
    expect(cloudWatch.alarms()).toEqual([]);
    expect(await codeOf(() => cloudWatch.deleteAlarm('alarm'))).toBe('ResourceNotFound');
  });

  test('may look at an expression over several metrics', () => {
    cloudWatch.putMetricAlarm({ ...expression, metrics: [{ Id: 'a', MetricStat: {}, ReturnData: false }, { Id: 'b', Expression: 'a * 2' }] });
  });

  test.each<[string, object]>([
    ['without a name', { ...alarm, alarmName: '' }],
    ['with another operator', { ...alarm, comparisonOperator: 'GreaterThan' }],
    ['over no periods', { ...alarm, evaluationPeriods: 0 }],
    ['with more datapoints than periods', { ...alarm, datapointsToAlarm: 3 }],
    ['with another treatment of missing data', { ...alarm, treatMissingData: 'ok' }],
    ['without a threshold', { ...alarm, threshold: undefined }],
    ['with a band but no model for it', { ...alarm, comparisonOperator: 'GreaterThanUpperThreshold' }],
    ['with an action that is no ARN', { ...alarm, alarmActions: ['topic'] }],
    ['with six actions', { ...alarm, okActions: Array.from({ length: 6 }, () => 'arn:aws:sns:us-east-1:111122223333:topic') }],
    ['without a metric', { ...alarm, metricName: undefined }],
    ['without a statistic', { ...alarm, statistic: undefined }],
    ['with another statistic', { ...alarm, statistic: 'Median' }],
    ['with a period of 40 seconds', { ...alarm, period: 40 }],
    ['with a metric and an expression', { ...alarm, metrics: [{ Id: 'a', MetricStat: {} }] }],
    ['with two metrics that return data', { ...expression, metrics: [{ Id: 'a', MetricStat: {} }, { Id: 'b', Expression: 'a' }] }],
    ['with two metrics of one id', { ...expression, metrics: [{ Id: 'a', MetricStat: {} }, { Id: 'a', Expression: 'a' }] }],
    ['with a metric of nothing', { ...expression, metrics: [{ Id: 'a' }] }],
  ])('%s are refused', async (_, wrong) => {
    expect(await codeOf(() => cloudWatch.putMetricAlarm(wrong as typeof alarm))).toBe('ValidationError');
  });
});
