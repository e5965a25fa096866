import { NativeDefinition } from '../native-type';

/** CDK counts its users with it; nothing else happens. */
export const CDK_METADATA: NativeDefinition = {
  type: 'AWS::CDK::Metadata',
  service: 'CDK',
  properties: { optional: ['Analytics', 'Modules'] },
  create: ({ generatedName }) => ({ physicalId: generatedName(), attributes: {} }),
  update: () => undefined,
  delete: () => undefined,
};
