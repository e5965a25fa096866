import { isKept } from './deeds';
import type { Life, Operation } from './life';
import { hasFate } from '../../lambda/tags';
import { DRAIN } from '../../lambda/times';
import { Fate, OwnershipTag } from '../../src/private/contract';

type Ours = Life['ours'][number];

/** What was there before an operation. */
interface Former extends Pick<Ours, 'arn' | 'name'> {
  /** Whether it goes where something else needs its name, to be retained or not. */
  readonly mayMakeRoom: boolean;
}

/**
 * Remembers what of ours may be there although the template does not say it, or be otherwise than the template says, and why:
 * CloudFormation left it behind, forgot it, or went back and did not come to it.
 */
export class Remains {
  /** What CloudFormation left behind, and has not come back to, by its ARN; of which stack it was, and whether a deletion before that may yet succeed. */
  readonly retained = new Map<string, { readonly name: string; readonly stackId: string; readonly mayGo: boolean }>();
  /** Whether it went back over several updates that had failed: nobody takes back what one changed in place of what a later one replaced. */
  wentBackFar = false;
  /** Whether something could not be deleted because of what CloudFormation left behind. */
  isInTheWay = false;
  /** The ARNs of what CloudFormation forgot, although a template says that something is to stay, or that nothing told the library to look for. */
  private readonly forgotten = new Set<string>();
  /** The ARNs of all that stayed when CloudFormation had let go of it. */
  private readonly stayed = new Set<string>();
  /** The ARNs of what stayed when the stack went, because of what was left behind: nobody comes back to it. */
  private readonly held = new Set<string>();
  /** The physical ids of what never told one. */
  private readonly madeUp = new Set<string>();
  /** The physical ids of what an update said that it had replaced, though it had made nothing: a step of it had died, which might have. */
  private readonly feigned = new Set<string>();
  /** The ARNs of what was made in a deployment that was cancelled, or whose execution was stopped, and not rolled back, so that CloudFormation may not know it. */
  private readonly unlearnt = new Set<string>();
  private rollbackFailed = false;

  constructor(private readonly life: Pick<Life, 'aws' | 'history' | 'service' | 'stack' | 'ours' | 'others' | 'mishaps' | 'hasStopped'>) {}

  /** Whether something may be there that the template does not say: CloudFormation left it behind, or, while the stack lives, it was kept, or it could not be deleted yet. */
  mayStay(one: Ours): boolean {
    const mayStayYet = isKept(one) || this.isUndeleted(one.arn) || this.isUnmarked || this.unlearnt.has(one.arn);
    return this.isLeftBehind(one.arn) || (this.life.stack !== undefined && mayStayYet);
  }

  /** What nothing tells to be ours any more: others took its tags, and CloudFormation forgot it. */
  get lost(): Ours[] {
    const { ours, others, history, hasStopped } = this.life;
    const forgets = this.rollbackFailed || (hasStopped && history.cloudFormation?.deletionForgetsReplaced === true);
    return forgets ? ours.filter(({ arn, name }) => others.untagged.has(arn) && !this.physicalIds.has(name)) : [];
  }

  /** Whether something may have tags that only an earlier template said: nobody knows any more that they were ours. */
  mayBearMore(arn: string): boolean {
    const { history, hasStopped } = this.life;
    return (this.rollbackFailed && history.forgetsFailedRollback) || hasStopped || this.stayed.has(arn);
  }

  /** Whether it is because of what CloudFormation left behind that something cannot be deleted. */
  isHeld(reason: string): boolean {
    const taken = this.life.ours.filter((one) => this.isTakenForRetained(one)).map(({ arn }) => arn);
    return [...this.retained.keys(), ...this.forgotten, ...taken].some((arn) => reason.includes(`${arn} depends on`));
  }

  /** Before a deletion: what CloudFormation does not know of, and nothing tells the library to look for. */
  noteForgotten(): void {
    const forgotten = [...this.missedByRollback(), ...this.givenUpUnmarked(), ...this.notListedYet(), ...this.replacedAndRetained()];
    for (const { arn } of forgotten) this.forgotten.add(arn);
  }

