import type { Tags } from '../../lambda/detail';
import { hashOf, hasFate } from '../../lambda/tags';
import type { OperationName } from '../../local-aws/cleanroomsml/model';
import type { Call } from '../../local-aws/faults';
import type { LocalAws } from '../../local-aws/local-aws';
import { Fate, OwnershipTag } from '../../src/private/contract';

/** What the stack is doing when something happens to a resource. */
export interface Moment {
  readonly stackStatus: string;
  /** Whether the call may have been under way when the stack came into this status: it asked right before. */
  readonly underWay: boolean;
  /** Which operation of the stack it was in. */
  readonly operation: number;
}

/** What a handler did, or tried to do, to a resource that is ours; and what that was like right before. */
export interface Deed extends Moment {
  readonly does: 'keeps' | 'takes up' | 'deletes';
  readonly type: 'training dataset' | 'audience model' | 'configured audience model';
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly tags: Tags;
  /** Whether it is a model that can be used, or a dataset that such a model hangs on. */
  readonly isTrained: boolean;
  /** Of a model: the ARN of the dataset that it hangs on. */
  readonly dataset?: string;
  /** Whether there was another one of the same name, no worse. */
  readonly hasCopy: boolean;
  readonly call: Pick<Call, 'outcome'>;
}

const WATCHED: readonly OperationName[] = ['TagResource', 'DeleteTrainingDataset', 'DeleteAudienceModel', 'DeleteConfiguredAudienceModel'];

interface Watched {
  readonly resourceArn?: string;
  readonly tags?: Tags;
  readonly trainingDatasetArn?: string;
  readonly audienceModelArn?: string;
  readonly configuredAudienceModelArn?: string;
}

/** Notes all deeds from now on. */
export function noteDeeds({ cleanRoomsMl: service, cloudFormation: { root } }: LocalAws, deeds: Deed[], now: () => Moment): void {
  service.beforeCall = (call) => {
    if (call.principal.arn === root.arn || !WATCHED.includes(call.operation)) return;
    const { resourceArn, tags, ...deleted } = call.input as Watched;
    const arn = resourceArn ?? Object.values(deleted).at(0);
    const found = held(service).find((one) => one.arn === arn);
    if (!found) return;
    const does = tags === undefined ? 'deletes' : hasFate(tags, Fate.KEPT) ? 'keeps' : isKept(found) && OwnershipTag.IDENTITY in tags ? 'takes up' : undefined;
    if (does) deeds.push({ ...found, ...now(), does, isTrained: isTrained(found, service), hasCopy: hasCopy(found, service), call });
  };
}

export function isKept({ tags }: { readonly tags: Tags }): boolean {
  return hasFate(tags, Fate.KEPT);
}

/** What became by a deed of a model that was trained, and whose deployment failed. */
export function fateOf(deed: Deed): string | undefined {
  const { does, type, stackStatus, call } = deed;
  if (call.outcome !== 'ok' || type !== 'audience model' || !deed.isTrained) return undefined;
  if (does === 'keeps') return 'kept';
  if (does === 'takes up') return 'kept, then taken up';
  if (!isKept(deed)) return undefined;
  return stackStatus === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' ? 'kept, then superseded' : 'kept, then deleted with the stack';
}

/** Whether the name is one that the user gave: then it does not tell whose it is. */
export function isExplicit({ name, tags }: { readonly name: string; readonly tags: Tags }): boolean {
  return !name.endsWith(hashOf(tags) ?? '');
}

type Service = LocalAws['cleanRoomsMl'];
type Held = Pick<Deed, 'type' | 'arn' | 'name' | 'status' | 'tags' | 'dataset'>;

function held(service: Service): Held[] {
  return [
    ...service.trainingDatasets().map(({ arn, name, tags }) => ({ type: 'training dataset' as const, arn, name, tags, status: 'ACTIVE' })),
    ...service.audienceModels().map(({ arn, name, tags, status, request: { trainingDatasetArn: dataset } }) => (
      { type: 'audience model' as const, arn, name, tags, status, dataset }
    )),
    ...service.configuredAudienceModels().map(({ arn, name, tags }) => ({ type: 'configured audience model' as const, arn, name, tags, status: 'ACTIVE' })),
  ];
}

function isTrained({ type, arn, status }: Held, service: Service): boolean {
  if (type === 'audience model') return status === 'ACTIVE';
  return service.audienceModels().some((model) => model.request.trainingDatasetArn === arn && model.status === 'ACTIVE');
}

function hasCopy({ type, arn, name }: Held, service: Service): boolean {
  return held(service).some((other) => other.type === type && other.name === name && other.arn !== arn && other.status === 'ACTIVE');
}
