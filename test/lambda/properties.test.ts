import { configuredProperties, datasetProperties, modelProperties, policyProperties } from './harness';
import { integer, list, object, optional, optionalText, text, time } from '../../lambda/properties';
import { check } from '../../lambda/resources';
import { ResourceType } from '../../src/private/contract';

const { TRAINING_DATASET, AUDIENCE_MODEL, AUDIENCE_MODEL_GATE, CONFIGURED_AUDIENCE_MODEL, CONFIGURED_AUDIENCE_MODEL_POLICY } = ResourceType;
const wait = (more: object) => ({ TrainingWait: { Until: 'ACTIVE', Minutes: '60', Windows: ['Window1'], ...more } });
const gate = { AudienceModelName: 'mine', Training: 'Model-0', Until: 'ACTIVE', StateMachineArn: 'arn' };
const bins = (...AudienceSizeBins: unknown[]) => ({ AudienceSizeConfig: { AudienceSizeType: 'PERCENTAGE', AudienceSizeBins } });
const [dataset] = datasetProperties().TrainingData as [{ InputConfig: { Schema: object[] } }];

test.each([
  [TRAINING_DATASET, datasetProperties({ RoleArn: undefined }), 'RoleArn must be a non-empty string, got nothing'],
  [TRAINING_DATASET, datasetProperties({ RoleArn: ['x'] }), 'RoleArn must be a non-empty string, got ["x"]'],
  [TRAINING_DATASET, datasetProperties({ TrainingData: [] }), 'TrainingData must be a non-empty list, got []'],
  [TRAINING_DATASET, datasetProperties({ TrainingData: ['x'] }), 'TrainingData[0] must be an object, got "x"'],
  [TRAINING_DATASET, datasetProperties({ TrainingData: [{ ...dataset, InputConfig: { ...dataset.InputConfig, DataSource: {} } }] }),
    'TrainingData[0].InputConfig.DataSource.GlueDataSource must be an object, got nothing'],
  [TRAINING_DATASET, datasetProperties({ TrainingData: [{ ...dataset, InputConfig: { ...dataset.InputConfig, Schema: [{ ColumnName: 'a', ColumnTypes: [''] }] } }] }),
    'TrainingData[0].InputConfig.Schema[0].ColumnTypes[0] must be a non-empty string, got ""'],
  [TRAINING_DATASET, datasetProperties({ Tags: [{ Value: 'x' }] }), 'Tags[0].Key must be a non-empty string, got nothing'],
  [AUDIENCE_MODEL, { StateMachineArn: 'arn' }, 'TrainingDatasetArn must be a non-empty string, got nothing'],
  [AUDIENCE_MODEL, modelProperties('arn', { TrainingDataStartTime: 'soon' }), 'TrainingDataStartTime must be an ISO 8601 date and time, got "soon"'],
  [AUDIENCE_MODEL, modelProperties('arn', { TrainingDataEndTime: { a: 1 } }), 'TrainingDataEndTime must be a non-empty string, got {"a":1}'],
  [AUDIENCE_MODEL, modelProperties('arn', { StateMachineArn: undefined }), 'StateMachineArn must be a non-empty string, got nothing'],
  [AUDIENCE_MODEL, modelProperties('arn', { TrainingWait: undefined }), 'TrainingWait must be an object, got nothing'],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Until: '' })), 'TrainingWait.Until must be a non-empty string, got ""'],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Minutes: '0' })), 'TrainingWait.Minutes must be a whole number from 1 to 7200, got "0"'],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Minutes: '7201' })), 'TrainingWait.Minutes must be a whole number from 1 to 7200, got "7201"'],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Minutes: undefined })), 'TrainingWait.Minutes must be a whole number from 1 to 7200, got nothing'],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Windows: [] })), 'TrainingWait.Windows must be a non-empty list, got []'],
  [AUDIENCE_MODEL_GATE, { ...gate, AudienceModelName: undefined }, 'AudienceModelName must be a non-empty string, got nothing'],
  [AUDIENCE_MODEL_GATE, { ...gate, Training: '' }, 'Training must be a non-empty string, got ""'],
  [AUDIENCE_MODEL_GATE, { ...gate, Until: undefined }, 'Until must be a non-empty string, got nothing'],
  [AUDIENCE_MODEL_GATE, { ...gate, StateMachineArn: undefined }, 'StateMachineArn must be a non-empty string, got nothing'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { OutputConfig: {} }), 'OutputConfig.Destination must be an object, got nothing'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { OutputConfig: [] }), 'OutputConfig must be an object, got []'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { SharedAudienceMetrics: 'ALL' }), 'SharedAudienceMetrics must be a non-empty list, got "ALL"'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: '24' }), 'MinMatchingSeedSize must be a whole number from 25 to 500000, got "24"'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: '500001' }), 'MinMatchingSeedSize must be a whole number from 25 to 500000, got "500001"'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: '25.5' }), 'MinMatchingSeedSize must be a whole number from 25 to 500000, got "25.5"'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: '1e3' }), 'MinMatchingSeedSize must be a whole number from 25 to 500000, got "1e3"'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: '' }), 'MinMatchingSeedSize must be a whole number from 25 to 500000, got ""'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: true }), 'MinMatchingSeedSize must be a whole number from 25 to 500000, got true'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', bins('1', '0')), 'AudienceSizeConfig.AudienceSizeBins[1] must be a whole number from 1 to 20000000, got "0"'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', bins('20000001')), 'AudienceSizeConfig.AudienceSizeBins[0] must be a whole number from 1 to 20000000, got "20000001"'],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', bins()), 'AudienceSizeConfig.AudienceSizeBins must be a non-empty list, got []'],
  [CONFIGURED_AUDIENCE_MODEL_POLICY, { StateMachineArn: 'arn', ConfiguredAudienceModelArn: 'arn' }, 'PolicyDocument must be a non-empty string, got nothing'],
])('%s %j: %s', (type, properties, message) => {
  expect(() => check(type, properties)).toThrow(new Error(message));
});

