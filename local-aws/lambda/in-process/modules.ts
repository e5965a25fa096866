import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import * as vm from 'node:vm';
import { clientsOf, Exports } from './clients';
import { refusal, Surroundings } from './surroundings';

/** Loads CommonJS modules with their own globals; the SDK's come from here and differ in how they reach AWS. */
export function loader(standIn: string, variables: Readonly<Record<string, string>>, surroundings: Surroundings): (file: string) => Exports {
  const modules = new Map<string, { exports: Exports }>();
  const here = createRequire(__filename);
  const globals = {
    process: Object.assign(Object.create(process), { env: { ...variables } }),
    console: consoleOf(surroundings, variables.AWS_LAMBDA_LOG_LEVEL),
    Date: dateOf(surroundings.now),
    // A test runner may have one of its own.
    Error,
    // Time stands still while a function works, so whoever waits for it has waited long enough.
    setTimeout: (callback: (...values: unknown[]) => void, _milliseconds?: number, ...values: unknown[]) => setImmediate(callback, ...values),
    AbortSignal: { timeout: () => new AbortController().signal, any: (signals: AbortSignal[]) => AbortSignal.any(signals) },
  };
  const builtins: Record<string, Exports> = {
    'https': httpsOf(surroundings),
    'node:https': httpsOf(surroundings),
    // Whoever means to wait does, in the time of the embedded AWS.
    'node:timers/promises': { setTimeout: surroundings.pause },
  };

  const load = (file: string): Exports => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} as Exports };
    modules.set(file, module);
    const require = (request: string): unknown => {
      if (request in builtins) return builtins[request];
      if (request === '@aws-sdk/client-cleanroomsml') return clientsOf(here(standIn) as Exports, surroundings);
      if (request.startsWith('@aws-sdk/client-')) return clientsOf(here(request) as Exports, surroundings);
      return request.startsWith('.') ? load(createRequire(file).resolve(request)) : here(request);
    };
    compiled(file)(module.exports, require, module, file, path.dirname(file), ...Object.values(globals));
    return module.exports;
  };
  return load;

  function compiled(file: string): (...values: unknown[]) => void {
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname', ...Object.keys(globals)];
    const cached = COMPILED.get(file) ?? vm.compileFunction(fs.readFileSync(file, 'utf8'), parameters, { filename: file }) as (...values: unknown[]) => void;
    COMPILED.set(file, cached);
    return cached;
  }
}

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** What the function's logging configuration leaves of the console, as the runtime interface client does it. */
function consoleOf({ log }: Surroundings, level = 'TRACE'): Partial<Console> {
  const methods = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
  const isShown = (own: string) => LEVELS.indexOf(own) >= LEVELS.indexOf(level);
  return Object.fromEntries(Object.entries(methods).map(([name, own]) => [name, isShown(own) ? log : () => undefined]));
}

const COMPILED = new Map<string, (...values: unknown[]) => void>();

function dateOf(now: () => number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, values, newTarget) => Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}

interface RequestOptions {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

/** `https`, as far as it is used to answer CloudFormation. */
function httpsOf(surroundings: Surroundings): Exports {
  return {
    request(options: RequestOptions, callback: (response: { statusCode: number; resume(): void }) => void) {
      const chunks: string[] = [];
      const request = Object.assign(new EventEmitter(), {
        write: (chunk: string) => void chunks.push(chunk),
        end: () => {
          const [resource, query] = options.path.split(/\?(.*)/s);
          surroundings.call('answer', 'PUT', async ({ frontDoor }) => frontDoor.customResourceAnswer({
            method: options.method, path: resource, query: new URLSearchParams(query), headers: options.headers, body: Buffer.from(chunks.join('')),
          }), (code, name) => refusal('s3', code, name)).then(({ status }) => callback({ statusCode: status, resume: () => undefined }), (error) => request.emit('error', error));
        },
      });
      return request;
    },
  };
}
