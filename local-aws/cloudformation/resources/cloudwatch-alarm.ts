import { AwsError } from '../../aws';
import { defined, flag, NativeDefinition, number, objects, required, text, texts } from '../native-type';
import { Value, Values } from '../values';

export const ALARM: NativeDefinition = {
  type: 'AWS::CloudWatch::Alarm',
  service: 'CloudWatch',
  properties: {
    required: ['ComparisonOperator', 'EvaluationPeriods'],
    optional: [
      'ActionsEnabled', 'AlarmActions', 'AlarmDescription', 'AlarmName', 'DatapointsToAlarm', 'Dimensions', 'EvaluateLowSampleCountPercentile',
      'ExtendedStatistic', 'InsufficientDataActions', 'MetricName', 'Metrics', 'Namespace', 'OKActions', 'Period', 'Statistic', 'Tags', 'Threshold',
      'ThresholdMetricId', 'TreatMissingData', 'Unit',
    ],
    replacement: ['AlarmName'],
  },
  attributes: ['Arn'],
  create({ services, properties, generatedName }) {
    const alarmName = text(properties.AlarmName) ?? generatedName();
    if (services.cloudWatch.alarms().some((other) => other.alarmName === alarmName)) {
      throw new AwsError('AlreadyExistsException', `${alarmName} already exists.`);
    }
    return { physicalId: alarmName, attributes: { Arn: services.cloudWatch.putMetricAlarm(alarm(alarmName, properties)).arn } };
  },
  update({ services, properties, physicalId }) {
    services.cloudWatch.putMetricAlarm(alarm(physicalId, properties));
  },
  delete({ services, physicalId }) {
    services.cloudWatch.deleteAlarm(physicalId);
  },
};

function alarm(alarmName: string, properties: Values) {
  return defined({
    alarmName,
    alarmDescription: text(properties.AlarmDescription),
    actionsEnabled: flag(properties.ActionsEnabled),
    alarmActions: texts(properties.AlarmActions),
    okActions: texts(properties.OKActions),
    insufficientDataActions: texts(properties.InsufficientDataActions),
    comparisonOperator: required(properties.ComparisonOperator),
    evaluationPeriods: number(properties.EvaluationPeriods) ?? 0,
    datapointsToAlarm: number(properties.DatapointsToAlarm),
    threshold: number(properties.Threshold),
    thresholdMetricId: text(properties.ThresholdMetricId),
    treatMissingData: text(properties.TreatMissingData),
    namespace: text(properties.Namespace),
    metricName: text(properties.MetricName),
    dimensions: dimensions(properties.Dimensions),
    statistic: text(properties.Statistic),
    extendedStatistic: text(properties.ExtendedStatistic),
    period: number(properties.Period),
    unit: text(properties.Unit),
    metrics: properties.Metrics === undefined ? undefined : objects(properties.Metrics),
  });
}

function dimensions(value: Value | undefined): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(objects(value).map((dimension) => [required(dimension.Name), required(dimension.Value)]));
}