  /** After an operation: what it left behind, of what was there before or is there now. */
  remember({ stackId, outcome, events }: Operation, before: readonly Former[]): void {
    const { retained, physicalIds, life: { ours, mishaps, stack } } = this;
    this.rollbackFailed ||= outcome.status === 'UPDATE_ROLLBACK_FAILED';
    this.wentBackFar ||= 'mended' in mishaps && outcome.status === 'UPDATE_ROLLBACK_COMPLETE';
    const made = ours.filter(({ arn }) => !before.some((one) => one.arn === arn));
    for (const { arn } of [...this.untoldInTime(made, outcome), ...this.stoppedAndForgotten(made, outcome)]) this.unlearnt.add(arn);
    const idsOf = (sought: string) => new Set(events.filter(({ status }) => status === sought).map(({ physicalId }) => physicalId));
    const [skipped, asked] = [idsOf('DELETE_SKIPPED'), idsOf('DELETE_IN_PROGRESS')];
    // What somebody was asked to delete before may be gone.
    const unasked = before.filter(({ name, mayMakeRoom }) => !mayMakeRoom && !asked.has(name));
    this.noteFeigned(events);
    const leftBehind = [...ours, ...unasked].filter(({ name }) => skipped.has(name) && !this.feigned.has(name));
    for (const { arn, name } of leftBehind) retained.set(arn, { name, stackId, mayGo: this.isUndeleted(arn) });
    for (const { arn, mayMakeRoom } of before) if (mayMakeRoom && !ours.some((one) => one.arn === arn)) retained.delete(arn);
    // What never told its name has one that was made up.
    for (const { status, reason, physicalId } of events) if (status === 'CREATE_FAILED' && reason?.endsWith('cancelled')) this.madeUp.add(physicalId);
    const unnamed = new Set(events.filter(({ status, physicalId }) => status === 'DELETE_SKIPPED' && this.madeUp.has(physicalId)).map(({ logicalId }) => logicalId));
    // What is kept still, it never took up.
    const untold = ours.filter((one) => unnamed.has(one.tags[OwnershipTag.LOGICAL_ID]) && !isKept(one));
    for (const { arn, name } of untold) retained.set(arn, { name, stackId, mayGo: this.isUndeleted(arn) });
    // What came back is no longer to be retained, nor what somebody was asked to delete now, but because an update failed that took it up.
    const isForGood = !/^UPDATE_(FAILED|ROLLBACK_)/.test(outcome.status);
    for (const [arn, one] of retained) {
      const isAskedFor = isForGood && one.stackId === stackId && asked.has(one.name) && !skipped.has(one.name);
      if (physicalIds.has(one.name) || isAskedFor) retained.delete(arn);
    }
    for (const { arn } of ours.filter((one) => isKept(one) || retained.has(one.arn))) this.stayed.add(arn);
    if (!stack) for (const { arn } of ours) if (this.isLeftBehind(arn)) this.held.add(arn);
    this.isInTheWay = outcome.failures.some(({ reason }) => this.isHeld(reason));
  }

  /** What a rollback that failed had not come to, and was to stay. */
  private missedByRollback(): Ours[] {
    return this.rollbackFailed ? this.life.ours.filter(({ name, tags }) => hasFate(tags, Fate.RETAINED) && !this.physicalIds.has(name)) : [];
  }

  /** What may not bear the mark is found by the requests of its construct alone, and that was given up. */
  private givenUpUnmarked(): Ours[] {
    const { stack, ours } = this.life;
    return this.isUnmarked ? ours.filter((one) => !isKept(one) && stack?.resources.has(one.tags[OwnershipTag.LOGICAL_ID]) === false) : [];
  }

  /** Of what a cancelled update made last CloudFormation never learnt, and no list need show it yet. */
  private notListedYet(): Ours[] {
    const { aws, stack, ours, mishaps } = this.life;
    if (stack?.status !== 'UPDATE_FAILED' || !('cancelled' in mishaps)) return [];
    return ours.filter(({ name, createTime }) => !this.physicalIds.has(name) && createTime.getTime() > aws.clock.now() - DRAIN);
  }

