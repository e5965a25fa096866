import { datasetProperties, STACK_ID } from './harness';
import { ANY_HASH, canonicalJson, identityOf, identityOfName, identityToDelete } from '../../lambda/identity';
import { ResourceType } from '../../src/private/contract';

const OTHER_STACK = STACK_ID.replace('51af', '51b0');

describe('the frozen identities: a change here trains every model of every user again', () => {
  test.each([
    ['a training dataset', ResourceType.TRAINING_DATASET, 'Interactions', datasetProperties(), 'Interactions-4afa655413b1a07f'],
    ['a training dataset with a description', ResourceType.TRAINING_DATASET, 'Interactions', datasetProperties({ Description: 'clicks' }), 'Interactions-439402363443a1ed'],
    ['an audience model', ResourceType.AUDIENCE_MODEL, 'Model', { TrainingDatasetArn: 'arn:dataset' }, 'Model-c4ee989cb5472aff'],
    ['an audience model with everything', ResourceType.AUDIENCE_MODEL, 'Model', {
      TrainingDatasetArn: 'arn:dataset',
      TrainingDataStartTime: '2026-01-01T00:00:00.000Z',
      TrainingDataEndTime: '2026-06-30T00:00:00.000Z',
      KmsKeyArn: 'arn:key',
      Generation: '2',
      Description: 'not part of it',
      Tags: [{ Key: 'not', Value: 'either' }],
    }, 'Model-643a4ef9df80c36d'],
    ['the gate of an audience model', ResourceType.AUDIENCE_MODEL_GATE, 'ModelGate', {
      AudienceModelName: 'mine', Training: 'Model-c4ee989cb5472aff', Until: 'ACTIVE', StateMachineArn: 'arn:machine',
    }, 'ModelGate-9fa3f61f7fabcaf2'],
    ['an audience model that says how it is waited for', ResourceType.AUDIENCE_MODEL, 'Model', {
      TrainingDatasetArn: 'arn:dataset', StateMachineArn: 'arn:machine', TrainingWait: { Until: 'ACTIVE', Minutes: '60', Windows: ['Window1'] },
    }, 'Model-c4ee989cb5472aff'],
    ['a configured audience model', ResourceType.CONFIGURED_AUDIENCE_MODEL, 'Configured', { AudienceModelArn: 'arn:model' }, 'Configured-dd697fc09bce13e0'],
    ['a configured audience model with bins and tag policy', ResourceType.CONFIGURED_AUDIENCE_MODEL, 'Configured', {
      AudienceModelArn: 'arn:model',
      ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE',
      AudienceSizeConfig: { AudienceSizeType: 'PERCENTAGE', AudienceSizeBins: ['1', '5'] },
    }, 'Configured-e37d5aa56f99efc3'],
    ['a policy', ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY, 'Policy', { ConfiguredAudienceModelArn: 'arn:configured', PolicyDocument: '{}' }, 'Policy-9285d60b5c8232f1'],
  ])('%s', (_, type, logicalId, properties, expected) => {
    expect(identityOf(type, STACK_ID, logicalId, properties)).toEqual({ name: expected, hash: expected.slice(-16), explicit: false });
  });
});

const nameOf = (type: Parameters<typeof identityOf>[0], properties: object, logicalId = 'Id', stackId = STACK_ID) =>
  identityOf(type, stackId, logicalId, { ...properties }).name;

