import { AwsError } from '../aws';
import { Clock } from '../clock';
import { reasonOf, ResourceFailure } from './errors';
import { uuidFrom } from './ids';
import { ExistingRequest, ResourceRequest, ResourceState, ResourceType, UpdateRequest } from './resource-type';
import { isObject, Value, Values } from './values';
import { waitFor } from './waiting';

type MaybePromise<T> = T | Promise<T>;

/** One type of resource that CloudFormation itself knows: its properties, and the calls that make it. */
export interface NativeDefinition {
  readonly type: string;
  /** As error messages name the service, for example `Lambda`. */
  readonly service: string;
  readonly properties: {
    readonly required?: readonly string[];
    readonly optional?: readonly string[];
    /** Those of them whose change takes a new resource. */
    readonly replacement?: readonly string[];
    /** Those of them that never change, with their defaults. */
    readonly immutable?: Readonly<Record<string, string>>;
  };
  readonly attributes?: readonly string[];
  /** What else of the properties CloudFormation refuses before it calls anybody. @default - nothing */
  faults?(properties: Values): string[];
  create(request: ResourceRequest): MaybePromise<ResourceState>;
  /** What is looked up once it is there. @default - nothing */
  read?(request: ExistingRequest): MaybePromise<unknown>;
  /** Absent where every change takes a new resource. Attributes that it does not return stay. */
  update?(request: UpdateRequest): MaybePromise<Partial<ResourceState> | void>;
  delete(request: ExistingRequest): MaybePromise<void>;
  /** Resolves when what was deleted is gone. Absent where it is at once. */
  gone?(request: ExistingRequest): Promise<void>;
}

/** How long CloudFormation lets a handler take. */
const STABILIZATION_SECONDS = 2 * 3600;

const NOT_FOUND = /^NoSuch|NotFound/;

export class NativeType implements ResourceType {
  private readonly known: ReadonlySet<string>;
  private readonly replacement: ReadonlySet<string>;

  constructor(private readonly definition: NativeDefinition, private readonly clock: Clock) {
    const { required: needed = [], optional = [], replacement = [] } = definition.properties;
    this.known = new Set([...needed, ...optional]);
    this.replacement = new Set(definition.update ? replacement : this.known);
  }

  hasAttribute(attribute: string): boolean {
    return this.definition.attributes?.includes(attribute) ?? false;
  }

  faults(properties: Values): string[] {
    const missing = (this.definition.properties.required ?? []).filter((name) => !(name in properties));
    const unknown = Object.keys(properties).filter((name) => !this.known.has(name));
    return [
      ...missing.map((name) => `#: required key [${name}] not found`),
      ...unknown.map((name) => `#: extraneous key [${name}] is not permitted`),
      ...this.definition.faults?.(properties) ?? [],
    ];
  }

  updateFault(oldProperties: Values, properties: Values): string | undefined {
    const { immutable = {} } = this.definition.properties;
    const changed = Object.entries(immutable).filter(([name, value]) => String(oldProperties[name] ?? value) !== String(properties[name] ?? value));
    return changed.length === 0 ? undefined : `Updates are not allowed of ${changed.map(([name]) => name).join(', ')}.`;
  }

  replacedBy(property: string): boolean {
    return this.replacement.has(property);
  }

  async create(request: ResourceRequest): Promise<ResourceState> {
    const state = await this.call(request, async () => this.definition.create(request));
    const { physicalId } = state;
    await this.call(request, async () => this.definition.read?.({ ...request, physicalId }), physicalId);
    return state;
  }

  async update(request: UpdateRequest): Promise<ResourceState> {
    const { physicalId, oldAttributes: attributes } = request;
    return this.call(request, async () => ({ physicalId, attributes, ...await this.definition.update?.(request) }));
  }

  /** What is gone already counts as deleted. */
  async delete(request: ExistingRequest): Promise<void> {
    await this.call(request, async () => {
      try {
        await this.definition.delete(request);
      } catch (error) {
        if (!(error instanceof AwsError && NOT_FOUND.test(error.code))) throw error;
      }
    });
    if (this.definition.gone) await this.stabilized(this.definition.gone(request), request);
  }

  private async stabilized(event: Promise<void>, { physicalId, signal }: ExistingRequest): Promise<void> {
    const late = new ResourceFailure(`Resource of type '${this.definition.type}' with identifier '${physicalId}' did not stabilize.`);
    await waitFor(event, { clock: this.clock, seconds: STABILIZATION_SECONDS, signal, late, cancelled: late });
  }

  /** @param made the id of what is there even if the work fails */
  private async call<T>(request: ResourceRequest, work: () => Promise<T>, made?: string): Promise<T> {
    try {
      return await this.clock.busy(work);
    } catch (error) {
      throw new ResourceFailure(this.message(error, request), made);
    }
  }

  private message(error: unknown, { stackId, logicalId }: ResourceRequest): string {
    if (!(error instanceof AwsError || error instanceof InvalidRequest)) return reasonOf(error);
    const requestId = uuidFrom(stackId, logicalId, error.message, 'request');
    const token = uuidFrom(stackId, logicalId, error.message, 'token');
    const call = error instanceof AwsError ? ` (Service: ${this.definition.service}, Status Code: ${error.status}, Request ID: ${requestId})` : '';
    const code = error instanceof AwsError ? handlerErrorCode(error) : error.name;
    return `Resource handler returned message: "${error.message}${call}" (RequestToken: ${token}, HandlerErrorCode: ${code})`;
  }
}

/** What CloudFormation's own handler of a type refuses, without a call. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
}

function handlerErrorCode({ code, status }: AwsError): string {
  if (/AlreadyExists|AlreadyOwned/.test(code)) return 'AlreadyExists';
  if (NOT_FOUND.test(code) || status === 404) return 'NotFound';
  if (/AccessDenied/.test(code) || status === 403) return 'AccessDenied';
  if (/Throttl/.test(code)) return 'Throttling';
  if (/LimitExceeded|QuotaExceeded/.test(code)) return 'ServiceLimitExceeded';
  if (/Conflict/.test(code)) return 'ResourceConflict';
  return /Validation|Invalid|Malformed/.test(code) ? 'InvalidRequest' : 'GeneralServiceException';
}

/** Readers of properties: parameters arrive as strings, whatever their type. */
export function text(value: Value | undefined): string | undefined {
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
}

export function required(value: Value | undefined): string {
  return text(value) ?? '';
}

export function number(value: Value | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

export function flag(value: Value | undefined): boolean | undefined {
  return value === undefined ? undefined : String(value) === 'true';
}

export function texts(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function objects(value: Value | undefined): Values[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function object(value: Value | undefined): Values {
  return isObject(value) ? value : {};
}

/** A policy or definition that may be given as an object or as JSON text. */
export function document(value: Value | undefined): object {
  if (isObject(value)) return value;
  const parsed: unknown = JSON.parse(required(value));
  if (isObject(parsed)) return parsed;
  throw new ResourceFailure('The document is not a JSON object.');
}

/** Without the fields that are not set, for APIs that tell absent from undefined. */
export function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
