import { Deed, isExplicit, isKept } from './deeds';
import type { Life, Operation } from './life';
import type { Tags } from '../../lambda/detail';
import { canonicalJson } from '../../lambda/identity';
import type { StackEvent, StackResource } from '../../local-aws/cloudformation/stack';
import { OwnershipTag, REQUEST_FAILED, ResourceType } from '../../src/private/contract';

/* What must hold after each operation, whatever happened in it. A rule answers with what is wrong. */

const STABLE = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/;
const GONE = /^(ROLLBACK_COMPLETE|DELETE_COMPLETE)$/;

/** Why an operation may fail although nothing broke: the template asks for what must be refused, or somebody else was there. */
const REASONS = [
  /the new one cannot have the name of the old/, /needs the audience model to be trained again/, /would train again what uses it/,
  /was deleted by somebody else/, /is gone or DELETE_FAILED and nothing was changed that trains another/, /is gone( or DELETE_FAILED)?; a rollback does not/, /exists already and is not this stack's/,
  /is not there, and nothing trains it any more/,
  /failed: NOT_ENOUGH_USERS/, /already exists/, /^(Resource (creation|update|deletion) cancelled|The following resource)/,
  /^Replacement type updates not supported on stack with disable-rollback\.$/,
  // The quota takes one model at a time, which may be longer than any of them waits.
  /gave up after \d+ (hours|minutes): CreateAudienceModel: ServiceQuotaExceededException/,
  // TrainingWait.none() with a configured audience model, about which there is a warning.
  /is in status \w+, not ACTIVE/, /gave up after 5\d minutes: CreateConfiguredAudienceModel: ConflictException/,
];

/** Where a URL does not tell when it was made, the gate gives up a little earlier, and maybe before the training does that it waits for. */
const UNDATED_REASON = /gave up after 55 minutes: audience model \S+ is not there/;

/** Nobody waited for an answer in vain. */
const HUNG = /did not receive a response|Operation timed out|Failed to receive/;

/** What comes of it that deletions fail. */
const UNDELETED_REASON = /could not be deleted: INTERNAL|gave up after 5\d minutes: (audience model \S+ is DELETE_|DeleteTrainingDataset)/;

/** Whether a late request could be taken for another: its URL does not tell when it was made. */
function cannotTellTime({ history, mishaps, requests }: Life): boolean {
  return history.responseUrls === 'undated' && (requests.late.size > 0 || Object.keys(mishaps).some((mishap) => /delivered .*late/.test(mishap)));
}

/** Whether CloudFormation took what failed half-way for what it was before, and asked nobody to make it so. */
function mayBeHalfDone({ history, hasStopped }: Life): boolean {
  return history.cloudFormation?.failedUpdate === 'assumed back' && hasStopped;
}

/** The service may refuse to delete a model in training, and then the stack says that this is what it waits for. */
function isWaitingForTraining({ history }: Life, reason: string): boolean {
  return history.settings.deleteDuringTraining !== 'accepted'
    && /gave up after 5[58] minutes: (.*CREATE_(PENDING|IN_PROGRESS)|DeleteTrainingDataset)/.test(reason);
}

export function violations(life: Life, operation: Operation): string[] {
  const { outcome: { status } } = operation;
  return [
    ...(STABLE.test(status) && !cannotTellTime(life) && !mayBeHalfDone(life) ? holdsWhatTheTemplateSays(life) : []),
    ...(GONE.test(status) ? leavesNothing(life) : []),
    ...leavesWhatIsRetained(life),
    ...(cannotTellTime(life) ? [] : doubles(life)),
    ...(cannotTellTime(life) ? [] : [...throwsNothingAway(operation), ...keepsForAReason(life, operation), ...supersedes(life, operation)]),
    ...leavesOthersAlone(life),
    ...(cannotTellTime(life) ? [] : hangs(life, operation)),
    ...failsForAReason(life, operation),
    ...isAllowed(life),
    ...answersOnce(life),
    ...keepsSecrets(life),
  ];
}

/** What must hold when nothing is asked for any more. */
export function violationsAfterwards(life: Life): string[] {
  return [
    ...(life.stack && life.remains.lost.length === 0 ? [`the stack cannot be deleted: ${life.stack.reason}`] : []),
    ...leaks(life),
    ...leavesWhatIsRetained(life),
    ...answersOnce(life),
    ...keepsSecrets(life),
  ];
}

