import type { Principal } from '../aws';
import { runtimeError } from './errors';
import type { JsonObject } from './json';
import type { Integration, Integrations } from './tasks';

/** What tasks call of CloudFormation. It asks IAM itself. */
interface CallableCloudFormation {
  call(principal: Principal, action: string, parameters: Readonly<Record<string, string>>): Promise<unknown>;
}

/** The fields of each action, and whether they are required. All of them are strings. */
const CLOUDFORMATION: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  DescribeStacks: { StackName: false, NextToken: false },
  DescribeStackResource: { StackName: true, LogicalResourceId: true },
  SignalResource: { StackName: true, LogicalResourceId: true, UniqueId: true, Status: true },
};

/** The AWS API actions that tasks may call, by the names of `arn:aws:states:::aws-sdk:…`. CloudFormation is only there once tasks run. */
export function sdkIntegrations(cloudFormation: () => CallableCloudFormation): Integrations {
  return Object.fromEntries(Object.entries(CLOUDFORMATION).map(([action, fields]): [string, Integration] => [
    `cloudformation:${action.charAt(0).toLowerCase()}${action.slice(1)}`,
    async (principal, parameters) => cloudFormation().call(principal, action, checked(parameters, fields)),
  ]));
}

/** Step Functions knows the fields of every action, and does not even call with others. */
function checked(parameters: JsonObject, fields: Readonly<Record<string, boolean>>): Record<string, string> {
  const faults = [
    ...Object.keys(parameters).filter((name) => !(name in fields)).map((name) => `The field '${name}' is not supported by Step Functions`),
    ...Object.keys(fields).filter((name) => fields[name] && !(name in parameters)).map((name) => `The field '${name}' is required but was missing`),
    ...Object.keys(parameters).filter((name) => name in fields && typeof parameters[name] !== 'string')
      .map((name) => `The value for the field '${name}' must be a STRING`),
  ];
  if (faults.length > 0) throw runtimeError(`The Parameters '${JSON.stringify(parameters)}' could not be used to start the Task: [${faults.join(', ')}]`);
  return parameters as Record<string, string>;
}
