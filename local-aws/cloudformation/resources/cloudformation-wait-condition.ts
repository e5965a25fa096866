import { NativeDefinition } from '../native-type';

/** Does nothing: its CreationPolicy is what makes the stack wait. Not with a handle. */
export const WAIT_CONDITION: NativeDefinition = {
  type: 'AWS::CloudFormation::WaitCondition',
  service: 'CloudFormation',
  properties: {},
  attributes: ['Data'],
  create(request) {
    // Only the signals of a handle carry data.
    return { physicalId: request.generatedName(), attributes: { Data: '{}' } };
  },
  delete() {},
};
