import type { RawProperties } from '../events';
import type { Kind } from '../kind';
import { ensure } from '../lifecycle';
import type { Reader } from '../properties';
import { removeOwn } from '../removal';
import type { Step } from '../step';

/** What a request ends with. */
export interface Ensured {
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether the execution goes on with the training once the request is answered. */
  readonly trains?: boolean;
}

/** All that the handlers do with resources of one type. */
export interface ResourceHandler {
  /** Throws a `Refusal` for properties that cannot be. */
  readonly check: (properties: RawProperties) => unknown;
  /** Both end with `NotYet` where the step must be repeated. */
  readonly ensure: (step: Step) => Promise<Ensured>;
  readonly remove: (step: Step) => Promise<void>;
  /** Whether the step is repeated as long as CloudFormation waits. */
  readonly isPatient?: boolean;
}

/** What is there as soon as the service has created it. */
export function synchronous(attribute: string, read: Reader<object>, kindOf: (step: Step) => Kind): ResourceHandler {
  return {
    check: (properties) => read(properties, ''),
    ensure: async (step) => ({ attributes: { [attribute]: await ensure(kindOf(step), step) } }),
    remove: async (step) => removeOwn(kindOf(step), step),
  };
}
