/** What the commands that start the embedded AWS have in common. */
import { parseArgs } from 'node:util';
import { LocalAws, LocalAwsOptions } from './local-aws';

const DEFAULT_PORT = '4599';
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Starts it on the port that `--port` or LOCAL_AWS_PORT asks for, or ends the program with a sentence. */
export async function startLocalAws(options: Omit<LocalAwsOptions, 'port'> = {}): Promise<LocalAws> {
  const port = portOf(process.argv.slice(2));
  return LocalAws.start({ ...options, port }).catch((error: NodeJS.ErrnoException) => fail(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken: stop what listens there, or choose another one with --port.`
      : `The embedded AWS cannot listen on port ${port}: ${error.message}`,
  ));
}

/** Runs `stop` when the program is interrupted, says a sentence, and ends it. */
export function onInterrupt(sentence: string, stop: () => Promise<void>): void {
  let stopping = false;
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    // A terminal's Ctrl-C arrives here twice: from the terminal, and from npm's script.
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop().then(() => {
        console.log(`\n${sentence}`);
        process.exit(exitCode);
      });
    });
  }
}

export function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function portOf(args: string[]): number {
  const port = requested(args) ?? process.env.LOCAL_AWS_PORT ?? DEFAULT_PORT;
  if (!/^\d+$/.test(port) || Number(port) > 65_535) fail(`"${port}" is not a port: it is a number from 0, for any free one, to 65535.`);
  return Number(port);
}

function requested(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { port: { type: 'string' } } }).values.port;
  } catch (error) {
    return fail(`${(error as Error).message} The only option is --port.`);
  }
}
