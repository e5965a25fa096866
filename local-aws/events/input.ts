import { AwsError } from '../aws';
import { isObject, type Json, type JsonObject } from '../states/json';
import { referenceSteps } from '../states/paths';

export interface InputTransformer {
  /** Names for parts of the event, for example `{ id: '$.detail.id' }`. */
  readonly inputPathsMap?: Readonly<Record<string, string>>;
  /** JSON, with `<name>` where a part goes. */
  readonly inputTemplate: string;
}

/** What is sent instead of the event, by one of the three ways. */
export interface TargetInput {
  /** JSON. */
  readonly input?: string;
  /** A part of the event. */
  readonly inputPath?: string;
  readonly inputTransformer?: InputTransformer;
}

const PLACEHOLDER = /<([\w.-]+)>/g;

/** What EventBridge itself knows; the event's own time stands for when it came in. */
export const RESERVED: readonly string[] = [
  'aws.events.rule-arn', 'aws.events.rule-name', 'aws.events.event.ingestion-time', 'aws.events.event', 'aws.events.event.json',
];

/** What EventBridge can say about the rule. */
export interface RuleAttributes {
  readonly arn: string;
  readonly name: string;
}

/** What a target is sent for an event. */
export function inputOf({ input, inputPath, inputTransformer }: TargetInput, event: JsonObject, rule: RuleAttributes): Json {
  if (input !== undefined) return JSON.parse(input) as Json;
  if (inputPath !== undefined) return partOf(event, inputPath) ?? null;
  return inputTransformer === undefined ? event : transformed(inputTransformer, event, rule);
}

export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name]) => name);
}

function transformed({ inputPathsMap = {}, inputTemplate }: InputTransformer, event: JsonObject, rule: RuleAttributes): Json {
  const parts: Readonly<Record<string, Json | undefined>> = {
    ...Object.fromEntries(Object.entries(inputPathsMap).map(([name, path]) => [name, partOf(event, path)])),
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': event.time,
    'aws.events.event': event,
    'aws.events.event.json': event,
  };
  const text = inputTemplate.replace(PLACEHOLDER, (_, name: string, offset: number) => shown(parts[name], isQuoted(inputTemplate, offset)));
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new AwsError('InvalidInput', `The input template does not give JSON: ${text}`);
  }
}

/** Inside a JSON string a part becomes text of that string, elsewhere JSON of its own. What the event does not have is empty. */
function shown(part: Json | undefined, quoted: boolean): string {
  if (!quoted) return JSON.stringify(part ?? '');
  return JSON.stringify(typeof part === 'string' ? part : JSON.stringify(part) ?? '').slice(1, -1);
}

function isQuoted(template: string, offset: number): boolean {
  return (template.slice(0, offset).match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;
}

function partOf(event: JsonObject, path: string): Json | undefined {
  return (referenceSteps(path) ?? []).reduce<Json | undefined>(step, event);
}

function step(from: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(from)) return typeof key === 'number' ? from[key] : undefined;
  return isObject(from) ? from[key] : undefined;
}
