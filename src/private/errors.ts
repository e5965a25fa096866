import { IConstruct } from 'constructs';

/**
 * Bad properties of a construct, all of them in one message.
 *
 * The symbols make the CDK treat this as a validation error of its own (`Errors.isValidationError`).
 */
export class InvalidPropertiesError extends Error {
  public readonly name = 'ValidationError';

  constructor(type: string, path: string, public readonly faults: string[]) {
    super(`invalid ${type} at '${path}':\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    for (const symbol of ['@aws-cdk/core.SynthesisError', '@aws-cdk/core.ValidationError']) {
      Object.defineProperty(this, Symbol.for(symbol), { value: true });
    }
  }
}

/** Reports all faults of one construct together. */
export function throwIfFaulty(construct: IConstruct, ...faults: string[][]): void {
  const all = faults.flat();
  if (all.length > 0) throw new InvalidPropertiesError(construct.constructor.name, construct.node.path, all);
}

/** Reports the faults of a construct that cannot be made for them. */
export function throwIfFaultyImport(type: string, scope: IConstruct, id: string, faults: string[]): void {
  const path = [scope.node.path, id].filter((part) => part !== '').join('/');
  if (faults.length > 0) throw new InvalidPropertiesError(type, path, faults);
}
