import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { App, Stack } from 'aws-cdk-lib';
import type { Build } from './chains';

/*
 * What synthesis costs, in a process of its own each time.
 */

export interface Synthesis {
  /** From an empty app to its assembly. */
  readonly milliseconds: number;
  /** The most memory that the process has had, in megabytes. */
  readonly megabytes: number;
  /** What importing the constructs takes when the CDK is there already. */
  readonly importMilliseconds: number;
  readonly template: Template;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: object;
  readonly DependsOn?: readonly string[] | string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** Synthesizes in a process of its own. */
export async function synthesis(kind: string, chains: number): Promise<Synthesis> {
  const child = fork(__filename, [kind, `${chains}`], { execArgv: process.execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [[measured]] = await Promise.all([once(child, 'message'), once(child, 'exit')]) as [[Synthesis], unknown];
  return measured;
}

async function measure(kind: string, chains: number): Promise<Synthesis> {
  const load = createRequire(__filename);
  for (const part of ['aws-cleanroomsml', 'aws-glue', 'aws-s3', 'custom-resources']) load(`aws-cdk-lib/${part}`);
  const before = performance.now();
  load('../lib');
  const importMilliseconds = performance.now() - before;
  const { STACKS } = load('./chains') as { STACKS: Readonly<Record<string, Build>> };
  // The first synthesis of a process pays for what is compiled on the way.
  await synthesize(1);
  const began = performance.now();
  const template = await synthesize(chains);
  const milliseconds = performance.now() - began;
  return { milliseconds, megabytes: process.resourceUsage().maxRSS / 1_024, importMilliseconds, template };

  async function synthesize(count: number): Promise<Template> {
    const app = new App({ analyticsReporting: false, context: { 'aws:cdk:disable-asset-staging': true } });
    STACKS[kind](new Stack(app, 'Bench', { env: { account: '111122223333', region: 'us-east-1' } }), count);
    return app.synth().getStackByName('Bench').template as Template;
  }
}

if (require.main === module) {
  const [, , kind, chains] = process.argv;
  void measure(kind, Number(chains)).then((measured) => {
    process.send?.(measured, () => process.disconnect());
  });
}
