import { NativeDefinition, required } from '../native-type';

/** Nobody outside the account calls in here, so that nothing but the function's existence is left to check. */
export const LAMBDA_PERMISSION: NativeDefinition = {
  type: 'AWS::Lambda::Permission',
  service: 'Lambda',
  properties: {
    required: ['Action', 'FunctionName', 'Principal'],
    optional: ['EventSourceToken', 'FunctionUrlAuthType', 'InvokedViaFunctionUrl', 'PrincipalOrgID', 'SourceAccount', 'SourceArn'],
  },
  attributes: ['Id'],
  create({ services, properties, generatedName }) {
    services.lambda.getFunction(required(properties.FunctionName));
    const physicalId = generatedName(100);
    return { physicalId, attributes: { Id: physicalId } };
  },
  delete() {
    // It goes with the function.
  },
};
