/** As far as the tests use it; the package comes without types. */
declare module 'asl-validator' {
  interface Options {
    readonly checkPaths?: boolean;
    readonly checkArn?: boolean;
  }
  interface Result {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  }
  function validate(definition: object, options?: Options): Result;
  export = validate;
}