  /** What an update replaced, where the deletion of the stack does not know of that, and a template says that something is to stay. */
  private replacedAndRetained(): Ours[] {
    const { stack, history, ours } = this.life;
    if (!stack || !history.cloudFormation?.deletionForgetsReplaced) return [];
    const replaced = stack.fallback?.replaced.filter(({ resource }) => [resource, stack.resources.get(resource.logicalId)]
      .some((one) => one && [one.definition.deletionPolicy, one.definition.updateReplacePolicy].some((policy) => policy.startsWith('Retain')))) ?? [];
    const names = new Set(replaced.map(({ resource }) => resource.physicalId));
    return ours.filter(({ name }) => names.has(name));
  }

  /** What a cancelled update made that is left as it was, and did not tell before. */
  private untoldInTime(made: readonly Ours[], { status }: Operation['outcome']): Ours[] {
    const isLeftAsItWas = status === 'UPDATE_FAILED' && 'cancelled' in this.life.mishaps;
    return isLeftAsItWas ? made.filter(({ name }) => !this.physicalIds.has(name)) : [];
  }

  /** What an execution made that was stopped, where CloudFormation does not have it deleted: nobody takes it back. */
  private stoppedAndForgotten(made: readonly Ours[], { status }: Operation['outcome']): readonly Ours[] {
    const { others, history } = this.life;
    return /^(CREATE|UPDATE)_FAILED$/.test(status) && others.stopped.size > 0 && history.cloudFormation?.failedCreation === 'forgotten' ? made : [];
  }

  private noteFeigned(events: Operation['events']): void {
    const there = new Set(this.life.ours.map(({ name }) => name));
    for (const [index, failed] of events.entries()) {
      if (failed.status !== 'UPDATE_FAILED' || there.has(failed.physicalId)) continue;
      // In a rollback it is the second one.
      const begun = events.slice(0, index).filter(({ logicalId, status }) => logicalId === failed.logicalId && status === 'UPDATE_IN_PROGRESS').at(-1);
      if (begun && begun.physicalId !== failed.physicalId) this.feigned.add(begun.physicalId);
    }
  }

  /** Whether what was kept, or could not be deleted, may not bear the mark. */
  private get isUnmarked(): boolean {
    return this.life.history.steps.some(({ denied }) => denied === 'TagResource');
  }

  /** Whether it is still to go, in a history in which deletions fail. */
  private isUndeleted(arn: string): boolean {
    const { history, service } = this.life;
    return history.steps.some(({ deletionsFail }) => deletionsFail) && service.audienceModels().some((model) => model.arn === arn && model.status.startsWith('DELETE_'));
  }

  /** Whether something was left behind or forgotten, or what depends on it, so that the service does not let it go. */
  private isLeftBehind(arn: string): boolean {
    const { service, ours } = this.life;
    return this.retained.has(arn) || this.held.has(arn) || this.forgotten.has(arn) || this.lost.some((one) => one.arn === arn)
      || ours.some((one) => one.arn === arn && this.isTakenForRetained(one))
      || service.audienceModels().some((model) => model.request.trainingDatasetArn === arn && this.isLeftBehind(model.arn))
      || service.configuredAudienceModels().some((configured) => configured.audienceModelArn === arn && this.isLeftBehind(configured.arn));
  }

  /**
   * Whether it looks as if it had been retained before the update that made it: a rollback with a time of its own hides when that began. Or
   * an update that was left as it failed said that it is to stay, and nobody took that back, or may have.
   */
  private isTakenForRetained({ tags }: Ours): boolean {
    const { history, hasStopped } = this.life;
    return (history.rollbackMovesTime === true || hasStopped || this.isUnmarked) && hasFate(tags, Fate.RETAINED);
  }

  private get physicalIds(): ReadonlySet<string | undefined> {
    return new Set([...this.life.stack?.resources.values() ?? []].map(({ physicalId }) => physicalId));
  }
}
