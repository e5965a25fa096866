import { IConstruct } from 'constructs';

/**
 * Bad properties of a construct, all of them in one message.
 *
 * The symbols make the CDK treat this as a validation error of its own (`Errors.isValidationError`).
 */
export class InvalidPropertiesError extends Error {
  public readonly name = 'ValidationError';

  constructor(construct: IConstruct, public readonly faults: string[]) {
    super(`invalid ${construct.constructor.name} at '${construct.node.path}':\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    for (const symbol of ['@aws-cdk/core.SynthesisError', '@aws-cdk/core.ValidationError']) {
      Object.defineProperty(this, Symbol.for(symbol), { value: true });
    }
  }
}

/** Reports all faults of one construct together. */
export function throwIfFaulty(construct: IConstruct, ...faults: string[][]): void {
  const all = faults.flat();
  if (all.length > 0) throw new InvalidPropertiesError(construct, all);
}
