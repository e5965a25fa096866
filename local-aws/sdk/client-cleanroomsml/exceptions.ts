import { ServiceException } from '@smithy/core/client';
import { ErrorName, ERRORS, SERVICE } from '../../cleanroomsml/model';

type Options = Partial<ConstructorParameters<typeof ServiceException>[0]>;

/** What every error of the service is, also one that is not modelled. */
export class CleanRoomsMLServiceException extends ServiceException {
  static readonly shapeId: string = `smithy.ts.sdk.synthetic.${SERVICE.namespace}#${SERVICE.sdkId}ServiceException`;

  constructor(options: Options) {
    super({ name: `${SERVICE.sdkId}ServiceException`, $fault: 'client', $metadata: {}, ...options });
    Object.setPrototypeOf(this, CleanRoomsMLServiceException.prototype);
  }
}

function exception(name: ErrorName) {
  class Exception extends CleanRoomsMLServiceException {
    static readonly shapeId: string = `${SERVICE.namespace}#${name}`;

    constructor(options: Options) {
      super({ ...options, name });
      Object.setPrototypeOf(this, Exception.prototype);
    }
  }
  return Object.defineProperty(Exception, 'name', { value: name });
}

export const EXCEPTIONS = Object.fromEntries((Object.keys(ERRORS) as ErrorName[]).map((name) => [name, exception(name)])) as
  Readonly<Record<ErrorName, ReturnType<typeof exception>>>;
