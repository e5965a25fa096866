import { policySize, validatePolicy, type PolicyKind } from '../../../local-aws/iam/policy-document';

const STATEMENT = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' };
const TRUST = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } };
const RESOURCE = { ...STATEMENT, Principal: '*' };

function document(...Statement: object[]): object {
  return { Version: '2012-10-17', Statement };
}

describe('a policy is accepted', () => {
  test.each<[string, PolicyKind, object]>([
    ['with one statement', 'identity', document(STATEMENT)],
    ['with a statement that is not in a list', 'identity', { Version: '2012-10-17', Statement: STATEMENT }],
    ['without a version', 'identity', { Statement: [STATEMENT] }],
    ['with every action and resource', 'identity', document({ Effect: 'Allow', Action: '*', Resource: '*' })],
    ['with negations', 'identity', document({ Effect: 'Deny', NotAction: 'iam:*', NotResource: ['*'] })],
    ['with a qualified operator', 'identity', document({ ...STATEMENT, Condition: { 'ForAllValues:StringEqualsIfExists': { 'aws:TagKeys': ['a'] } } })],
    ['with statements that have no ids', 'identity', document(STATEMENT, { ...STATEMENT, Action: 's3:PutObject' })],
    ['of the older version', 'identity', { Version: '2008-10-17', Statement: [STATEMENT] }],
    ['with distinct statement ids', 'identity', document({ ...STATEMENT, Sid: 'A1' }, { ...STATEMENT, Sid: 'A2' })],
    ['that trusts a service', 'trust', document(TRUST)],
    ['that trusts everyone', 'trust', document({ ...TRUST, Principal: '*' })],
    ['that trusts whoever signs in elsewhere', 'trust', document({ ...TRUST, Principal: { Federated: 'cognito-identity.amazonaws.com' } })],
    ['for all but one', 'resource', document({ ...STATEMENT, Effect: 'Deny', NotPrincipal: { AWS: '111122223333' } })],
    ['for a canonical user', 'resource',
      document({ ...STATEMENT, Principal: { CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' } })],
    ['of a resource, with an id of its own and blanks in a statement id', 'resource', { ...document({ ...RESOURCE, Sid: 'With blanks' }), Id: 'Policy' }],
  ])('%s', (_, kind, policy) => {
    expect(() => validatePolicy(policy, kind)).not.toThrow();
  });
});

test.each([
  'StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike', 'NumericEquals',
  'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals', 'NumericGreaterThan', 'NumericGreaterThanEquals', 'DateEquals',
  'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals', 'Bool', 'BinaryEquals', 'IpAddress',
  'NotIpAddress', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'Null', 'ForAnyValue:StringLike', 'BoolIfExists',
])('the operator %s is known', (operator) => {
  const validate = (name: string) => validatePolicy(document({ ...STATEMENT, Condition: { [name]: { 'aws:SomeKey': 'value' } } }), 'identity');
  expect(() => validate(operator)).not.toThrow();
  expect(() => validate(`${operator}s`)).toThrow(`Invalid Condition type : ${operator}s.`);
});

describe('a policy is refused', () => {
  test.each<[string, PolicyKind, object, string]>([
    ['without statements', 'identity', document(), 'Syntax errors in policy.'],
    ['with an unknown element', 'identity', { ...document(STATEMENT), Statements: [] }, 'Syntax errors in policy.'],
    ['of an unknown version', 'identity', { ...document(STATEMENT), Version: '2020-01-01' }, 'Policy document must be version 2012-10-17 or greater.'],
    ['with an unknown field in a statement', 'identity', document({ ...STATEMENT, Actions: [] }), 'Syntax errors in policy.'],
    ['with an unknown effect', 'identity', document({ ...STATEMENT, Effect: 'allow' }), 'Syntax errors in policy.'],
    ['without action', 'identity', document({ Effect: 'Allow', Resource: '*' }), 'Policy statement must contain actions.'],
    ['with both kinds of action', 'identity', document({ ...STATEMENT, NotAction: 's3:*' }), 'Policy statement must contain actions.'],
    ['with an empty list of actions', 'identity', document({ ...STATEMENT, Action: [] }), 'Policy statement must contain actions.'],
    ['with text for one of its statements', 'identity', { ...document(STATEMENT), Statement: [STATEMENT, 'Allow'] }, 'Syntax errors in policy.'],
    ['with null for a statement', 'identity', { ...document(), Statement: [null] }, 'Syntax errors in policy.'],
    ['with a number among the actions', 'identity', document({ ...STATEMENT, Action: ['s3:GetObject', 1] }),
      'Policy statement must contain actions.'],
    ['with an empty resource', 'identity', document({ ...STATEMENT, Resource: ['*', ''] }), 'Policy statement must contain resources.'],
    ['with an action of no service beside others', 'identity', document({ ...STATEMENT, Action: ['s3:GetObject', 'GetObject'] }),
      'must be prefaced by a vendor'],
    ['with something before an action', 'identity', document({ ...STATEMENT, Action: 'aws s3:GetObject' }), 'must be prefaced by a vendor'],
    ['with something behind an action', 'identity', document({ ...STATEMENT, Action: 's3:GetObject now' }), 'must be prefaced by a vendor'],
    ['with something before an ARN', 'identity', document({ ...STATEMENT, Resource: 'the arn:aws:s3:::bucket' }), 'must be in ARN format or "*".'],
    ['with an action of no service', 'identity', document({ ...STATEMENT, Action: 'GetObject' }), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
    ['without resource', 'identity', document({ Effect: 'Allow', Action: '*' }), 'Policy statement must contain resources.'],
    ['with a resource that is no ARN', 'identity', document({ ...STATEMENT, Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
    ['with a principal in an identity policy', 'identity', document({ ...STATEMENT, Principal: '*' }), 'Policy document should not specify a principal.'],
    ['for all but one in an identity policy', 'identity', document({ ...STATEMENT, NotPrincipal: '*' }),
      'Policy document should not specify a principal.'],
    ['with text for a condition', 'identity', document({ ...STATEMENT, Condition: 'StringEquals' }), 'Syntax errors in policy.'],
    ['with a list for a condition', 'identity', document({ ...STATEMENT, Condition: [{ StringEquals: { a: 'b' } }] }), 'Syntax errors in policy.'],
    ['with one condition of two that names no key', 'identity', document({ ...STATEMENT, Condition: { Null: { a: 'true' }, StringEquals: 'b' } }),
      'Syntax errors'],
    ['with an unknown operator', 'identity', document({ ...STATEMENT, Condition: { StringIs: { a: 'b' } } }), 'Invalid Condition type : StringIs.'],
    ['with a condition that names no key', 'identity', document({ ...STATEMENT, Condition: { StringEquals: 'b' } }), 'Syntax errors in policy.'],
    ['with a statement id twice', 'identity', document({ ...STATEMENT, Sid: 'A' }, { ...STATEMENT, Sid: 'A' }), 'Statement IDs (SID) in a single policy must be unique.'],
    ['with a statement id of other characters', 'identity', document({ ...STATEMENT, Sid: 'A-1' }), 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'],
    ['with a resource in a trust policy', 'trust', document({ ...TRUST, Resource: '*' }), 'Has prohibited field Resource'],
    ['with all resources but one in a trust policy', 'trust', document({ ...TRUST, NotResource: '*' }), 'Has prohibited field Resource'],
    ['with an unknown kind of principal beside another', 'trust', document({ ...TRUST, Principal: { AWS: '111122223333', Role: 'x' } }),
      'Invalid principal in policy'],
    ['with an unknown kind of principal, everyone', 'trust', document({ ...TRUST, Principal: { '*': '*' } }), 'Invalid principal in policy'],
    ['with no principal of a kind', 'trust', document({ ...TRUST, Principal: { AWS: [] } }), 'Invalid principal in policy'],
    ['without a principal in a trust policy', 'trust', document({ Effect: 'Allow', Action: 'sts:AssumeRole' }), 'Missing required field Principal'],
    ['with an unknown kind of principal', 'trust', document({ ...TRUST, Principal: { Role: 'x' } }), 'Invalid principal in policy'],
    ['without a principal in a resource policy', 'resource', document(STATEMENT), 'Missing required field Principal'],
  ])('%s', (_, kind, policy, message) => {
    expect(() => validatePolicy(policy, kind)).toThrow(message);
  });

  test('with the code of the service that stores it', () => {
    expect(() => validatePolicy(document(), 'resource', 'MalformedPolicy')).toThrow(expect.objectContaining({ code: 'MalformedPolicy' }));
  });
});

test('white space does not count against the size of a policy', () => {
  expect(policySize({ Sid: 'a b' })).toBe('{"Sid":"ab"}'.length);
});