test.each(Object.values(ResourceType))('%s must say which state machine works at it', (type) => {
  expect(() => check(type, {})).toThrow(new Error('StateMachineArn must be a non-empty string, got nothing'));
});

test.each([
  [TRAINING_DATASET, datasetProperties({ Description: '', Tags: [{ Key: 'a', Value: '' }] })],
  [AUDIENCE_MODEL, modelProperties('arn', { TrainingDataStartTime: '2026-01-01T00:00:00.000Z' })],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Minutes: '1' }))],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Minutes: 7_200 }))],
  [AUDIENCE_MODEL, modelProperties('arn', wait({ Windows: undefined }))],
  [AUDIENCE_MODEL_GATE, gate],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: '25', ...bins('1', '20000000') })],
  [CONFIGURED_AUDIENCE_MODEL, configuredProperties('arn', { MinMatchingSeedSize: 500_000 })],
  [CONFIGURED_AUDIENCE_MODEL_POLICY, policyProperties('arn')],
])('%s %j is accepted', (type, properties) => {
  expect(() => check(type, properties)).not.toThrow();
});

test('what is read is called as the service calls it, and what CloudFormation made strings are numbers and times again', () => {
  const read = object({
    KmsKeyArn: text,
    Size: integer(1, 9),
    Bins: list(integer(1, 9)),
    Since: time,
    Unset: optional(time),
    Empty: optionalText,
    In: object({ S3Uri: text }),
  });
  const raw = { KmsKeyArn: 'key', Size: '7', Bins: ['1', 5], Since: '2026-01-01T00:00:00.000Z', Empty: '', In: { S3Uri: 's3://a' }, More: 'x' };
  expect(read(raw, '')).toStrictEqual({
    kmsKeyArn: 'key', size: 7, bins: [1, 5], since: new Date('2026-01-01'), unset: undefined, empty: undefined, in: { s3Uri: 's3://a' },
  });
});

test('a long value is cut in the message', () => {
  expect(() => check(AUDIENCE_MODEL, { StateMachineArn: 'arn', TrainingDatasetArn: ['x'.repeat(5_000)] })).toThrow(/^TrainingDatasetArn.{1,280}$/);
});
