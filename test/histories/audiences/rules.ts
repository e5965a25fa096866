import { Life, Run } from './life';

/** What must hold when everything is over. Each rule tells what breaks it. */
export function violations(life: Life): string[] {
  return [
    ...life.runs.flatMap((run) => ofRun(life, run).map((violation) => `${run.execution.name} (${run.execution.status}): ${violation}`)),
    ...ofAccount(life),
  ];
}

function ofRun(life: Life, run: Run): string[] {
  return [endsAsItMust, overlaps, nothingTwice, toldOnce, measuredOnce, exported].flatMap((rule) => rule(life, run));
}

interface Output {
  readonly status?: string;
  readonly exports?: readonly { readonly status: string; readonly outputLocation?: string; readonly audienceSize: { readonly value: number } }[];
}

function outputOf({ execution }: Run): Output {
  return JSON.parse(execution.output ?? '{}') as Output;
}

const isExclusive = ({ execution }: Run) => execution.name.startsWith('schedule-');

/** Only those may be skipped beside which an earlier one of the schedule ran. */
function wasInTheWay(life: Life, run: Run): boolean {
  return life.runs.some((other) => other !== run && isExclusive(other) && goesAt(other, run.execution.startDate));
}

function goesAt({ execution: { startDate, stopDate = Infinity } }: Run, time: number): boolean {
  return startDate <= time && stopDate > time;
}

/** After this time a run knows which others go. */
const LOOKS_AROUND = 60_000;

/** Of the runs of a schedule only one generates at a time. */
function overlaps(life: Life, run: Run): string[] {
  if (!isExclusive(run) || run.jobs.length === 0) return [];
  const begins = run.execution.startDate + LOOKS_AROUND;
  return life.runs.filter((other) => other !== run && isExclusive(other) && other.jobs.length > 0 && goesAt(other, begins))
    .filter(({ execution }) => execution.startDate <= run.execution.startDate)
    .map(({ execution }) => `${execution.name} of the same schedule goes at the same time`);
}

function endsAsItMust(life: Life, run: Run): string[] {
  const { execution, plan } = run;
  const { status, error, cause } = execution;
  if (status === 'RUNNING') return ['it never ends'];
  if (status === 'ABORTED') return plan.stoppedAfterMinutes === undefined ? ['nobody stopped it'] : [];
  const outcome = outputOf(run).status;
  if (outcome === 'SKIPPED') return isExclusive(run) && wasInTheWay(life, run) ? [] : ['it was skipped for nothing'];
  if (run.disturbed || waitedLongEnough(run)) return [];
  const { minimumRecall, minimumRelevance } = life.history.audience;
  const isRejected = plan.isPoor && (minimumRecall !== undefined || minimumRelevance !== undefined);
  const expected = plan.jobFails || (plan.exportsFail && !isRejected) ? 'FAILED' : isRejected ? 'REJECTED' : 'FINISHED';
  const actual = status === 'FAILED' ? 'FAILED' : outcome;
  return actual === expected ? [] : [`it should be ${expected}, but is ${actual}: ${error} ${cause}`];
}

/** A place in a full quota is waited for about a day, by delays that are random. */
function waitedLongEnough({ execution: { error, startDate, stopDate = startDate } }: Run): boolean {
  return error === 'CleanRoomsMl.ServiceQuotaExceededException' && stopDate - startDate > 16 * 3_600_000;
}

function nothingTwice(_life: Life, run: Run): string[] {
  const again = run.exports.filter((size, index) => run.exports.indexOf(size) < index);
  return [
    ...(run.jobs.length > 1 ? [`it started ${run.jobs.length} jobs`] : []),
    ...again.map((size) => `it exported ${size} twice`),
  ];
}