describe('what is part of an identity', () => {
  const { TRAINING_DATASET, AUDIENCE_MODEL, AUDIENCE_MODEL_GATE, CONFIGURED_AUDIENCE_MODEL, CONFIGURED_AUDIENCE_MODEL_POLICY } = ResourceType;

  test.each([
    [TRAINING_DATASET, { RoleArn: 'other' }],
    [TRAINING_DATASET, { TrainingData: [] }],
    [TRAINING_DATASET, { Description: 'other' }],
    [AUDIENCE_MODEL, { TrainingDatasetArn: 'other' }],
    [AUDIENCE_MODEL, { TrainingDataStartTime: 'other' }],
    [AUDIENCE_MODEL, { TrainingDataEndTime: 'other' }],
    [AUDIENCE_MODEL, { KmsKeyArn: 'other' }],
    [AUDIENCE_MODEL, { Generation: 'other' }],
    [AUDIENCE_MODEL_GATE, { Training: 'other' }],
    [CONFIGURED_AUDIENCE_MODEL, { ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE' }],
    [CONFIGURED_AUDIENCE_MODEL, { AudienceSizeConfig: {} }],
    [CONFIGURED_AUDIENCE_MODEL_POLICY, { ConfiguredAudienceModelArn: 'other' }],
  ])('a %s with %j is another one', (type, change) => {
    expect(nameOf(type, change)).not.toBe(nameOf(type, {}));
  });

  test.each([
    [TRAINING_DATASET, { Description: '' }],
    [TRAINING_DATASET, { Tags: [{ Key: 'a', Value: 'b' }] }],
    [AUDIENCE_MODEL, { Description: 'other' }],
    [AUDIENCE_MODEL, { KmsKeyArn: undefined }],
    [AUDIENCE_MODEL, { TrainingWait: { Until: 'ACCEPTED' }, StateMachineArn: 'other' }],
    [AUDIENCE_MODEL_GATE, { AudienceModelName: 'other', Until: 'ACCEPTED', StateMachineArn: 'other' }],
    [CONFIGURED_AUDIENCE_MODEL, { ChildResourceTagOnCreatePolicy: 'NONE' }],
    [CONFIGURED_AUDIENCE_MODEL, { AudienceModelArn: 'other', OutputConfig: {}, SharedAudienceMetrics: [], MinMatchingSeedSize: '25', Description: 'x' }],
    [CONFIGURED_AUDIENCE_MODEL_POLICY, { PolicyDocument: 'other' }],
    [TRAINING_DATASET, { ServiceToken: 'other', AddedInALaterVersion: 'x' }],
  ])('a %s with %j is the same', (type, change) => {
    expect(nameOf(type, change)).toBe(nameOf(type, {}));
  });

  test('other bins are the same configured audience model', () => {
    expect(nameOf(CONFIGURED_AUDIENCE_MODEL, { AudienceSizeConfig: { AudienceSizeBins: ['1'] } }))
      .toBe(nameOf(CONFIGURED_AUDIENCE_MODEL, { AudienceSizeConfig: { AudienceSizeBins: ['2'] } }));
  });

  test('the same properties in another stack or under another logical id are another resource', () => {
    expect(nameOf(AUDIENCE_MODEL, {}, 'Id', OTHER_STACK).slice(-16)).not.toBe(nameOf(AUDIENCE_MODEL, {}).slice(-16));
    expect(nameOf(AUDIENCE_MODEL, {}, 'Id2').slice(-16)).not.toBe(nameOf(AUDIENCE_MODEL, {}).slice(-16));
  });

  test('the name that the user gave is used as it is', () => {
    expect(identityOf(AUDIENCE_MODEL, STACK_ID, 'Id', { Name: 'mine' })).toEqual({ name: 'mine', hash: nameOf(AUDIENCE_MODEL, {}).slice(-16), explicit: true });
    expect(identityOf(AUDIENCE_MODEL, STACK_ID, 'Id', { Name: '' }).explicit).toBe(false);
  });

  test.each([[45, 62], [46, 63], [47, 63], [255, 63]])('a logical id of %i characters makes a name of %i', (length, expected) => {
    expect(nameOf(AUDIENCE_MODEL, {}, 'L'.repeat(length))).toHaveLength(expected);
  });

  test.each([[{ RoleArn: 1, TrainingData: 'no', Description: [] }], [{ Name: 7 }]])('properties that were refused have an identity too: %j', (properties) => {
    expect(nameOf(TRAINING_DATASET, properties)).toMatch(/^Id-[0-9a-f]{16}$/);
  });
});

describe('names recognised as computed', () => {
  test.each(['Id-0123456789abcdef', nameOf(ResourceType.AUDIENCE_MODEL, {})])('%s', (name) => {
    expect(identityOfName('Id', name)).toEqual({ name, hash: name.slice(-16), explicit: false });
  });

  test('those of a long logical id', () => {
    const logicalId = 'L'.repeat(100);
    const name = nameOf(ResourceType.AUDIENCE_MODEL, {}, logicalId);
    expect(identityOfName(logicalId, name)).toEqual({ name, hash: name.slice(-16), explicit: false });
  });

  test.each(['Id-0123456789abcde', 'Id-0123456789abcdef0', 'Id-0123456789ABCDEF', 'Other-0123456789abcdef', 'Lookalike-Id-1ABCDEFGHIJKL', 'Id', 'mine', ''])('not %p', (name) => {
    expect(identityOfName('Id', name)).toBeUndefined();
  });
});

describe('who a Delete is for', () => {
  const computed = { name: 'Id-0123456789abcdef', hash: '0123456789abcdef', explicit: false };

  const toDelete = (physicalId: string, stackName = 'Lookalike', logicalId = 'Id') =>
    identityToDelete(`arn:aws:cloudformation:us-east-1:111122223333:stack/${stackName}/0123`, logicalId, physicalId, computed);

  test.each<[string, string?, string?]>([
    ['Id-0123456789abcdef'], ['Lookalike-Id-1ABCDEFGHIJKL'], ['Lookalike-Id-ABCDEFGHIJ'], ['Lookalike-Id-SMejhlEaFmzo'], ['Lookalike-Id-12345678901Z'],
    ['my-own-stack-Id-1ABCDEFGHIJKL', 'my-own-stack'], ['my-own-Id-1ABCDEFGHIJKL', 'my-own-stack'], ['Lookalike-Retail-1ABCDEFGHIJKL', 'Lookalike', 'RetailModel'],
  ])('%s: the one that the properties say', (...physicalId) => {
    expect(toDelete(...physicalId)).toEqual(computed);
  });

  test('another generated name: that generation', () => {
    expect(toDelete('Id-fedcba9876543210')).toEqual({ name: 'Id-fedcba9876543210', hash: 'fedcba9876543210', explicit: false });
  });

  test.each([
    'mine', 'mine-ABCDEFGHI', 'mine-1abcdefghijkl', 'Id-0123456789abcde', 'audience-2026061500', 'audience-20260615000000', 'RETAIL-AUDIENCE-2026061500',
    'Lookalike-2026061500', 'Id-2026061500', 'Lookalike-Other-1ABCDEFGHIJKL', 'Other-Id-1ABCDEFGHIJKL', 'Lookalike-Id-1ABCDEFGHIJKL-x', '-Id-1ABCDEFGHIJKL',
    'Lookalike--1ABCDEFGHIJKL', 'Lookalike-Id-2026061500', 'Lookalike-Id-production', 'Lookalike-Id-Production', 'Look-Id-20260615000000',
  ])('%s: whichever generation bears the name', (physicalId) => {
    expect(toDelete(physicalId)).toEqual({ name: physicalId, hash: ANY_HASH, explicit: true });
  });
});

describe('canonical JSON', () => {
  test('sorts keys at every depth, keeps the order of lists and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined, a: null }, 'x'], a: { z: '', y: true } })).toBe('{"a":{"y":true,"z":""},"b":[{"a":null,"d":1},"x"]}');
  });

  test('of nothing is null', () => expect(canonicalJson(undefined)).toBe('null'));
});