/** 1. When the stack is stable, the service holds exactly what the template says, plus what other hands added, and nothing older. */
function holdsWhatTheTemplateSays(life: Life): string[] {
  const resources = [...life.stack?.resources.values() ?? []].filter(({ type }) => Object.values<string>(ResourceType).includes(type));
  const expected = new Set(resources.map(({ physicalId }) => physicalId));
  return [
    ...resources.flatMap((resource) => differences(life, resource)),
    ...life.ours.filter((one) => !expected.has(one.name) && !life.remains.mayStay(one)).map(({ name }) => `${name} is there, and not in the template`),
  ];
}

function differences(life: Life, { type, physicalId = '', properties }: StackResource): string[] {
  const found = life.ours.filter(({ name }) => name === physicalId);
  const { others, service } = life;
  if (type === ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY) return cannotTellTime(life) ? [] : policyDifferences(life, properties);
  if (type === ResourceType.AUDIENCE_MODEL_GATE) return [];
  if (found.length === 0) return others.deleted.has(physicalId) ? [] : [`${physicalId} is missing`];
  if (found.length > 1) return [`there are ${found.length} of ${physicalId}`];
  // What a late update did in place, no rollback takes back, and some of several that failed.
  if (cannotTellTime(life) || life.remains.wentBackFar) return [];
  const [{ arn, tags }] = found;
  const wrong: string[] = [];
  const same = (what: string, is: unknown, should: unknown) => {
    if (canonicalJson(is) !== canonicalJson(should)) wrong.push(`${physicalId} has ${what} ${canonicalJson(is)} and not ${canonicalJson(should)}`);
  };
  const wanted = Object.fromEntries(((properties.Tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
  const more = life.remains.mayBearMore(arn) ? visible(tags) : {};
  if (!others.untagged.has(arn)) same('tags', visible(tags), { ...more, ...others.tagged.has(arn) ? { byHand: 'yes' } : {}, ...wanted });

  const model = service.audienceModels().find((one) => one.arn === arn);
  if (model) {
    same('dataset', model.request.trainingDatasetArn, properties.TrainingDatasetArn);
    const waits = (properties.TrainingWait as { Until: string }).Until === 'ACTIVE';
    if (waits && model.status !== 'ACTIVE' && !others.deleted.has(physicalId)) wrong.push(`${physicalId} is ${model.status}`);
  }
  const configured = service.configuredAudienceModels().find((one) => one.arn === arn);
  if (configured) {
    if (!others.repointed.has(arn)) same('model', configured.audienceModelArn, properties.AudienceModelArn);
    same('seed size', String(configured.minMatchingSeedSize ?? 500), String(properties.MinMatchingSeedSize ?? 500));
    const bins = (properties.AudienceSizeConfig as { AudienceSizeBins: unknown[] } | undefined)?.AudienceSizeBins;
    same('bins', configured.audienceSizeConfig?.audienceSizeBins.map(String), bins?.map(String));
  }
  return wrong;
}

/** Without what is only there to say whose it is. */
function visible(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('cdk-cleanrooms-ml:')));
}

function policyDifferences(life: Life, properties: StackResource['properties']): string[] {
  const arn = String(properties.ConfiguredAudienceModelArn);
  const held = life.service.configuredAudienceModels().find((model) => model.arn === arn);
  if (!held) return [];
  const statements = statementsOf(held.policy?.document);
  const ours = statements.filter(({ Sid }) => Sid !== 'Theirs').map(({ Sid: _, ...statement }) => statement);
  const wanted = statementsOf(String(properties.PolicyDocument));
  const wrong = canonicalJson(ours) === canonicalJson(wanted) ? [] : [`the policy of ${held.name} has ${ours.length} statements and not ${wanted.length}`];
  if (life.others.stated.has(arn) && !statements.some(({ Sid }) => Sid === 'Theirs')) wrong.push(`a statement of others in the policy of ${held.name} is gone`);
  return wrong;
}

function statementsOf(document: string | undefined): { readonly Sid?: string }[] {
  return document === undefined ? [] : (JSON.parse(document) as { Statement: { Sid?: string }[] }).Statement;
}

/** 2. After the stack is gone nothing that is ours is left, except what CloudFormation left behind; and that is there. */
function leavesNothing(life: Life): string[] {
  return [
    ...leaks(life),
    ...life.aws.states.executions()
      .filter(({ stateMachineArn, status }) => stateMachineArn.includes('CleanRoomsMLProvider') && status === 'RUNNING')
      .map(({ name }) => `${name} is running on`),
  ];
}

export function leaks(life: Life): string[] {
  return life.ours.filter((one) => !life.remains.mayStay(one)).map(({ name }) => `${name} is left`);
}

function leavesWhatIsRetained({ ours, remains: { retained }, others }: Life): string[] {
  const there = new Set(ours.map(({ name }) => name));
  return [...retained.values()].filter(({ mayGo }) => !mayGo).map(({ name }) => name).filter((name) => !there.has(name) && !others.deleted.has(name)).map((name) => `${name} was to be retained`);
}

/** 3. No two trainings were ever started for the same inputs, none for what was there, and no rollback started one. */
export function doubles(life: Life): string[] {
  const { others, trainings, trainings: { started } } = life;
  return started.flatMap(({ name, stackStatus, underWay, alive, wasTrained, operation }, index) => [
    ...(/^(CREATE|UPDATE)_IN_PROGRESS$/.test(stackStatus) || underWay ? [] : [`${name} was trained in ${stackStatus}`]),
    ...(alive || wasTrained ? [`${name} was trained although it is there`] : []),
    ...(started.slice(0, index).filter((other) => other.name === name && other.operation === operation)
      .some((other) => !(trainings.isUntold(other) && others.deleted.has(name))) ? [`${name} was trained twice by one operation`] : []),
  ]);
}

/** 4. Nothing that is not ours was changed or deleted. */
function leavesOthersAlone({ others }: Life): string[] {
  return others.intact ? [] : ['something that is not ours was changed'];
}

/** 5. Every operation ends within its limits: nothing hangs until a timeout that a correct handler would not need. */
export function hangs(life: Life, { step, minutes, outcome }: Operation): string[] {
  const { trainingMinutes } = life.history;
  const limit = 5 * (trainingMinutes + 20) + (step.deletionsFail ? 1_440 : 240);
  return [
    ...(minutes > limit ? [`the operation took ${Math.round(minutes)} minutes`] : []),
    ...outcome.failures.filter(({ reason }) => HUNG.test(reason) && !life.hasDropped && !isUntold(life, outcome)).map(({ logicalId, reason }) => `${logicalId} hung: ${reason}`),
  ];
}

/** Whether nobody was told of an execution that was stopped: the rule for that goes with the stack, and waits for nothing. */
function isUntold({ others }: Life, { status }: Operation['outcome']): boolean {
  return others.stopped.size > 0 && /^(ROLLBACK|DELETE)_/.test(status);
}

/** Faults that pass do not fail a deployment. */
function failsForAReason(life: Life, operation: Operation): string[] {
  const { step, excused, outcome: { failures, status } } = operation;
  if (excused || cannotTellTime(life) || /^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(status)) return [];
  const [first] = failures;
  if (first === undefined || REASONS.some((reason) => reason.test(first.reason))) return [];
  if (isWaitingForTraining(life, first.reason) || life.remains.isHeld(first.reason)) return [];
  if (step.deletionsFail && UNDELETED_REASON.test(first.reason)) return [];
  // Nobody was there to answer.
  if ((life.hasDropped || isUntold(life, operation.outcome)) && HUNG.test(first.reason)) return [];
  // A training that was refused in a deployment without rollback is not begun again by itself.
  if ((step.denied || (life.hasStopped && life.history.steps.some(({ denied }) => denied))) && /AccessDenied/.test(first.reason)) return [];
  // Two looks at a training, or at its place in the queue, may be more than a minute apart, and a denial is believed after a minute.
  if (step.calls.filter(({ fault }) => fault === 'denied').length > 1 && /AccessDeniedException: injected/.test(first.reason)) return [];
  if (life.others.stopped.size > 0 && /its execution was stopped by somebody/.test(first.reason)) return [];
  // A cancelled update left it as it was, and CloudFormation does not ask for it again.
  if (life.hasStopped && /it was given up before it was trained/.test(first.reason)) return [];
  if (life.history.responseUrls === 'undated' && UNDATED_REASON.test(first.reason)) return [];
  if (life.remains.lost.some(({ arn }) => first.reason.includes(arn))) return [];
  if (life.others.deleted.size > 0 && /ResourceNotFoundException: Resource of type (configured-)?audience-model/.test(first.reason)) return [];
  return [`${first.logicalId} failed: ${first.reason}`];
}

/** Where CloudFormation says itself that something is to go. */
const FOR_GOOD = /^(UPDATE_COMPLETE_CLEANUP|ROLLBACK|DELETE)_IN_PROGRESS$/;

/** Where CloudFormation lets go of what may be of use yet. */
const FOR_NOW = /^UPDATE_(IN_PROGRESS|ROLLBACK_)/;

const succeeded = ({ call }: Deed) => call.outcome === 'ok';

/** Whether the service did not let something go: of a dataset also, a model that hangs on it. */
function isRefused(arn: string, deeds: readonly Deed[]): boolean {
  return deeds.some((deed) => deed.does === 'deletes' && !succeeded(deed) && [deed.arn, deed.dataset].includes(arn));
}

/** 6. No model that can be used goes because something else failed. */
function throwsNothingAway({ deeds }: Operation): string[] {
  return deeds
    .filter((deed) => deed.does === 'deletes' && deed.type === 'audience model' && deed.isTrained && succeeded(deed))
    .filter((deed) => !FOR_GOOD.test(deed.stackStatus) && !deed.hasCopy && !(isKept(deed) && isExplicit(deed)))
    .map(({ name, stackStatus }) => `${name} was deleted in ${stackStatus} although it can be used`);
}

/** 7. What is kept, and does not go in another try, can be used, or the service did not let it go, or CloudFormation never learnt of it. */
function keepsForAReason(life: Life, { deeds, deletionBroke }: Operation): string[] {
  const there = new Set(life.ours.map(({ arn }) => arn));
  return deeds
    .filter((deed) => deed.does === 'keeps' && succeeded(deed) && there.has(deed.arn))
    .filter((deed) => {
      const { stackStatus, isTrained } = deed;
      if (FOR_NOW.test(stackStatus) && isTrained) return false;
      if (stackStatus === 'UPDATE_IN_PROGRESS' && life.hasStopped) return false;
      return /^(DELETE|ROLLBACK)_/.test(stackStatus) || !(deletionBroke || isRefused(deed.arn, life.deeds));
    })
    .map(({ name, status, stackStatus }) => `${name} was kept in ${stackStatus} although it is ${status}`);
}

const SWEEPING: readonly string[] = [ResourceType.TRAINING_DATASET, ResourceType.AUDIENCE_MODEL, ResourceType.CONFIGURED_AUDIENCE_MODEL];

/** Whether CloudFormation had something deleted, and with that what was kept of it or of what is gone. */
function isSwept({ status, type, physicalId }: StackEvent): boolean {
  return status === 'DELETE_COMPLETE' && physicalId !== '' && SWEEPING.includes(type);
}

/** 8. What was kept goes when something else takes its place, or its construct has gone, unless the service does not let it go. */
function supersedes({ ours, service, stack }: Life, { deeds, deletionBroke, events, outcome: { status } }: Operation): string[] {
  if (status !== 'UPDATE_COMPLETE' || deletionBroke) return [];
  const cleanUp = events.slice(events.findIndex((event) => event.status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'));
  const gone = cleanUp.filter(isSwept);
  const isUsed = (arn: string) => service.audienceModels().some((model) => model.request.trainingDatasetArn === arn);
  const isOver = (logicalId: string) => gone.some((event) => event.logicalId === logicalId || !stack?.resources.has(logicalId));
  return ours
    .filter((one) => isKept(one) && isOver(one.tags[OwnershipTag.LOGICAL_ID]) && !isRefused(one.arn, deeds) && !isUsed(one.arn))
    .map(({ name }) => `${name} is kept still`);
}

/** 9. Every call was allowed by the synthesized policies. */
function isAllowed(life: Life): string[] {
  // State machines may outlive their permissions with what they were begun for.
  const lateAnyway = Object.keys(life.mishaps).some((mishap) => /delivered|killed|cancelled|rolled back/.test(mishap));
  return life.requests.denials.splice(0).filter(({ late = lateAnyway }) => !late).map(({ action, resource }) => `${action} on ${resource} was denied`);
}

/** 10. Every execution that ends by itself has told CloudFormation one thing, and again only where it cannot know that it has. */
function answersOnce({ aws, requests }: Life): string[] {
  return aws.states.executions()
    .filter(({ stateMachineArn, status, error, input }) => stateMachineArn.includes('CleanRoomsMLProvider')
      && (status === 'SUCCEEDED' || error === REQUEST_FAILED) && !takesOver(input))
    .flatMap(({ name }) => {
      const { bodies, lost } = requests.answersOf(name);
      const isOnce = bodies.length >= 1 && bodies.length <= 1 + lost && new Set(bodies).size === 1;
      return isOnce ? [] : [`${name} answered ${bodies.length} times: ${bodies.join(', ')}`];
    });
}

/** Whether an execution has nothing to answer: its input has a state from which it goes on. */
function takesOver(input: string): boolean {
  return input.includes('"State":{"Version"');
}

/** 11. No log line, answer or end of an execution contains a ResponseURL. */
function keepsSecrets({ aws, requests }: Life): string[] {
  const lines = [...aws.lambda.logs.values()].flat();
  const ends = aws.states.executions().flatMap(({ input, output = '', cause = '' }) => [output, cause, ...takesOver(input) ? [input] : []]);
  const exposed = [...new Set(requests.exposed), ...[...lines, ...ends].some((text) => text.includes('Signature')) ? ['a log or the end of an execution'] : []];
  return exposed.map((where) => `a ResponseURL can be read in ${where}`);
}
