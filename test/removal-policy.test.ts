import { CfnDeletionPolicy, CfnResource, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { OTHER_ACCOUNT, testChain, testConfigured, testDataset, testImportedConfigured, testModel, testStack } from './fixtures';
import { AudienceModelRetraining, ConfiguredAudienceModelPolicy, TrainingDataset } from '../src';

/* What becomes of resources, as far as the template says it. */

type Make = (stack: Stack, removalPolicy?: RemovalPolicy) => Construct;

const RESOURCES: [string, Make][] = [
  ['TrainingDataset', (stack, removalPolicy) => testDataset(stack, { removalPolicy })],
  ['AudienceModel', (stack, removalPolicy) => testModel(stack, { removalPolicy })],
  ['ConfiguredAudienceModel', (stack, removalPolicy) => testConfigured(stack, { removalPolicy })],
  ['ConfiguredAudienceModelPolicy', (stack, removalPolicy) => new ConfiguredAudienceModelPolicy(stack, 'Policy', {
    configuredAudienceModel: testImportedConfigured(stack),
    document: new iam.PolicyDocument({
      statements: [new iam.PolicyStatement({ principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)], actions: ['cleanrooms-ml:StartAudienceGenerationJob'], resources: ['*'] })],
    }),
    removalPolicy,
  })],
  ['AudienceModelRetraining', (stack, removalPolicy) => {
    const configuredAudienceModel = testChain(stack);
    return new AudienceModelRetraining(stack, 'Retraining', {
      configuredAudienceModel, trainingDataset: stack.node.findChild('Interactions') as TrainingDataset, removalPolicy,
    });
  }],
];

const resourceOf = (construct: Construct) => construct.node.defaultChild as CfnResource;

describe.each(RESOURCES)('SNAPSHOT, which CloudFormation does not know of custom resources, is refused: %s', (type, make) => {
  const advice = 'because CloudFormation makes no snapshots of custom resources; choose one of them';

  test('as a property', () => {
    expect(() => make(testStack(), RemovalPolicy.SNAPSHOT)).toThrow(new RegExp(
      `^invalid ${type} at 'Retail/\\w+':\n  - removalPolicy: got "snapshot"; it must be RemovalPolicy.DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, ${advice}$`,
    ));
    expect(() => make(testStack(), 'keep' as RemovalPolicy)).toThrow('removalPolicy: got "keep"; it must be RemovalPolicy.DESTROY');
  });

  test.each<[string, (construct: Construct) => void]>([
    ['applyRemovalPolicy', (construct) => resourceOf(construct).applyRemovalPolicy(RemovalPolicy.SNAPSHOT)],
    ['an aspect', (construct) => RemovalPolicies.of(construct).snapshot({ applyToResourceTypes: [resourceOf(construct).cfnResourceType] })],
    ['an escape hatch', (construct) => Object.assign(resourceOf(construct).cfnOptions, { deletionPolicy: CfnDeletionPolicy.SNAPSHOT })],
  ])('by %s', (_, say) => {
    const stack = testStack();
    const construct = make(stack);
    say(construct);
    expect(() => Template.fromStack(stack)).toThrow(
      `[${construct.node.path}] deletionPolicy: got "Snapshot"; it must be Delete, Retain or RetainExceptOnCreate, ${advice}`);
  });

  test('of what is replaced', () => {
    const stack = testStack();
    resourceOf(make(stack)).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
    expect(() => Template.fromStack(stack)).toThrow('updateReplacePolicy: got "Snapshot"; it must be Delete, Retain');
  });

  test.each([RemovalPolicy.DESTROY, RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('and %s is not', (removalPolicy) => {
    const stack = testStack();
    make(stack, removalPolicy);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
