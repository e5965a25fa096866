import { settings as settingsOf } from './harness';
import { FunctionSettings, validateFunction } from '../../../local-aws/lambda/function';
import { codeOf } from '../account';

/* What Lambda takes for a function, and not a bit more. */

const check = (more: Partial<FunctionSettings>) => validateFunction({ ...settingsOf(Buffer.from('zip')), ...more });
const environment = (bytes: number) => ({ environment: { AB: 'x'.repeat(bytes - '{"AB":""}'.length) } });

test.each<[string, Partial<FunctionSettings>, Partial<FunctionSettings>]>([
  ['a name', { functionName: 'a-Z_09'.padEnd(64, 'n') }, { functionName: 'n'.repeat(65) }],
  ['a name', { functionName: 'n' }, { functionName: 'a.b' }],
  ['a handler', { handler: 'h'.repeat(128) }, { handler: 'h'.repeat(129) }],
  ['a handler', { handler: 'lib/index.handler' }, { handler: 'a b' }],
  ['the time', { timeoutSeconds: 1 }, { timeoutSeconds: 0 }],
  ['the time', { timeoutSeconds: 900 }, { timeoutSeconds: 901 }],
  ['the time', { timeoutSeconds: 2 }, { timeoutSeconds: 1.5 }],
  ['the memory', { memoryMb: 128 }, { memoryMb: 127 }],
  ['the memory', { memoryMb: 10_240 }, { memoryMb: 10_241 }],
  ['the memory', { memoryMb: 129 }, { memoryMb: 128.5 }],
  ['a variable', { environment: { A_1: 'x' } }, { environment: { A: 'x' } }],
  ['a variable', { environment: { aB: 'x' } }, { environment: { _AB: 'x' } }],
  ['the variables', environment(4096), environment(4097)],
  ['the log', { logging: { format: 'JSON', applicationLevel: 'WARN' } }, { logging: { format: 'Text', applicationLevel: 'WARN' } }],
  ['the tracing', { tracing: 'Active' }, { tracing: 'active' }],
  ['the log', { logging: { format: 'Text' } }, { logging: { format: 'XML' } }],
])('%s may be %j, and not %j', async (_, allowed, refused) => {
  expect(() => check(allowed)).not.toThrow();
  expect(await codeOf(() => check(refused))).toMatch(/^(ValidationException|InvalidParameterValueException)$/);
});

test.each([
  ['nodejs18.x', true], ['nodejs20.x', true], ['nodejs22.x', true], ['nodejs24.x', true], ['nodejs16.x', false], ['python3.13', false],
])('the runtime %s is embedded: %s', async (runtime, isEmbedded) => {
  expect(await codeOf(() => check({ runtime }))).toBe(isEmbedded ? 'nothing was thrown' : 'InvalidParameterValueException');
});

test.each([
  '_HANDLER', '_X_AMZN_TRACE_ID', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'AWS_EXECUTION_ENV', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_LAMBDA_RUNTIME_API', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR',
])('the variable %s is set by Lambda, and by nobody else', (name) => {
  expect(() => check({ environment: { [name]: 'x', MINE: 'y' } })).toThrow(`Reserved keys used in this request: ${name}`);
});
