import type { Detail, Found, Summary, Tags } from './detail';
import type { RawProperties } from './events';
import { Reader, uncapitalized } from './properties';
import { isEndOfStack } from './request';
import { ifFound, Operations, pagesOf, Service } from './service';
import { describeStackResource, StackResourceState } from './stack';
import type { Step } from './step';
import { hasFate } from './tags';
import { Fate, OwnershipTag } from '../src/private/contract';

/** As the names of operations have it. */
type Named = 'TrainingDataset' | 'AudienceModel' | 'ConfiguredAudienceModel';
type SummaryOf<T extends Named> = Operations[`List${T}s`][1] extends Readonly<Record<`${Uncapitalize<T>}s`, (infer S)[]>> ? Summary & S : never;
export type DetailOf<T extends Named> = Detail & Operations[`Get${T}`][1];

/** All there are. */
export async function listAll<T extends Named>(service: Service, type: T): Promise<SummaryOf<T>[]> {
  const key = uncapitalized(type);
  const pages = await pagesOf(async (nextToken) => service.call<`List${Named}s`>(`List${type}s`, { maxResults: 100, nextToken }));
  const summaries = pages.flatMap((page) => (page as unknown as Record<string, Record<string, unknown>[]>)[`${key}s`]);
  return summaries.map((summary) => ({ ...summary, arn: summary[`${key}Arn`] })) as SummaryOf<T>[];
}

/** The resources of one type, and what is particular to it. */
export abstract class Kind<D extends Detail = Detail> {
  /** For messages: `audience model`. */
  public readonly noun: string;
  /** The construct property that names it. */
  public readonly nameProp: string;
  /**
   * Whether there can be no two of a name. Where that is not known, a try to create whose answer was lost, and the next, may have
   * created one each.
   */
  public readonly uniqueNames: boolean = false;
  /** Whether a second one of a name does harm, so that it is waited for what another stack may have made under that. */
  public readonly isCostly: boolean = false;
  protected readonly service: Service;
  private readonly arnKey: string;

  /** @param read gives what a create takes besides a name and tags */
  constructor(private readonly type: Named, private readonly read: Reader<object>, protected readonly step: Step) {
    this.service = step.service;
    this.noun = type.replace(/\B[A-Z]/g, ' $&').toLowerCase();
    this.nameProp = `${uncapitalized(type)}Name`;
    this.arnKey = `${uncapitalized(type)}Arn`;
  }

  public async list(): Promise<Summary[]> { return listAll(this.service, this.type); }

  public async get(arn: string): Promise<D | undefined> {
    const detail = await ifFound(this.service.call(`Get${this.type}`, { [this.arnKey]: arn } as never));
    return detail && { ...detail, arn } as Detail as D;
  }

  public async create(name: string, properties: RawProperties, tags: Tags): Promise<string> {
    const created: object = await this.service.call(`Create${this.type}`, { name, tags, ...this.read(properties, '') } as never);
    return (created as Record<string, string>)[this.arnKey];
  }

  public async delete(arn: string): Promise<void> {
    await ifFound(this.service.call(`Delete${this.type}`, { [this.arnKey]: arn } as never));
  }

  /** Whether a status is the one to wait for. */
  public isReady(status: string): boolean { return status === 'ACTIVE'; }

  /** Whether what was found, though it is what is asked for, is of no use any more. */
  public async isOutdated(_observed: D): Promise<boolean> { return false; }

  /** Whether so much was spent on it that it is not given up for the failure of something else. */
  public async isTrained(_observed: D): Promise<boolean> { return false; }

  /** Whether something hangs on it that is no garbage, so that the service does not let it go. */
  public async isHeld(_observed: D): Promise<boolean> { return false; }

  /** Whether what seems to be garbage is none: CloudFormation has it; or, while the stack goes on, its construct is there and may ask for it. */
  public async isNeeded(found: Found): Promise<boolean> {
    const { request } = this.step;
    const logicalId = found.tags[OwnershipTag.LOGICAL_ID];
    // Taken up is what its tags may not show yet.
    if (isEndOfStack(request) || logicalId === request.logicalId) return this.isNamed(found);
    const resource = await describeStackResource(this.service, request.stackId, logicalId);
    return resource !== undefined && !/^DELETE_(COMPLETE|SKIPPED)$/.test(resource.status) && !isForgotten(found, resource);
  }

  /** Whether CloudFormation has it in the stack: it asks for its deletion itself, or leaves it behind. */
  protected async isNamed(found: Found): Promise<boolean> {
    const resource = await describeStackResource(this.service, this.step.request.stackId, found.tags[OwnershipTag.LOGICAL_ID]);
    return resource?.physicalId === found.detail.name && resource.status !== 'DELETE_COMPLETE' && !isForgotten(found, resource);
  }

  /** Throws where to create it would do harm that the user has not asked for. */
  public async checkCreate(): Promise<void> { /* It costs nothing. */ }

  /**
   * The update that is missing, if any, with its own fence; throws where there can be none. `previous` is what the template said before
   * this change, or undefined where the resource must show all that the template says.
   */
  public update(_observed: D, _wanted: RawProperties, _previous: RawProperties | undefined): (() => Promise<void>) | undefined { return undefined; }
}

/** Whether CloudFormation could not delete it, and will not try again, but goes on showing it. */
function isForgotten({ detail: { name }, tags }: Found, { status, physicalId }: StackResourceState): boolean {
  return hasFate(tags, Fate.KEPT) && status === 'DELETE_FAILED' && physicalId === name;
}
