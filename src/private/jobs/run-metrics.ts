import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jsonata, literal } from './expressions';
import { Dimension, METRIC_NAMESPACE, MetricName, RETRAINING } from './run-contract';
import { errorsOf, retried, ServiceCall } from './service-call';

/** Writes the quality of a generated audience down, as far as it is known. An audience is not lost for a metric, so a failure is let pass. */
export function putMetrics(scope: Construct, audienceName: string, next: sfn.IChainable): sfn.IChainable {
  const dimension = (name: string, value: string) => `{ "Name": ${literal(name)}, "Value": ${value} }`;
  const audience = dimension(Dimension.AUDIENCE, literal(audienceName));
  const size = dimension(Dimension.AUDIENCE_SIZE, 'AudienceSize.Type & "-" & AudienceSize.Value');
  const data = sfn.Pass.jsonata(scope, 'Measure', {
    outputs: jsonata(`$merge([$states.input, { "Metrics": [
      $type($states.input.Generation.Recall) = "number" ? {
        "MetricName": ${literal(MetricName.RECALL)}, "Value": $states.input.Generation.Recall, "Dimensions": [${audience}]
      } : [],
      $states.input.Generation.Relevance[$type(Score) = "number"].{
        "MetricName": ${literal(MetricName.RELEVANCE)}, "Value": Score, "Dimensions": [${audience}, ${size}]
      }
    ] }])`),
  });
  const put = putMetricData(scope, METRIC_NAMESPACE, jsonata('$states.input.Metrics'), next);
  return data.next(sfn.Choice.jsonata(scope, 'Measured?')
    .when(sfn.Condition.jsonata(jsonata('$count($states.input.Metrics) > 0')), put)
    .otherwise(next));
}

/** Writes down how long an execution took that trained. */
export function putDuration(scope: Construct, retrainingName: string, next: sfn.IChainable): sfn.IChainable {
  const { metricNamespace, durationMetric, dimension } = RETRAINING;
  const put = putMetricData(scope, metricNamespace, [{
    MetricName: durationMetric,
    Value: jsonata('$states.input.durationSeconds'),
    Unit: 'Seconds',
    Dimensions: [{ Name: dimension, Value: retrainingName }],
  }], next);
  return sfn.Choice.jsonata(scope, 'Measured?')
    .when(sfn.Condition.jsonata(jsonata('$states.input.status = "TRAINED"')), put)
    .otherwise(next);
}

function putMetricData(scope: Construct, namespace: string, data: unknown, next: sfn.IChainable): ServiceCall {
  const put = new ServiceCall(scope, 'Put metrics', {
    service: 'cloudwatch',
    action: 'putMetricData',
    arguments: { Namespace: namespace, MetricData: data },
    output: jsonata('$states.input'),
    statements: [new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': namespace } },
    })],
  });
  const { throttled, outcomeUnknown } = errorsOf('CloudWatch');
  put.addRetry(retried([...throttled, ...outcomeUnknown, 'CloudWatch.InternalServiceFaultException']));
  put.addCatch(next, { outputs: jsonata('$states.input') });
  put.next(next);
  return put;
}
