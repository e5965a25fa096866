import type { LocalAws } from '../local-aws';

/** What is to be said of a job that generates an audience, or of one that exports it. */
interface Job {
  readonly key: string;
  readonly title: string;
  readonly status: string;
  readonly since: Date;
}

/** Prints how jobs come and go, with the time of the embedded AWS. */
export class JobReport {
  private known: readonly Job[] = [];
  /** When jobs entered the statuses in which they were seen. */
  private readonly entered = new Map<string, Date>();

  constructor(private readonly aws: LocalAws) {}

  printChanges(): void {
    const jobs = this.jobs();
    for (const { key, title, status, since } of jobs) {
      if (this.entered.has(`${key} ${status}`)) continue;
      this.entered.set(`${key} ${status}`, since);
      console.log(`${since.toISOString()}  ${title}: ${status}`);
    }
    for (const { title } of this.known.filter(({ key }) => !jobs.some((job) => job.key === key))) {
      console.log(`${this.aws.clock.iso()}  ${title}: gone`);
    }
    this.known = jobs;
  }

  /** How long a generation was CREATE_IN_PROGRESS, in milliseconds. Not a number if that, or its end, was not seen. */
  timeInProgress(arn: string): number {
    const [began, ended] = ['CREATE_IN_PROGRESS', 'ACTIVE'].map((status) => this.entered.get(`${arn} ${status}`)?.getTime() ?? NaN);
    return ended - began;
  }

  private jobs(): Job[] {
    const { cleanRoomsMl } = this.aws;
    return [
      ...cleanRoomsMl.audienceGenerationJobs().map(({ arn, name, status, updateTime }) => (
        { key: arn, title: `audience generation job ${name}`, status, since: updateTime }
      )),
      ...cleanRoomsMl.audienceExportJobs().map(({ job, name, request: { audienceSize: { type, value } }, status, updateTime }) => (
        { key: `${job.arn} ${name}`, title: `audience export job ${name} of ${type}-${value}`, status, since: updateTime }
      )),
    ];
  }
}
