import type { Execution } from './execution';

/** The event that EventBridge gets of an execution that begins or ends. */
export function statusChange({ arn, stateMachineArn, name, status, startDate, stopDate, input, output, error, cause }: Execution) {
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn,
      name,
      status,
      startDate,
      stopDate: stopDate ?? null,
      input,
      inputDetails: { included: true },
      output: output ?? null,
      outputDetails: output === undefined ? null : { included: true },
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}
