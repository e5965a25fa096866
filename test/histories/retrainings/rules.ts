import type { Deployment, Life, Lived } from './life';
import { hasFate } from '../../../lambda/tags';
import { Fate } from '../../../src/private/contract';

/** Why an execution may fail although nothing broke. */
const REASONS = [
  /failed: NOT_ENOUGH_USERS/, /^another execution, \S+, is under way/, /^there is nothing to go back to/, /was deleted by somebody else/, /could not be deleted/,
  /^there is no configured audience model under/, /^another audience model, \S+, was put in place meanwhile/, /is being deleted$/, /^gave up after/,
  // The role of a dataset that was replaced is gone; the dataset itself may be.
  /The role .* (cannot be assumed|does not exist)/, /ResourceNotFoundException/, /ValidationException/,
];

/** What must hold when everything is over but for the end of the stack. Each rule tells what breaks it. */
export function violations(life: Life): string[] {
  return [
    ...life.unusable.slice(0, 1),
    ...life.runs.flatMap((run) => ofRun(life, run).map((violation) => `${run.execution.name} (${run.execution.status}): ${violation}`)),
    ...life.deployments.flatMap((deployment, index) => ofDeployment(life, deployment).map((violation) => `deployment ${index} (${deployment.outcome.status}): ${violation}`)),
    ...trainsOnce(life),
  ];
}

interface Report {
  readonly status: string;
  readonly audienceModelArn?: string;
}

function reportOf({ execution: { status, output } }: Lived): Report {
  return status === 'SUCCEEDED' ? JSON.parse(output!) as Report : { status };
}

function ofRun(life: Life, run: Lived): string[] {
  const { execution: { name, status, cause }, plan } = run;
  if (status === 'RUNNING') return ['it never ends'];
  const isRemoved = life.deployments.some(({ plan: { keep, fails } }) => keep === undefined || fails);
  const isStopped = plan.stoppedAfterMinutes !== undefined || life.others.stopped.has(name);
  if (status === 'ABORTED') return isStopped || isRemoved ? [] : ['nobody stopped it'];
  // Its state machine went, and nobody stopped it: it was retained, or so young that it was not listed, and had begun nothing.
  if (status === 'FAILED' && isRemoved && /^State machine \S+ has been deleted/.test(cause ?? '')) return [];
  if (status === 'FAILED') return REASONS.some((reason) => reason.test(cause ?? '')) || 'denied' in life.mishaps ? [] : [`it failed: ${cause}`];
  const report = reportOf(run);
  if (report.status === 'SKIPPED') return plan.isScheduled ? [] : ['it was skipped, though it is not the schedule\'s'];
  return report.status === (plan.goesBack ? 'WENT_BACK' : 'TRAINED') ? [] : [`it should not be ${report.status}`];
}

/** A deployment that does not change the audience model leaves the one in use; a rollback goes back to it. */
function ofDeployment({ mishaps }: Life, { before, plan, outcome: { status }, inUse }: Deployment): string[] {
  if (!before || !inUse?.[0] || before.keep === undefined || plan.keep === undefined) return [];
  const [then, now] = inUse;
  if (now === then) return [];
  // Of what other hands have put in place neither a rollback nor another configured audience model knows.
  const isForgotten = 'repoints' in mishaps || 'points back' in mishaps;
  const isReplaced = before.tagsJobs !== plan.tagsJobs || before.isRenamed !== plan.isRenamed;
  const isMeant = before.generation !== plan.generation || before.column !== plan.column;
  if (status === 'UPDATE_COMPLETE' && !isMeant && !(isReplaced && isForgotten)) return [`it pointed from ${then} to ${now}`];
  if (status === 'UPDATE_ROLLBACK_COMPLETE' && !isForgotten) return [`it left ${now} in use, and not ${then}`];
  return [];
}

/** No generation is trained twice. */
function trainsOnce({ service, others }: Life): string[] {
  const names = service.trainingsStarted.map(({ input: { name } }) => name).filter((name) => name.startsWith('Retraining'));
  return names.filter((name, index) => names.indexOf(name) !== index && !others.deleted.has(name)).map((name) => `${name} was trained twice`);
}

/** After an execution in peace. */
export function violationsInPeace(life: Life, run: Lived | undefined): string[] {
  // A rollback to a model that was released is not possible.
  if (run === undefined || life.configured === undefined || !life.isStable) return [];
  const report = reportOf(run);
  if (report.status !== 'TRAINED') return [`in peace it is ${report.status}: ${run.execution.cause}`];
  const { keep = 0 } = life.template!;
  const older = life.service.audienceModels().filter(({ arn, tags, status }) => status === 'ACTIVE' && arn !== report.audienceModelArn
    && [Fate.NEW, Fate.IN_USE, Fate.FORMER].some((fate) => hasFate(tags, fate)));
  return [
    ...(run.inUse === report.audienceModelArn ? [] : [`${run.inUse} is in use`]),
    ...(older.length > keep ? [`${older.length} older generations are there: ${older.map(({ name }) => name).join(', ')}`] : []),
  ];
}

/** When the stack is gone. */
export function violationsAfterwards({ stack, ours, others, history: { retains }, staying, generations }: Life): string[] {
  const mayStay = ({ name }: { name: string }) => retains && /^(Retraining|Dataset)/.test(name);
  return [
    ...(stack ? [`the stack cannot be deleted: ${stack.reason}`] : []),
    ...ours.filter((one) => !mayStay(one)).map(({ name }) => `${name} is left`),
    ...staying.filter((retained) => !generations.some(({ arn }) => arn === retained)).map((arn) => `${arn} is gone, although it was retained`),
    ...(others.intact ? [] : ['something that is not ours was changed']),
  ];
}
