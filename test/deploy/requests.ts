import { expectNoSecrets, expectNothingLeft, MINUTE } from './trainings';
import { World, WorldOptions } from './world';
import type { CustomResourceEvent, Task } from '../../lambda/events';
import type { Settings } from '../../local-aws/cleanroomsml/settings';
import type { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { CallFault, FunctionCall } from '../../local-aws/lambda/in-process/surroundings';
import type { UrlStyle } from '../../local-aws/s3/custom-resource-responses';

/** The types of resources that are asked for with requests. */
export const CUSTOM = /^Custom::/;

const INSTANT: Partial<Settings> = { trainingQueueTime: 0, trainingTime: 0, deletionQueueTime: 0, deletionTime: 0 };

/** A world that notes what is asked and what is answered. */
export interface NotingWorld extends World {
  /** All that CloudFormation asked for, as it was first handed to Lambda. */
  readonly requests: CustomResourceEvent[];
  /** What S3 took, by the ids of the requests. */
  readonly answers: Map<string, Set<string>>;
}

/** The service takes no time, unless the settings say so. */
export async function startNoting(functions: InProcessFunctions, settings: Partial<Settings> = {}, options: WorldOptions = {}): Promise<NotingWorld> {
  const requests: CustomResourceEvent[] = [];
  const answers = new Map<string, Set<string>>();
  const world = await World.start({ ...INSTANT, ...settings }, functions, options);
  const { lambda, s3: { responses } } = world.aws;
  const put = responses.put.bind(responses);
  responses.put = (path, query, body, contentType) => {
    put(path, query, body, contentType);
    const id = decodeURIComponent(path.slice(1));
    answers.set(id, (answers.get(id) ?? new Set()).add(body.toString()));
  };
  const invokeAsync = lambda.invokeAsync.bind(lambda);
  lambda.invokeAsync = (name, payload) => {
    const request = payload as CustomResourceEvent;
    if (!requests.some(({ ResponseURL }) => ResponseURL === request.ResponseURL)) requests.push(request);
    invokeAsync(name, payload);
  };
  return Object.assign(world, { requests, answers });
}

/** The id of a request, by which S3 knows where its answer belongs. */
export function idOf({ StackId, LogicalResourceId, RequestId }: CustomResourceEvent): string {
  return `${StackId}|${LogicalResourceId}|${RequestId}`;
}

/** The request once more, as Lambda or CloudFormation deliver it. */
export function deliver(world: World, request: CustomResourceEvent): boolean {
  const functionArn = String(request.ResourceProperties.ServiceToken);
  try {
    world.aws.lambda.getFunction(functionArn);
  } catch {
    // The stack is gone, and with it the function.
    return false;
  }
  world.aws.lambda.invokeAsync(functionArn, request);
  return true;
}

export function signedAnew(world: World, request: CustomResourceEvent, style: UrlStyle): CustomResourceEvent {
  return { ...request, ResponseURL: world.aws.s3.responses.signedAnew(idOf(request), style) };
}

/** What a call of the function is for. */
export type Work = 'ENTRY' | Task['Do'];

/** What works at a call: one request at its entry, or one task. */
export function who({ invocation: { payload } }: FunctionCall): { readonly does: Work; readonly request: string } {
  const { Do, Data, ...event } = JSON.parse(payload) as Task & CustomResourceEvent;
  return Do === undefined ? { does: 'ENTRY', request: event.RequestId } : { does: Do, request: Data.Event.RequestId };
}

/** The first so many of these calls of each request meet with a fault. */
export function strike(
  functions: InProcessFunctions, does: Work, operation: string, fault: CallFault, times = 1,
): { readonly count: () => number } {
  const met = new Map<string, number>();
  functions.fault = (call) => {
    const { does: doing, request } = who(call);
    const count = met.get(request) ?? 0;
    if (doing !== does || call.operation !== operation || count >= times) return undefined;
    met.set(request, count + 1);
    return fault;
  };
  return { count: () => [...met.values()].reduce((sum, count) => sum + count, 0) };
}

/** The executions that failed, but for the last of a stack, whose state machine goes as soon as it has answered. */
export function failures(world: World): string[] {
  const isLast = /^State machine \S+ has been deleted/;
  return world.executions().filter(({ status, cause = '' }) => status !== 'SUCCEEDED' && !isLast.test(cause)).map(({ name }) => name);
}

/** Every execution that ended by itself has answered, and left no secret. */
export function expectAnswers(world: NotingWorld): void {
  const ended = world.executions().filter(({ status }) => status !== 'ABORTED' && status !== 'RUNNING');
  const silent = ended.filter(({ input }) => !world.answers.has(idOf(JSON.parse(input).Event)));
  expect(silent.map(({ name }) => name)).toEqual([]);
  expectNoSecrets(world);
}

/** The stack can be deleted, and nothing is left of it. */
export async function expectEnd(world: NotingWorld): Promise<void> {
  expect(world.reasons(await world.delete())).toBe('');
  expect(world.aws.cloudFormation.allStacks().at(-1)?.status).toBe('DELETE_COMPLETE');
  await world.clock.sleep(MINUTE);
  expectNothingLeft(world);
  expectAnswers(world);
}
