import { Blueprint, ResourceLookup } from './blueprint';
import { validationError } from './errors';
import { StackOutput } from './stack';
import { Value } from './values';

/** The outputs of a stack whose resources exist. */
export function resolveOutputs(blueprint: Blueprint, lookup: ResourceLookup): StackOutput[] {
  return [...blueprint.outputs].map(([key, { value, exportName, description }]) => ({
    key,
    value: outputText(blueprint.evaluate(value, lookup)),
    ...(exportName === undefined ? {} : { exportName: outputText(blueprint.evaluate(exportName, lookup)) }),
    ...(description === undefined ? {} : { description }),
  }));
}

function outputText(value: Value | undefined): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw validationError('Template format error: The Value field of every Outputs member must evaluate to a String.');
}
