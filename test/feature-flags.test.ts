import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { everything } from './everything';
import { ACCOUNT, HANDLER_ROLE, REGION, ROLE_PATH } from './fixtures';
import { statementsOf } from './machines';

/* With the flags that `cdk init` sets in a new app. */

test.each<[string, (stack: Stack) => (id: string) => iam.IRole | undefined, unknown[]]>([
  ['roles that the library makes', () => () => undefined, []],
  ['roles of the app', (stack) => (id) => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') }),
    [expect.stringMatching(/^Reader/), expect.stringMatching(/^Writer/)]],
  ['roles that exist', (stack) => (id) => iam.Role.fromRoleName(stack, id, id),
    [`arn:aws:iam::${ACCOUNT}:role/Reader`, `arn:aws:iam::${ACCOUNT}:role/Writer`]],
])('everything is synthesized with %s, and the handler may pass them', (_, roles, passed) => {
  const stack = new Stack(new App({ context: flags }), 'Retail', { env: { account: ACCOUNT, region: REGION } });
  everything(stack, roles(stack));
  const [statement, ...others] = statementsOf(stack, HANDLER_ROLE).filter(({ Action }) => Action === 'iam:PassRole');
  const resources = [statement.Resource].flat();
  expect(others).toEqual([]);
  for (const resource of [`arn:aws:iam::${ACCOUNT}:role${ROLE_PATH}*`, ...passed]) expect(resources).toContainEqual(resource);
  expect(resources).toHaveLength(1 + passed.length);
});
