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
    ['with distinct statement ids', 'identity', document({ ...STATEMENT, Sid: 'A1' }, { ...STATEMENT, Sid: 'A2' })],
    ['that trusts a service', 'trust', document(TRUST)],
    ['that trusts everyone', 'trust', document({ ...TRUST, Principal: '*' })],
    ['of a resource, with an id of its own and blanks in a statement id', 'resource', { ...document({ ...RESOURCE, Sid: 'With blanks' }), Id: 'Policy' }],
  ])('%s', (_, kind, policy) => {
    expect(() => validatePolicy(policy, kind)).not.toThrow();
  });
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
    ['with an action of no service', 'identity', document({ ...STATEMENT, Action: 'GetObject' }), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
    ['without resource', 'identity', document({ Effect: 'Allow', Action: '*' }), 'Policy statement must contain resources.'],
    ['with a resource that is no ARN', 'identity', document({ ...STATEMENT, Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
    ['with a principal in an identity policy', 'identity', document({ ...STATEMENT, Principal: '*' }), 'Policy document should not specify a principal.'],
    ['with an unknown operator', 'identity', document({ ...STATEMENT, Condition: { StringIs: { a: 'b' } } }), 'Invalid Condition type : StringIs.'],
    ['with a condition that names no key', 'identity', document({ ...STATEMENT, Condition: { StringEquals: 'b' } }), 'Syntax errors in policy.'],
    ['with a statement id twice', 'identity', document({ ...STATEMENT, Sid: 'A' }, { ...STATEMENT, Sid: 'A' }), 'Statement IDs (SID) in a single policy must be unique.'],
    ['with a statement id of other characters', 'identity', document({ ...STATEMENT, Sid: 'A-1' }), 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'],
    ['with a resource in a trust policy', 'trust', document({ ...TRUST, Resource: '*' }), 'Has prohibited field Resource'],
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
