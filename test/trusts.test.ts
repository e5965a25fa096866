import { Template } from 'aws-cdk-lib/assertions';
import { everything } from './everything';
import { ACCOUNT, testStack } from './fixtures';

interface Trust {
  readonly Principal: { readonly Service?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

test('a service assumes a role only for the own account: nobody else can have it do so', () => {
  const stack = testStack();
  everything(stack);
  const trusts = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'))
    .flatMap(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement as Trust[])
    // Lambda assumes the role of a function for that function alone, which only the account can have given it.
    .filter(({ Principal: { Service } }) => Service !== 'lambda.amazonaws.com');
  expect(new Set(trusts.map(({ Principal: { Service } }) => Service)))
    .toEqual(new Set(['cleanrooms-ml.amazonaws.com', 'scheduler.amazonaws.com', 'states.amazonaws.com']));
  for (const { Condition = {} } of trusts) {
    const { 'aws:SourceAccount': account, 'aws:SourceArn': arn } = Object.assign({}, ...Object.values(Condition));
    expect([account].flat()).toEqual([ACCOUNT]);
    expect(JSON.stringify(arn)).toContain(`:${ACCOUNT}:`);
  }
});
