import { CfnWaitCondition } from 'aws-cdk-lib';
import type { RetailProps } from './retail';
import { NOTHING, World } from './world';
import type { Settings } from '../../local-aws/cleanroomsml/settings';
import type { StackEvent } from '../../local-aws/cloudformation/stack';
import { ResourceType } from '../../src/private/contract';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A training that begins at once and takes so long. */
export function trainingOf(trainingTime: number): Partial<Settings> {
  return { trainingQueueTime: 0, trainingTime };
}

/** When a resource got into a status for the last time. */
export function at(events: readonly StackEvent[], logicalId: RegExp, status: string): number {
  const event = events.filter((one) => logicalId.test(one.logicalId) && one.status === status).at(-1);
  if (event === undefined) throw new Error(`${logicalId} was never ${status}`);
  return Date.parse(event.timestamp);
}

export const GATE = /^ModelGate/;

/** How long after the end of the training the gate let the deployment go on. */
export function latenessOf(world: World): number {
  const [model] = world.service.audienceModels();
  return at(world.events(), GATE, 'CREATE_COMPLETE') - model.updateTime.getTime();
}

/** What of the lateness is allowed. */
export function allowedLateness(duration: number): number {
  return Math.max(MINUTE, duration / 50);
}

/** The logical ids of the wait conditions that are there. */
export function windows(world: World): string[] {
  return [...world.aws.cloudFormation.describe('Retail').resources.values()]
    .filter(({ type }) => type === 'AWS::CloudFormation::WaitCondition').map(({ logicalId }) => logicalId).sort();
}

export function running(world: World): string[] {
  return world.executions().filter(({ status }) => status === 'RUNNING').map(({ name }) => name);
}

/** The executions that go on. One that has just answered ends a moment after CloudFormation has taken the answer. */
export async function goingOn(world: World): Promise<string[]> {
  await world.clock.sleep(1_000);
  return running(world);
}

/** The longest time, in milliseconds, that a resource of the type was under way. */
export function longest(events: readonly StackEvent[], type: RegExp): number {
  const begun = new Map<string, number>();
  let result = 0;
  for (const { logicalId, status, timestamp } of events.filter((one) => type.test(one.type))) {
    const key = `${logicalId} ${status.split('_')[0]}`;
    if (!status.endsWith('IN_PROGRESS')) {
      result = Math.max(result, Date.parse(timestamp) - (begun.get(key) ?? NaN));
      begun.delete(key);
    } else if (!begun.has(key)) {
      begun.set(key, Date.parse(timestamp));
    }
  }
  return result;
}

/** A resource that fails after so many minutes, with whatever depends on it or not: nobody signals it. */
export function failingAfter(minutes: number): RetailProps['more'] {
  return ({ stack }) => {
    const condition = new CfnWaitCondition(stack, 'Failing');
    condition.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout: `PT${minutes}M` } };
  };
}

/** What CloudFormation sends about a custom resource. */
export interface CustomEvent {
  readonly ResourceType: string;
  readonly RequestType: string;
}

/** Lets Lambda drop what matches. */
export function dropEvents(world: World, which: (event: CustomEvent) => boolean): void {
  const { lambda } = world.aws;
  const invokeAsync = lambda.invokeAsync.bind(lambda);
  lambda.invokeAsync = (name, payload) => {
    if (!which(payload as CustomEvent)) invokeAsync(name, payload);
  };
}

export const isModel = ({ ResourceType: type }: CustomEvent) => type === ResourceType.AUDIENCE_MODEL;
export const isGate = ({ ResourceType: type }: CustomEvent) => type === ResourceType.AUDIENCE_MODEL_GATE;

/** Nothing in the service, nothing at work, and no secret where it can be read later. */
export function expectNothingLeft(world: World): void {
  expect(world.held()).toEqual(NOTHING);
  expect(running(world)).toEqual([]);
  expectNoSecrets(world);
}

export function expectNoSecrets(world: World): void {
  const seen = [world.logs(), ...world.executions().flatMap(({ output = '', cause = '' }) => [output, cause])].join('\n');
  expect(seen.match(/.*(ResponseURL|X-Amz-Signature|cloudformation-custom-resource-response).*/gi)).toBeNull();
}
