import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CleanRoomsMlProvider, TrainingWait } from '../src';
import { ACCOUNT, ChainProps, encryptedBucket, HANDLER_POLICY, HANDLER_ROLE, STATE_MACHINE, testChain, testModel, testStack } from './fixtures';
import { depthsOf, ofType, resourcesOf, TemplateResource } from './template-graph';
import { ResourceType } from '../src/private/contract';

describe('what a stack costs', () => {
  const windowsIn = (resources: Record<string, TemplateResource>) => ofType(resources, 'AWS::CloudFormation::WaitCondition').length;
  const depths = (stack: Stack) => {
    const resources = resourcesOf(stack);
    const all = depthsOf(resources);
    const custom = ofType(resources, 'Custom::').map(([id]) => all.get(id) as number);
    const [[configured]] = ofType(resources, ResourceType.CONFIGURED_AUDIENCE_MODEL);
    return { first: Math.min(...custom), configured: (all.get(configured) as number) - Math.max(windowsIn(resources) - 2, 0) };
  };

  test.each<[string, ChainProps]>([
    ['the default wait', {}],
    ['a wait of 5 days', { trainingWait: TrainingWait.upTo(Duration.days(5)) }],
    ['no wait', { trainingWait: TrainingWait.none() }],
  ])('the first custom resource is at most 6 deep, the configured model at most 11 and its windows over two: %s', (_wait, props) => {
    const stack = testStack();
    testChain(stack, props);
    const { first, configured } = depths(stack);
    expect(first).toBeLessThanOrEqual(6);
    expect(configured).toBeLessThanOrEqual(11);
  });

  test('the same with a key of the user\'s', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    testChain(stack, { key, bucket: encryptedBucket(stack, key) });
    const { first, configured } = depths(stack);
    expect(first).toBeLessThanOrEqual(6);
    expect(configured).toBeLessThanOrEqual(11);
  });

  /** How many resources there are after each chain, the user's own left out. */
  const sizes = (count: number, props: ChainProps = {}) => {
    const stack = testStack();
    return Array.from({ length: count }, (_, index) => {
      testChain(new Construct(stack, `Chain${index}`), props);
      return stack.node.findAll().filter((node) => 'cfnResourceType' in node).length;
    });
  };

  test('one chain is at most 19 resources, the provider included, and each further one at most 10', () => {
    const [one, two, three] = sizes(3);
    expect(one).toBeLessThanOrEqual(19);
    expect([two - one, three - two]).toEqual([10, 10]);
    const stack = testStack();
    testChain(stack);
    expect(Object.keys(resourcesOf(stack))).toHaveLength(one);
  });

  test('without windows each further chain is at most 6', () => {
    const [one, two, three] = sizes(3, { trainingWait: TrainingWait.none() });
    expect([two - one, three - two]).toEqual([6, 6]);
  });

  /** The policies of the handler as IAM counts them: without whitespace, with every ARN as long as it is. */
  const policyLength = (stack: Stack) => {
    const arns: Record<string, string> = {
      'AWS::Partition': 'aws',
      'AWS::StackId': `arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/Retail/00000000-0000-0000-0000-000000000000`,
      [STATE_MACHINE]: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${STATE_MACHINE}-000000000000`,
    };
    const deployed = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(deployed);
      const { 'Ref': ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
      if (join) return (deployed((join as unknown[])[1]) as string[]).join('');
      if (ref) return arns[ref as string];
      // Of a key, or of a machine.
      if (attribute) return `arn:aws:kms:us-east-1:${ACCOUNT}:key/00000000-0000-0000-0000-000000000000`;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deployed(inner)]));
    };
    const ofHandler = ([, { Properties }]: [string, TemplateResource]) => JSON.stringify(Properties?.Roles).includes(HANDLER_ROLE);
    const policies = ofType(resourcesOf(stack), 'AWS::IAM::Policy').filter(ofHandler);
    return policies.map(([, { Properties }]) => JSON.stringify(deployed(Properties?.PolicyDocument))).join('').length;
  };

  test.each([
    ['', 0, {}],
    [' with 20 different keys', 20, {}],
    [' without a wait', 0, { trainingWait: TrainingWait.none() }],
  ])('45 chains fit into a stack%s', (_what, keys, props) => {
    const stack = testStack();
    for (let index = 0; index < 45; index++) {
      const scope = new Construct(stack, `Chain${index}`);
      testChain(scope, { ...props, key: index < keys ? new kms.Key(scope, 'Key') : undefined });
    }
    expect(Object.keys(resourcesOf(stack)).length).toBeLessThanOrEqual(500);
    expect(policyLength(stack)).toBeLessThan(10_240);
  });

  test('the size of the handler\'s policy is the same for one chain and for many', () => {
    const lengthFor = (count: number) => {
      const stack = testStack();
      for (let index = 0; index < count; index++) testChain(new Construct(stack, `Chain${index}`));
      return policyLength(stack);
    };
    expect(lengthFor(1)).toBeGreaterThan(2_000);
    expect(lengthFor(3)).toBe(lengthFor(1));
  });
});

describe('the policies of the handler', () => {
  const TOO_LONG = /IAM allows 10240; move some of the Clean Rooms ML constructs to another stack/;
  const SHORTEST_ARN = 'arn:aws:iam::111122223333:role/x';

  /** A stack whose handler may use that many keys, of which nothing is known before the deployment, and has a policy of so many characters more. */
  function stackWith(keys: number, padding: number, beside: (stack: Stack) => void = () => undefined): Stack {
    const stack = testStack();
    const provider = new CleanRoomsMlProvider(stack);
    beside(stack);
    for (let index = 0; index < keys; index++) testModel(new Construct(stack, `Scope${index}`), { encryptionKey: new kms.Key(stack, `Key${index}`) });
    if (padding >= 0) provider._allow(stack, [new iam.PolicyStatement({ actions: ['a:b'], resources: ['x'.repeat(padding)] })]);
    return stack;
  }

  test('have room for 10,240 characters together, what only the deployment knows counted as short as can be', () => {
    const document = (stack: Stack) => JSON.stringify(resourcesOf(stack)[HANDLER_POLICY].Properties?.PolicyDocument);
    const joined = (parts: string) => {
      const list = JSON.parse(parts.replace(/\{"Fn::GetAtt":\[[^\]]*\]\}/g, '""')) as unknown[];
      return JSON.stringify(list.filter((part) => typeof part === 'string').join(''));
    };
    const shortest = document(stackWith(0, -1)).replace(/\{"Fn::Join":\["",(\[.*?\])\]\}/g, (_, parts: string) => joined(parts))
      .replace(/\{"Ref":"[^"]*"\}/g, JSON.stringify(SHORTEST_ARN));
    const padded = JSON.stringify({ Statement: [{ Action: 'a:b', Effect: 'Allow', Resource: '' }], Version: '2012-10-17' });
    const room = 10_240 - shortest.length - padded.length;
    expect(() => Template.fromStack(stackWith(0, room))).not.toThrow();
    expect(() => Template.fromStack(stackWith(0, room + 1))).toThrow(TOO_LONG);
    // What others put into the default policy counts, too.
    const others = (stack: Stack) => (stack.node.findChild('CleanRoomsMLProvider') as CleanRoomsMlProvider).handler
      .addToRolePolicy(new iam.PolicyStatement({ actions: ['c:d'], resources: ['y'] }));
    expect(() => Template.fromStack(stackWith(0, room, others))).toThrow(TOO_LONG);
  });

  test('fail at synthesis where IAM would refuse them for the keys', () => {
    expect(() => Template.fromStack(stackWith(60, -1))).not.toThrow();
    expect(() => Template.fromStack(stackWith(200, -1))).toThrow(TOO_LONG);
  });
});
