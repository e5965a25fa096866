import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { everything } from './everything';
import { ACCOUNT, REGION } from './fixtures';

/* Stacks whose account and Region only the deployment knows, and nested ones, whose names it makes, too. */

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT, 'AWS::Partition': 'aws', 'AWS::Region': REGION, 'AWS::StackName': 'Retail', 'AWS::URLSuffix': 'amazonaws.com',
};

interface Intrinsics {
  readonly 'Ref'?: string;
  readonly 'Fn::Sub'?: string;
  readonly 'Fn::Join'?: [string, unknown[]];
}

/** What CloudFormation makes of a template in the account and Region of the tests, under the name of a stack that is not nested. */
function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::Sub': sub, 'Fn::Join': join } = value as Intrinsics;
  if (ref !== undefined && ref in PSEUDO) return PSEUDO[ref];
  if (sub !== undefined) return sub.replace(/\$\{([^}]+)\}/g, (whole, name: string) => PSEUDO[name] ?? whole);
  if (join !== undefined) {
    const parts = join[1].map(known).reduce<unknown[]>((texts, part) => (
      typeof part === 'string' && typeof texts.at(-1) === 'string' ? [...texts.slice(0, -1), `${String(texts.at(-1))}${part}`] : [...texts, part]
    ), []);
    return parts.length === 1 ? parts[0] : { 'Fn::Join': [join[0], parts] };
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, known(member)]));
}

const KNOWN = { account: ACCOUNT, region: REGION };

/** The resources of a stack with everything in it, by their logical ids. */
function resourcesOf(stack: Stack): Record<string, { readonly Type: string }> {
  everything(stack);
  // The ids of the windows say how the template is written, too.
  const resources = JSON.stringify(Template.fromStack(stack).toJSON().Resources).replace(/(Window\d)[0-9a-f]{12}/g, '$1');
  return known(JSON.parse(resources)) as Record<string, { readonly Type: string }>;
}

test('a stack whose environment is not known says the same as one of which all is known', () => {
  expect(resourcesOf(new Stack(new App(), 'Retail'))).toEqual(resourcesOf(new Stack(new App(), 'Retail', { env: KNOWN })));
});

test.each([['known', KNOWN], ['not known', undefined]])('a nested stack, whose environment is %s, has the same permissions', (_, env) => {
  const permissionsOf = (stack: Stack) => Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([, { Type }]) => Type.startsWith('AWS::IAM::')));
  expect(permissionsOf(new NestedStack(new Stack(new App(), 'Parent', { env }), 'Retail'))).toEqual(permissionsOf(new Stack(new App(), 'Retail', { env: KNOWN })));
});
