import { Aws } from 'aws-cdk-lib';
import { synthesize } from './assembly';
import { retail, RetailProps } from './retail';
import { NOTHING, STACK, World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';

/* A stack without an `env`, whose account and Region only the deployment knows. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

async function deploy(props: RetailProps) {
  return world.deployTemplate(synthesize(STACK, Aws.ACCOUNT_ID, Aws.REGION, (stack) => void retail(stack, props)));
}

test('it lives, is changed, and goes, with what the handler may do', async () => {
  expect(world.reasons(await deploy({}))).toBe('');
  expect(world.held()).toMatchObject({ audienceModels: [expect.stringMatching(/ ACTIVE$/)], configuredAudienceModels: [expect.any(String)] });

  expect(world.reasons(await deploy({ model: { generation: '2' }, configured: { minMatchingSeedSize: 1_000 } }))).toBe('');
  expect(world.trainings).toBe(2);

  expect(world.reasons(await world.delete())).toBe('');
  expect(world.held()).toEqual(NOTHING);
  expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
});
