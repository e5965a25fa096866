import { AwsError } from '../aws';
import { ErrorName, ERRORS } from './model';

/** One of the modelled errors. */
export function failure(name: ErrorName, message: string, fields: Readonly<Record<string, unknown>> = {}): AwsError {
  return new AwsError(name, message, ERRORS[name].status, fields);
}
