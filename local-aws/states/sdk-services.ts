import { boolean, double, integer, list, map, optional, required, string, structure, type StructureShape, timestamp } from '../cleanroomsml/shapes';

/** What Step Functions knows of the actions of the services that are not modelled elsewhere. Without an output, the result is what the service says. */
export interface SdkOperation {
  readonly input: StructureShape;
  readonly output?: StructureShape;
}

export type SdkOperations = Readonly<Record<string, SdkOperation>>;

const text = string();
const number = double({});
const time = optional(string());

export const CLOUDFORMATION: SdkOperations = {
  DescribeStacks: { input: structure({ StackName: optional(text), NextToken: optional(text) }) },
  DescribeStackResource: { input: structure({ StackName: required(text), LogicalResourceId: required(text) }) },
  SignalResource: {
    input: structure({ StackName: required(text), LogicalResourceId: required(text), UniqueId: required(text), Status: required(text) }),
  },
};

const metricData = list(structure({
  MetricName: required(text),
  Dimensions: optional(list(structure({ Name: required(text), Value: required(text) }))),
  Timestamp: time,
  Value: optional(number),
  StatisticValues: optional(structure({
    SampleCount: required(number), Sum: required(number), Minimum: required(number), Maximum: required(number),
  })),
  Values: optional(list(number)),
  Counts: optional(list(number)),
  Unit: optional(text),
  StorageResolution: optional(integer({})),
}));

export const CLOUDWATCH: SdkOperations = {
  PutMetricData: {
    input: structure({
      Namespace: required(text),
      MetricData: optional(metricData),
      EntityMetricData: optional(list(structure({
        Entity: optional(structure({ KeyAttributes: optional(map(text, text)), Attributes: optional(map(text, text)) })),
        MetricData: optional(metricData),
      }))),
      StrictEntityValidation: optional(boolean),
    }),
  },
};

export const EVENTBRIDGE: SdkOperations = {
  PutEvents: {
    input: structure({
      Entries: required(list(structure({
        Time: time,
        Source: optional(text),
        Resources: optional(list(text)),
        DetailType: optional(text),
        /** JSON, as a string: only the optimized integration takes an object. */
        Detail: optional(text),
        EventBusName: optional(text),
        TraceHeader: optional(text),
      }))),
      EndpointId: optional(text),
    }),
  },
};

const executionArn = required(text);
const stateMachineArn = required(text);
const execution = {
  executionArn, stateMachineArn, name: required(text), status: required(text), startDate: required(timestamp), stopDate: optional(timestamp),
};

/** As far as `api.ts` serves them. */
export const SFN: SdkOperations = {
  StartExecution: {
    input: structure({ stateMachineArn, name: optional(text), input: optional(text) }),
    output: structure({ executionArn, startDate: required(timestamp) }),
  },
  StopExecution: {
    input: structure({ executionArn, error: optional(text), cause: optional(text) }),
    output: structure({ stopDate: required(timestamp) }),
  },
  DescribeExecution: {
    input: structure({ executionArn }),
    output: structure({
      ...execution,
      input: optional(text),
      inputDetails: optional(structure({ included: optional(boolean) })),
      output: optional(text),
      error: optional(text),
      cause: optional(text),
    }),
  },
  ListExecutions: {
    input: structure({ stateMachineArn, statusFilter: optional(text), maxResults: optional(integer({})), nextToken: optional(text) }),
    output: structure({ executions: required(list(structure(execution))), nextToken: optional(text) }),
  },
};
