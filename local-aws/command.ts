/** What the commands that start the embedded AWS have in common. */
import { parseArgs } from 'node:util';
import { LocalAws } from './local-aws';

const DEFAULT_PORT = '4599';
/** Of every audience model, in milliseconds. As AWS says: up to 24 hours. */
export const TRAINING_TIME = 24 * 60 * 60_000;
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a program to its end or until it is interrupted, stops what it started, and exits. start.js says the sentence
 * about an interruption: it can come before any of this is loaded.
 */
export async function run(program: () => Promise<void>, stop: () => Promise<void>): Promise<void> {
  const outcome = await Promise.race([interruption(), ended(program)]);
  await stop();
  if (outcome.error) console.error(outcome.error.message);
  process.exit(outcome.exitCode);
}

/** Starts it on the port that `--port` or LOCAL_AWS_PORT asks for. */
export async function startLocalAws(): Promise<LocalAws> {
  const port = portOf(process.argv.slice(2));
  return LocalAws.start({ port, settings: { trainingTime: TRAINING_TIME } }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'EADDRINUSE'
      ? `Port ${port} is taken: stop what listens there, or choose another one with --port.`
      : `The embedded AWS cannot listen on port ${port}: ${error.message}`);
  });
}

interface Outcome {
  readonly exitCode: number;
  readonly error?: Error;
}

async function interruption(): Promise<Outcome> {
  return new Promise((resolve) => {
    // A terminal's Ctrl-C arrives more than once: from the terminal, and from start.js. Only the first one counts.
    for (const [signal, exitCode] of Object.entries(EXIT_CODES)) process.on(signal, () => resolve({ exitCode }));
  });
}

async function ended(program: () => Promise<void>): Promise<Outcome> {
  return program().then(() => ({ exitCode: 0 }), (error: Error) => ({ exitCode: 1, error }));
}

function portOf(args: string[]): number {
  const port = requested(args) ?? process.env.LOCAL_AWS_PORT ?? DEFAULT_PORT;
  if (!/^\d+$/.test(port) || Number(port) > 65_535) throw new Error(`"${port}" is not a port: it is a number from 0, for any free one, to 65535.`);
  return Number(port);
}

function requested(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { port: { type: 'string' } } }).values.port;
  } catch (error) {
    throw new Error(`${(error as Error).message} The only option is --port.`);
  }
}
