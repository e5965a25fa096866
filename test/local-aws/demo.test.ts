import { Checkout, type Program, running, withTakenPort } from './programs';

const INTERRUPTED = 'The demo was interrupted, and nothing of it is left running.';

/** To get to the second half a demo trains twice. */
const TIME_FOR_BOTH_HALVES = 600_000;

let checkout: Checkout;
beforeAll(() => { checkout = new Checkout(); });
// A generation is over in half a second, so no interruption would be sure to come in time.
beforeEach(() => edit('local-aws/cleanroomsml/generation.ts', 'await this.clock.sleep(generationQueueTime)', 'await this.clock.busy(() => new Promise(() => {}))'));
afterEach(async () => checkout.restore());
afterAll(async () => checkout.remove());

function edit(file: string, from: string, to: string): void {
  checkout.edit(file, (source) => source.replace(from, to));
}

test.each<[string, string, (demo: Program) => void]>([
  ['while the handlers are bundled, from the terminal', 'Bundling the handlers.', (demo) => demo.interrupt()],
  ['while the handlers are bundled', 'Bundling the handlers.', (demo) => demo.signal('SIGINT')],
  ['while the CDK CLI starts', '=== ', (demo) => demo.signal('SIGINT')],
  ['while a model trains, from the terminal', ': CREATE_PENDING', (demo) => demo.interrupt()],
  ['while an audience is generated, from the terminal', 'audience generation job ', (demo) => demo.interrupt()],
])('interrupted %s it says so in one sentence and leaves nothing', async (_moment, line, interrupt) => {
  const demo = checkout.start(['demo', '--port', '0']);
  await demo.printed(line);
  const family = demo.family();
  expect(family.length).toBeGreaterThan(1);
  interrupt(demo);
  expect(await demo.exit).toBe(130);
  expect(demo.stdout.trimEnd().split('\n').at(-1)).toBe(INTERRUPTED);
  expect(demo.stdout.split(INTERRUPTED)).toHaveLength(2);
  expect(demo.stdout + demo.stderr).not.toContain('failed at');
  expect(running(family)).toEqual([]);
  expect(checkout.temporaryFiles()).toEqual([]);
}, TIME_FOR_BOTH_HALVES);

test('it says in one sentence that its port is taken', () => withTakenPort(async (port) => {
  const demo = checkout.start(['demo'], { environment: { LOCAL_AWS_PORT: String(port) } });
  expect(await demo.exit).toBe(1);
  expect(demo.stderr).toBe(`Port ${port} is taken: stop what listens there, or choose another one with --port.\n`);
  expect(demo.stdout).toBe('Bundling the handlers.\n');
}));

test('it says which step of the second half failed', async () => {
  checkout.edit('examples/audiences/app.ts', () => 'process.exit(3);');
  const demo = checkout.start(['demo', '--port', '0']);
  expect(await demo.exit).toBe(1);
  expect(demo.stderr).toMatch(/^The demo failed at "deploy an audience: .*": cdk deploy ended with exit code 1$/m);
  expect(checkout.temporaryFiles()).toEqual([]);
}, TIME_FOR_BOTH_HALVES);

test('it fails where no window passes, because the training is too short', async () => {
  edit('local-aws/command.ts', '= 24 * 60 * 60_000', '= 11 * 60 * 60_000');
  const demo = checkout.start(['demo', '--port', '0']);
  expect(await demo.exit).toBe(1);
  expect(demo.stderr).toMatch(/^The demo failed at "deploy a training dataset, .*": 0 windows passed while the model was in training$/m);
});

test('it says which step failed and why, and leaves nothing', async () => {
  checkout.edit('examples/lookalike/app.ts', () => 'process.exit(3);');
  const demo = checkout.start(['demo', '--port', '0']);
  expect(await demo.exit).toBe(1);
  expect(demo.stderr).toMatch(/^The demo failed at "deploy a Glue table and buckets": cdk deploy ended with exit code 1$/m);
  expect(checkout.temporaryFiles()).toEqual([]);
});
