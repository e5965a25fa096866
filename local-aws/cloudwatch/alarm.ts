import { AwsError } from '../aws';

/** An alarm as it was put. It is kept and never evaluated. */
export interface AlarmProperties {
  readonly alarmName: string;
  readonly alarmDescription?: string;
  readonly actionsEnabled?: boolean;
  readonly alarmActions?: readonly string[];
  readonly okActions?: readonly string[];
  readonly insufficientDataActions?: readonly string[];
  readonly comparisonOperator: string;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number;
  readonly threshold?: number;
  readonly thresholdMetricId?: string;
  readonly treatMissingData?: string;
  /** Either one metric … */
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic?: string;
  readonly extendedStatistic?: string;
  readonly period?: number;
  readonly unit?: string;
  /** … or an expression over several, as `PutMetricAlarm` takes them. */
  readonly metrics?: readonly Readonly<Record<string, unknown>>[];
}

export interface Alarm extends AlarmProperties {
  readonly arn: string;
}

const OPERATORS = ['GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold', 'LessThanOrEqualToThreshold'];
const BAND_OPERATORS = ['LessThanLowerOrGreaterThanUpperThreshold', 'LessThanLowerThreshold', 'GreaterThanUpperThreshold'];
const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];
const MISSING_DATA = ['breaching', 'notBreaching', 'ignore', 'missing'];
const MAX_ACTIONS = 5;

/** Refuses, as `PutMetricAlarm` does, what is no alarm. */
export function checkAlarm(alarm: AlarmProperties): void {
  const fault = generalFault(alarm) ?? (alarm.metrics === undefined ? metricFault(alarm) : expressionFault(alarm, alarm.metrics));
  if (fault !== undefined) throw new AwsError('ValidationError', fault);
}

function generalFault(alarm: AlarmProperties): string | undefined {
  const { alarmName, comparisonOperator, evaluationPeriods, datapointsToAlarm = evaluationPeriods, treatMissingData = 'missing' } = alarm;
  if (alarmName.length < 1 || alarmName.length > 255) return 'AlarmName must have 1 to 255 characters.';
  if (![...OPERATORS, ...BAND_OPERATORS].includes(comparisonOperator)) return `'${comparisonOperator}' is no ComparisonOperator.`;
  if (!isCount(evaluationPeriods)) return 'EvaluationPeriods must be an integer of at least 1.';
  if (!isCount(datapointsToAlarm) || datapointsToAlarm > evaluationPeriods) return 'DatapointsToAlarm must be an integer from 1 to EvaluationPeriods.';
  if (!MISSING_DATA.includes(treatMissingData)) return `'${treatMissingData}' is no way to treat missing data.`;
  return thresholdFault(alarm) ?? actionFault(alarm);
}

function thresholdFault({ comparisonOperator, threshold, thresholdMetricId }: AlarmProperties): string | undefined {
  if (BAND_OPERATORS.includes(comparisonOperator)) return thresholdMetricId === undefined ? 'ThresholdMetricId is required for anomaly detection.' : undefined;
  return Number.isFinite(threshold) ? undefined : 'Threshold must be a number.';
}

function actionFault({ alarmActions = [], okActions = [], insufficientDataActions = [] }: AlarmProperties): string | undefined {
  for (const actions of [alarmActions, okActions, insufficientDataActions]) {
    if (actions.length > MAX_ACTIONS) return `There are at most ${MAX_ACTIONS} actions per state.`;
    const malformed = actions.find((action) => !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(action));
    if (malformed !== undefined) return `Invalid arn syntax: ${malformed}`;
  }
  return undefined;
}

function metricFault({ namespace, metricName, statistic, extendedStatistic, period }: AlarmProperties): string | undefined {
  if (!metricName || !namespace) return 'MetricName and Namespace are required unless there are Metrics.';
  if ((statistic === undefined) === (extendedStatistic === undefined)) return 'Exactly one of Statistic and ExtendedStatistic is required.';
  if (statistic !== undefined && !STATISTICS.includes(statistic)) return `'${statistic}' is no Statistic.`;
  const isPeriod = isCount(period) && ([10, 20, 30].includes(period) || period % 60 === 0);
  return isPeriod ? undefined : 'Period must be 10, 20, 30 or a multiple of 60.';
}

function expressionFault(alarm: AlarmProperties, metrics: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const forOneMetric = ['namespace', 'metricName', 'dimensions', 'statistic', 'extendedStatistic', 'period', 'unit'] as const;
  const extra = forOneMetric.find((name) => alarm[name] !== undefined);
  if (extra !== undefined) return `Metrics and ${extra} are mutually exclusive.`;
  if (new Set(metrics.map(({ Id }) => Id)).size < metrics.length) return 'Every metric needs an Id of its own.';
  if (metrics.some(({ MetricStat, Expression }) => (MetricStat === undefined) === (Expression === undefined))) {
    return 'Every metric needs exactly one of MetricStat and Expression.';
  }
  const returned = metrics.filter(({ ReturnData = true }) => String(ReturnData) === 'true');
  return alarm.thresholdMetricId === undefined && returned.length !== 1 ? 'Exactly one metric must return data.' : undefined;
}

function isCount(value: number | undefined): value is number {
  return Number.isInteger(value) && Number(value) >= 1;
}
