import { sizesOf } from './audience-sizes';
import { Context, Handlers } from './context';
import { Exporting } from './exporting';
import { inCreation } from './lifecycle';
import { Input } from './model';
import { claimName } from './naming';
import { page } from './paging';
import { checkAudienceSize, checkQuota } from './rules';
import { react } from './settings';
import { AudienceExportJob, Export } from './state';

/** One entry for each export that the service accepted, whatever became of it. */
export interface StartedExport {
  readonly input: Input<'StartAudienceExportJob'>;
  readonly time: Date;
}

export function audienceExportJobs(context: Context, exporting: Exporting, started: StartedExport[]): Pick<
  Handlers, 'StartAudienceExportJob' | 'ListAudienceExportJobs'
> {
  const { account, clock, settings, state, accounts, authorization } = context;

  return {
    async StartAudienceExportJob(principal, input) {
      const { name, audienceGenerationJobArn, audienceSize } = input;
      await authorization.onResource(principal, 'StartAudienceExportJob', audienceGenerationJobArn);
      const job = state.audienceGenerationJobs.get(audienceGenerationJobArn);
      const visible = state.audienceExportJobs();
      const own = visible.filter((exportJob) => exportJob.work.startedBy === account.accountId);
      const repeated = claimName(own, input, { unique: settings.exportNamesUnique, repeatedCreate: settings.repeatedCreate });
      if (repeated) return;
      if (job.status !== 'ACTIVE') react(settings.inactiveGenerationJob, `The job ${job.arn} is in status ${job.status}, not ACTIVE`);
      checkAudienceSize(audienceSize, sizesOf(job.generation.model));
      checkQuota('Pending/in-progress audience export jobs', own.filter(inCreation).length, settings.quotas.audienceExportJobsInProgress);
      const active = visible.filter((exportJob) => exportJob.job === job && exportJob.status !== 'CREATE_FAILED');
      checkQuota('Active export jobs per audience generation job', active.length, settings.quotas.activeExportsPerJob);

      const now = new Date(clock.now());
      const work: Export = {
        name, generation: job.generation, request: input, createTime: now, updateTime: now, startedBy: account.accountId, status: 'CREATE_PENDING',
      };
      for (const side of accounts.whoSees(job.generation)) side.state.addExport(work);
      started.push({ input, time: now });
      void exporting.export(work);
    },

    async ListAudienceExportJobs(principal, input) {
      const { audienceGenerationJobArn } = input;
      await authorization.onResource(principal, 'ListAudienceExportJobs', audienceGenerationJobArn ?? '*');
      const jobs = state.audienceExportJobs().filter(({ job }) => audienceGenerationJobArn === undefined || job.arn === audienceGenerationJobArn);
      const { items, nextToken } = page(jobs, input, settings, clock.now());
      return { audienceExportJobs: items.map(summary), nextToken };
    },
  };
}

function summary({ name, job, request, createTime, updateTime, status, statusDetails, outputLocation }: AudienceExportJob) {
  const { audienceSize, description } = request;
  return { createTime, updateTime, name, audienceGenerationJobArn: job.arn, audienceSize, description, status, statusDetails, outputLocation };
}
