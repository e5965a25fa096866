import type { Principal } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import type { Iam } from '../../../local-aws/iam/iam';
import { Ssm } from '../../../local-aws/ssm/ssm';
import { ACCOUNT, allow, awsRequest, codeOf, newIam, roleWith } from '../account';

const VERSION = '/cdk-bootstrap/hnb659fds/version';

let iam: Iam;
let ssm: Ssm;
beforeEach(() => {
  iam = newIam();
  ssm = new Ssm(ACCOUNT, Clock.frozen(), iam);
  ssm.putParameter(VERSION, '30');
});

async function call(principal: Principal, operation: string, input: object): Promise<{ status: number; body: unknown }> {
  const { status, body } = await ssm.handle(awsRequest(principal, { headers: { 'x-amz-target': `AmazonSSM.${operation}` }, body: Buffer.from(JSON.stringify(input)) }));
  return { status, body: JSON.parse(String(body)) };
}

test('a parameter is read over HTTP, by whoever may', async () => {
  const reader = await roleWith(iam, 'reader', { read: allow('ssm:GetParameter', 'arn:aws:ssm:us-east-1:111122223333:parameter/cdk-bootstrap/*') });
  await expect(call(reader, 'GetParameter', { Name: VERSION })).resolves.toMatchObject({
    status: 200,
    body: { Parameter: { ARN: `arn:aws:ssm:us-east-1:111122223333:parameter${VERSION}`, Name: VERSION, Type: 'String', Value: '30', Version: 1 } },
  });
  await expect(call(await roleWith(iam, 'other'), 'GetParameter', { Name: VERSION })).resolves.toMatchObject({
    status: 403, body: { __type: 'AccessDeniedException' },
  });
});

test('several parameters are read together, and the missing ones named', async () => {
  await expect(call(iam.developer.principal, 'GetParameters', { Names: [VERSION, 'none'] })).resolves.toMatchObject({
    body: { Parameters: [{ Value: '30' }], InvalidParameters: ['none'] },
  });
});

test('a missing parameter and an unknown operation are errors of the protocol', async () => {
  await expect(call(iam.developer.principal, 'GetParameter', { Name: 'none' })).resolves.toMatchObject({ status: 400, body: { __type: 'ParameterNotFound' } });
  await expect(call(iam.developer.principal, 'GetNothing', {})).resolves.toMatchObject({ status: 400, body: { __type: 'UnknownOperationException' } });
});

test('a parameter gets a new version each time, until it is deleted', async () => {
  ssm.putParameter(VERSION, '31');
  await expect(call(iam.developer.principal, 'GetParameter', { Name: VERSION })).resolves.toMatchObject({ body: { Parameter: { Value: '31', Version: 2 } } });
  ssm.deleteParameter(VERSION);
  expect(await codeOf(() => ssm.getParameter(VERSION))).toBe('ParameterNotFound');
  expect(await codeOf(() => ssm.deleteParameter(VERSION))).toBe('ParameterNotFound');
});
