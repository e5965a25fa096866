import { expectAnswers, NotingWorld, startNoting } from './requests';
import { at, expectNothingLeft, MINUTE, SECOND } from './trainings';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';

/* How long the operations of a stack take where nothing goes wrong and the service takes no time of its own. */

const functions = new InProcessFunctions();

let world: NotingWorld;
afterEach(async () => world.close());
afterAll(async () => functions.close());

describe('undisturbed, a chain whose training is instant', () => {
  beforeEach(async () => { world = await startNoting(functions); });

  /** In seconds of the stack. */
  async function took(operation: () => Promise<StackOutcome>): Promise<number> {
    const begun = world.clock.now();
    const { stackId, status } = await operation();
    expect(status).toMatch(/^(CREATE|UPDATE|DELETE)_COMPLETE$/);
    return (at(world.events(stackId), /^Retail$/, status) - begun) / SECOND;
  }

  test('is created within 15 s, changed in place within 5 s, replaced within 20 s, and deleted within 25 s', async () => {
    const figures = {
      created: await took(async () => world.deploy()),
      changed: await took(async () => world.deploy({ configured: { minMatchingSeedSize: 1_000 }, model: { tags: { a: '1' } }, dataset: { tags: { a: '1' } } })),
      replaced: await took(async () => world.deploy({ features: ['country'] })),
      deleted: await took(async () => world.delete()),
    };

    expect(figures.created).toBeLessThanOrEqual(15);
    expect(figures.changed).toBeLessThanOrEqual(5);
    expect(figures.replaced).toBeLessThanOrEqual(20);
    expect(figures.deleted).toBeLessThanOrEqual(25);
    await world.clock.sleep(MINUTE);
    expectNothingLeft(world);
    expectAnswers(world);
  });
});
