import { randomUUID } from 'node:crypto';
import { StateError } from './errors';
import { AwsError } from '../aws';
import { ERRORS } from '../cleanroomsml/model';
import { ConnectionReset } from '../faults';

/** Errors that services answer without having them in their models. */
const COMMON = [
  'AccessDenied', 'AccessDeniedException', 'InternalFailure', 'InternalServerException', 'SerializationException', 'ServiceUnavailable',
  'ServiceUnavailableException', 'Throttling', 'ThrottlingException', 'UnknownOperationException', 'ValidationError', 'ValidationException',
];

interface Service {
  readonly name: string;
  isModelled(code: string): boolean;
}

const isSpecific = (code: string) => !COMMON.includes(code);

const SERVICES: Readonly<Record<string, Service>> = {
  cleanroomsml: { name: 'CleanRoomsMl', isModelled: (code) => Object.hasOwn(ERRORS, code) },
  cloudformation: { name: 'CloudFormation', isModelled: isSpecific },
  cloudwatch: { name: 'CloudWatch', isModelled: isSpecific },
  eventbridge: { name: 'EventBridge', isModelled: isSpecific },
  sfn: { name: 'Sfn', isModelled: (code) => code === 'ValidationException' || isSpecific(code) },
};

/** The service, and the error's name as the SDK for Java 2 has it: one that is not in the model is just a `CloudFormationException`. */
export function sdkError(action: string, error: unknown): unknown {
  const { name, isModelled } = SERVICES[action.split(':')[0]];
  if (error instanceof ConnectionReset) return new StateError(`${name}.SdkClientException`, 'Unable to execute HTTP request: Connection reset');
  if (!(error instanceof AwsError)) return error;
  const exception = isModelled(error.code) ? error.code.replace(/Exception$/, '') : name;
  return new StateError(`${name}.${exception}Exception`, `${error.message} (Service: ${name}, Status Code: ${error.status}, Request ID: ${randomUUID()})`);
}
