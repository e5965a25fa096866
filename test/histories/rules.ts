import type { Life, Operation } from './life';
import type { Tags } from '../../lambda/detail';
import { canonicalJson } from '../../lambda/identity';
import type { StackResource } from '../../local-aws/cloudformation/stack';
import { ResourceType } from '../../src/private/contract';

/* What must hold after each operation, whatever happened in it. A rule answers with what is wrong. */

const STABLE = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/;
const GONE = /^(ROLLBACK_COMPLETE|DELETE_COMPLETE)$/;

/** Why an operation may fail although nothing broke: the template asks for what must be refused, or somebody else was there. */
const REASONS = [
  /the new one cannot have the name of the old/, /needs the audience model to be trained again/, /would train again what uses it/,
  /was deleted by somebody else/, /is gone and nothing was changed that trains another/, /is gone; a rollback does not/, /exists already and is not this stack's/,
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

export function violations(life: Life, operation: Operation): string[] {
  const { outcome: { status } } = operation;
  return [
    ...(STABLE.test(status) && !life.cannotTellTime && !life.mayBeHalfDone ? holdsWhatTheTemplateSays(life) : []),
    ...(GONE.test(status) ? leavesNothing(life) : []),
    ...(life.cannotTellTime ? [] : doubles(life)),
    ...leavesOthersAlone(life),
    ...(life.cannotTellTime ? [] : hangs(life, operation)),
    ...failsForAReason(life, operation),
    ...isAllowed(life),
    ...keepsSecrets(life),
  ];
}

/** 1. When the stack is stable, the service holds exactly what the template says, plus what other hands added, and nothing older. */
function holdsWhatTheTemplateSays(life: Life): string[] {
  const resources = [...life.stack?.resources.values() ?? []].filter(({ type }) => Object.values<string>(ResourceType).includes(type));
  const expected = new Set(resources.map(({ physicalId }) => physicalId));
  return [
    ...resources.flatMap((resource) => differences(life, resource)),
    ...life.ours.filter(({ name }) => !expected.has(name) && !life.mayStay(name)).map(({ name }) => `${name} is there, and not in the template`),
  ];
}

function differences(life: Life, { type, physicalId = '', properties }: StackResource): string[] {
  const found = life.ours.filter(({ name }) => name === physicalId);
  const { others, service } = life;
  if (type === ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY) return life.cannotTellTime ? [] : policyDifferences(life, properties);
  if (type === ResourceType.AUDIENCE_MODEL_GATE) return [];
  if (found.length === 0) return others.deleted.has(physicalId) ? [] : [`${physicalId} is missing`];
  if (found.length > 1) return [`there are ${found.length} of ${physicalId}`];
  // What a late update did in place, no rollback takes back.
  if (life.cannotTellTime) return [];
  const [{ arn, tags }] = found;
  const wrong: string[] = [];
  const same = (what: string, is: unknown, should: unknown) => {
    if (canonicalJson(is) !== canonicalJson(should)) wrong.push(`${physicalId} has ${what} ${canonicalJson(is)} and not ${canonicalJson(should)}`);
  };
  const wanted = Object.fromEntries(((properties.Tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
  const more = life.mayBearMore(arn) ? visible(tags) : {};
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

/** 2. After the stack is gone nothing that is ours is left, except what RETAIN kept. */
function leavesNothing(life: Life): string[] {
  return [
    ...leaks(life),
    ...life.runningTrainings.map((name) => `${name} is running on`),
  ];
}

export function leaks(life: Life): string[] {
  return life.ours.filter(({ name }) => !life.mayStay(name)).map(({ name }) => `${name} is left`);
}

/** 3. No two trainings were ever started for the same inputs, and no rollback started one. */
export function doubles(life: Life): string[] {
  return life.trainings.flatMap(({ name, stackStatus, underWay, alive, operation }, index) => [
    ...(/^(CREATE|UPDATE)_IN_PROGRESS$/.test(stackStatus) || underWay ? [] : [`${name} was trained in ${stackStatus}`]),
    ...(alive ? [`${name} was trained although it is there`] : []),
    ...(life.trainings.slice(0, index).some((other) => other.name === name && other.operation === operation) ? [`${name} was trained twice by one operation`] : []),
  ]);
}

/** 4. Nothing that is not ours was changed or deleted. */
function leavesOthersAlone({ others }: Life): string[] {
  return others.intact ? [] : ['something that is not ours was changed'];
}

/** 5. Every operation ends within its limits: nothing hangs until a timeout that a correct handler would not need. */
export function hangs(life: Life, { minutes, outcome }: Operation): string[] {
  const { trainingMinutes } = life.history;
  const limit = 5 * (trainingMinutes + 20) + 240;
  return [
    ...(minutes > limit ? [`the operation took ${Math.round(minutes)} minutes`] : []),
    ...outcome.failures.filter(({ reason }) => HUNG.test(reason) && !life.hasDropped).map(({ logicalId, reason }) => `${logicalId} hung: ${reason}`),
  ];
}

/** Faults that pass do not fail a deployment. */
function failsForAReason(life: Life, { excused, outcome: { failures, status } }: Operation): string[] {
  if (excused || life.cannotTellTime || /^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(status)) return [];
  const [first] = failures;
  if (first === undefined || REASONS.some((reason) => reason.test(first.reason)) || life.isWaitingForTraining(first.reason)) return [];
  if (life.history.responseUrls === 'undated' && UNDATED_REASON.test(first.reason)) return [];
  if (life.lost.some(({ arn }) => first.reason.includes(arn))) return [];
  if (life.others.deleted.size > 0 && /ResourceNotFoundException: Resource of type configured-audience-model/.test(first.reason)) return [];
  return [`${first.logicalId} failed: ${first.reason}`];
}

/** 6. Every call was allowed by the synthesized policies, and no log line contains a ResponseURL. */
function isAllowed(life: Life): string[] {
  // State machines may outlive their permissions with what they were begun for.
  const lateAnyway = Object.keys(life.mishaps).some((mishap) => /delivered|killed|cancelled|rolled back/.test(mishap));
  return life.denials().filter(({ late = lateAnyway }) => !late).map(({ action, resource }) => `${action} on ${resource} was denied`);
}

function keepsSecrets({ aws }: Life): string[] {
  const lines = [...aws.lambda.logs.values()].flat();
  const ends = aws.states.executions().flatMap(({ output = '', cause = '' }) => [output, cause]);
  return [...lines, ...ends].some((text) => text.includes('Signature')) ? ['a ResponseURL can be read'] : [];
}
