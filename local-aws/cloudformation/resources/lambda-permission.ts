import { defined, NativeDefinition, required, text } from '../native-type';

export const LAMBDA_PERMISSION: NativeDefinition = {
  type: 'AWS::Lambda::Permission',
  service: 'Lambda',
  properties: {
    required: ['Action', 'FunctionName', 'Principal'],
    optional: ['EventSourceToken', 'FunctionUrlAuthType', 'InvokedViaFunctionUrl', 'PrincipalOrgID', 'SourceAccount', 'SourceArn'],
  },
  attributes: ['Id'],
  create({ services, properties, generatedName }) {
    const statementId = generatedName(100);
    services.lambda.addPermission(required(properties.FunctionName), defined({
      statementId,
      action: required(properties.Action),
      principal: required(properties.Principal),
      sourceArn: text(properties.SourceArn),
      sourceAccount: text(properties.SourceAccount),
      principalOrgId: text(properties.PrincipalOrgID),
      eventSourceToken: text(properties.EventSourceToken),
      functionUrlAuthType: text(properties.FunctionUrlAuthType),
    }));
    return { physicalId: statementId, attributes: { Id: statementId } };
  },
  delete({ services, properties, physicalId }) {
    services.lambda.removePermission(required(properties.FunctionName), physicalId);
  },
};