function toldOnce(life: Life, run: Run): string[] {
  const { execution } = run;
  const told = life.world.aws.events.events().filter(({ detail }) => (detail as { executionArn?: string }).executionArn === execution.arn);
  const isSkipped = outputOf(run).status === 'SKIPPED';
  const [least, most] = [isSkipped || execution.status === 'ABORTED' ? 0 : 1, isSkipped ? 0 : 1 + life.lostAnswers('PutEvents', run)];
  return told.length >= least && told.length <= most ? [] : [`it was told ${told.length} times`];
}

function measuredOnce(life: Life, run: Run): string[] {
  const { calls } = life.world.aws.cloudWatch;
  const measured = calls.filter(({ outcome, principal }) => outcome === 'ok' && principal.arn.endsWith(`/${run.execution.name}`)).length;
  const isGenerated = ['FINISHED', 'REJECTED'].includes(outputOf(run).status ?? '');
  const most = 1 + life.lostAnswers('PutMetricData', run);
  return measured <= most && (measured >= 1 || !isGenerated) ? [] : [`it was measured ${measured} times`];
}

function exported(life: Life, run: Run): string[] {
  const { status, exports = [] } = outputOf(run);
  if (status !== 'FINISHED') return [];
  const wanted = run.plan.size === undefined ? life.history.audience.sizes : [run.plan.size];
  const objects = life.world.aws.s3.objects('retail-audiences').map(({ key }) => `s3://retail-audiences/${key}`);
  return [
    ...(exports.length === 0 || exports.some(({ audienceSize }) => !wanted.includes(audienceSize.value)) ? ['it exported other sizes'] : []),
    ...exports.filter(({ outputLocation }) => !objects.some((uri) => outputLocation !== undefined && uri.startsWith(outputLocation)))
      .map(({ outputLocation }) => `there is nothing at ${outputLocation}`),
  ];
}

function ofAccount(life: Life): string[] {
  const jobs = life.service.audienceGenerationJobs();
  const missing = [...life.theirs].filter((arn) => !jobs.some((job) => job.arn === arn));
  return [
    ...jobs.filter(({ status }) => /PENDING|IN_PROGRESS/.test(status)).map(({ name, status }) => `${name} is ${status} and nobody waits for it`),
    ...missing.map((arn) => `${arn} of others is gone`),
    ...kept(life),
    ...strayJobs(life),
    ...denials(life).map((denial) => `denied: ${denial}`),
  ];
}

/** After a run in peace as many jobs are there as are to be kept, and nothing that is older. */
function kept(life: Life): string[] {
  const jobs = life.service.audienceGenerationJobs();
  const { keepJobs } = life.history.audience;
  if (keepJobs === undefined) {
    return life.runs.flatMap((run) => run.jobs).filter((arn) => !life.deletedByOthers.has(arn) && !jobs.some((job) => job.arn === arn))
      .map((arn) => `${arn} is gone, though all are to be kept`);
  }
  const ours = jobs.filter(({ arn }) => !life.theirs.has(arn) && !life.untagged.has(arn));
  const active = ours.filter(({ status }) => status === 'ACTIVE');
  if (active.length > keepJobs) return [`${active.length} jobs are left, and ${keepJobs} are to be kept`];
  if (active.length < keepJobs) return [];
  const oldest = Math.min(...active.map(({ createTime }) => createTime.getTime()));
  return ours.filter(({ status, createTime }) => status === 'CREATE_FAILED' && createTime.getTime() < oldest)
    .map(({ name }) => `${name} failed long ago and is left`);
}

/** Every job that is ours was begun by a run that we know. */
function strayJobs({ service, theirs, runs }: Life): string[] {
  return service.generationsStarted.map(({ audienceGenerationJobArn }) => audienceGenerationJobArn)
    .filter((arn) => !theirs.has(arn) && !runs.some(({ jobs }) => jobs.includes(arn))).map((arn) => `nobody knows who began ${arn}`);
}

/** What has no tag of ours any more cannot be told from what is others', and is left alone. */
function denials({ world, untagged }: Life): string[] {
  return world.denied().filter((denial) => ![...untagged].some((arn) => denial === `cleanrooms-ml:DeleteAudienceGenerationJob ${arn}`));
}
