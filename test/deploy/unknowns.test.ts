import { COLLABORATION, failing, OTHER_COLLABORATION, RetailProps } from './retail';
import { NOTHING, STACK, World } from './world';
import { DEFAULT_SETTINGS, Settings, UNKNOWN_BEHAVIOURS } from '../../local-aws/cleanroomsml/settings';
import { Call, ConnectionReset } from '../../local-aws/faults';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';

/* How the service behaves in some cases nobody could find out. However it does: stacks come, change, go back and go. */

type Position = readonly [setting: string, value: unknown];

const SWITCHES = Object.entries(UNKNOWN_BEHAVIOURS as Record<string, readonly unknown[]>)
  .map(([setting, values]) => values.map((value): Position => [setting, value]));

/** Few combinations in which any two positions of different switches meet. */
function everyPair(): Position[][] {
  const key = (positions: Position[]) => JSON.stringify(positions);
  const pairsOf = (positions: Position[]) => positions.flatMap((a) => positions.filter((b) => a[0] < b[0]).map((b) => [a, b]));
  const missing = new Map(pairsOf(SWITCHES.flat()).map((positions) => [key(positions), positions]));
  const combinations: Position[][] = [];
  for (const pair of missing.values()) {
    const combination = [...pair];
    for (const positions of SWITCHES.filter(([[setting]]) => !combination.some(([other]) => other === setting))) {
      const gain = (position: Position) => pairsOf([...combination, position]).filter((other) => missing.has(key(other))).length;
      combination.push(positions.reduce((best, position) => (gain(position) > gain(best) ? position : best)));
    }
    for (const met of pairsOf(combination)) missing.delete(key(met));
    combinations.push(combination);
  }
  return combinations;
}

/** Many hours of steps: in this process they are many times as fast. */
const functions = new InProcessFunctions();

let world: World;
afterEach(async () => world.close());
afterAll(async () => functions.close());

const CREATED: RetailProps = {
  encrypted: true,
  dataset: { tags: { a: '1' } },
  model: { tags: { a: '1' } },
  configured: { tags: { a: '1' }, description: 'before', minMatchingSeedSize: 1_000 },
};
const UPDATED: RetailProps = { encrypted: true, collaborations: [COLLABORATION, OTHER_COLLABORATION] };
const REPLACED: RetailProps = { encrypted: true, model: { generation: '2' } };
const ROLLED_BACK: RetailProps = { encrypted: true, model: { generation: '3' }, more: (retail) => failing(retail, retail.configured) };
const MENDED: RetailProps = { ...ROLLED_BACK, more: undefined };
const CANCELLED: RetailProps = { encrypted: true, model: { generation: '4' } };

/** The answer to the first create of each name is lost, and whatever can be deleted or overwritten by others, others do right before us. */
function makeTrouble(): void {
  const { service, otherHands } = world;
  const met = new Set<string>();
  const isFirst = ({ operation, input, principal }: Call, parameter: string) => {
    const call = `${operation} ${(input as Record<string, string>)[parameter]}`;
    return principal !== otherHands && !met.has(call) && met.add(call).has(call);
  };
  service.afterCall = (call) => {
    if (call.operation.startsWith('Create') && isFirst(call, 'name')) throw new ConnectionReset();
  };
  service.beforeCall = async (call) => {
    const { audienceModelArn, configuredAudienceModelArn, previousPolicyHash } = call.input as Record<string, string>;
    if (call.operation === 'DeleteAudienceModel' && isFirst(call, 'audienceModelArn')) {
      await service.deleteAudienceModel(otherHands, { audienceModelArn }).catch(() => {});
    }
    if (call.operation === 'DeleteConfiguredAudienceModelPolicy' && isFirst(call, 'configuredAudienceModelArn')) {
      await service.deleteConfiguredAudienceModelPolicy(otherHands, { configuredAudienceModelArn });
    }
    if (call.operation === 'PutConfiguredAudienceModelPolicy' && previousPolicyHash !== undefined && isFirst(call, 'configuredAudienceModelArn')) {
      await service.putConfiguredAudienceModelPolicy(otherHands, {
        configuredAudienceModelArn,
        configuredAudienceModelPolicy: `${service.policies()[configuredAudienceModelArn]} `,
      });
    }
  };
}

async function expectLife(settings: Partial<Settings>): Promise<void> {
  world = await World.start(settings, functions);
  makeTrouble();

  expect(world.reasons(await world.deploy(CREATED))).toBe('');
  const created = world.held();
  expect(created).toMatchObject({ audienceModels: [expect.stringMatching(/ ACTIVE$/)], policies: [expect.any(String)] });

  expect(world.reasons(await world.deploy(UPDATED))).toBe('');
  expect(world.held()).toEqual(created);
  const [{ tags, description = '', minMatchingSeedSize = 500 }] = world.service.configuredAudienceModels();
  expect(tags).not.toHaveProperty('a');
  expect(minMatchingSeedSize).toBe(500);
  expect(description).toBe(world.service.settings.emptyDescription === 'ignored' ? 'before' : '');

  expect(world.reasons(await world.deploy(REPLACED))).toBe('');
  const replaced = world.held();
  expect(replaced).toEqual({ ...created, audienceModels: [expect.stringMatching(/ ACTIVE$/)] });
  expect(replaced).not.toEqual(created);

  expect((await world.deploy(ROLLED_BACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.held({ butForKept: true })).toEqual(replaced);
  expect(world.kept()).toHaveLength(1);
  expect(world.reasons(await world.deploy(MENDED))).toBe('');
  expect(world.kept()).toEqual([]);
  const mended = world.held();
  expect(mended).toEqual({ ...created, audienceModels: [expect.stringMatching(/ ACTIVE$/)] });

  const cancelled = world.deploy(CANCELLED);
  await world.until(() => world.trainings >= 4);
  world.aws.cloudFormation.cancelUpdate(STACK);
  expect((await cancelled).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.held({ butForKept: true })).toEqual(mended);

  expect(world.reasons(await world.delete())).toBe('');
  expect(world.held()).toEqual(NOTHING);
  // One for each of the four models.
  expect(world.trainings).toBe(4);
}

const OTHERWISE = SWITCHES.flat().filter(([setting, value]) => DEFAULT_SETTINGS[setting as keyof Settings] !== value);

test('a stack lives where the service behaves as it is thought to', async () => {
  await expectLife({});
});

test.each(OTHERWISE)('a stack lives where %s is %s', async (setting, value) => {
  await expectLife({ [setting]: value });
});

test.each(everyPair().map((combination) => ({
  settings: Object.fromEntries(combination),
  title: combination.filter((position) => OTHERWISE.includes(position)).map((position) => position.join(' is ')).join(', '),
})))('a stack lives where $title', async ({ settings }) => {
  await expectLife(settings);
});
