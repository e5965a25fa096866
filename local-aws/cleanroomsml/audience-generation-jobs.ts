import { Account, Principal } from '../aws';
import { checkMembers, Side } from './accounts';
import { checkActive } from './audience-models';
import { Context, Handlers } from './context';
import { failure } from './errors';
import { Generating } from './generation';
import { inCreation, inDeletion } from './lifecycle';
import { Input } from './model';
import { checkNameFree, claimName } from './naming';
import { page } from './paging';
import { checkQuota, checkSeedAudience, checkTags } from './rules';
import { react } from './settings';
import { AudienceGenerationJob, ConfiguredAudienceModel, Generation, uuidOf } from './state';

type Request = Input<'StartAudienceGenerationJob'>;

/** One entry for each generation that the service accepted, whatever became of it. */
export interface StartedGeneration {
  readonly audienceGenerationJobArn: string;
  readonly input: Request;
  readonly time: Date;
}

export function audienceGenerationJobs(context: Context, generating: Generating, started: StartedGeneration[]): Pick<
  Handlers, 'StartAudienceGenerationJob' | 'GetAudienceGenerationJob' | 'ListAudienceGenerationJobs' | 'DeleteAudienceGenerationJob'
> {
  const { account, clock, settings, state, accounts, authorization, dataAccess } = context;

  /** Both accounts have to be members. The service looks that up in the name of the caller. */
  async function lookUpMembers(principal: Principal, collaborationId: string, owner: string): Promise<void> {
    const collaboration = accounts.collaboration(collaborationId);
    checkMembers(collaboration, collaborationId, [account.accountId]);
    await authorization.onListingMembers(principal, collaboration.arn);
    checkMembers(collaboration, collaborationId, [owner]);
  }

  return {
    async StartAudienceGenerationJob(principal, input) {
      checkSeedAudience(input.seedAudience);
      checkTags(input.tags);
      const { arn, sequence } = state.newArn('audience-generation-job');
      const owner = accounts.ownerOf(input.configuredAudienceModelArn);
      const policed = owner?.state.configuredAudienceModels.find(input.configuredAudienceModelArn);
      await authorization.onGeneration(principal, input, arn, policed);
      await authorization.onPassing(principal, input.seedAudience.roleArn);
      dataAccess.meet(input.seedAudience.roleArn);
      if (input.collaborationId) await lookUpMembers(principal, input.collaborationId, input.configuredAudienceModelArn.split(':')[4]);

      const existing = state.audienceGenerationJobs.all();
      const repeated = claimName(existing, input, {
        unique: true, repeatedCreate: settings.repeatedCreate, reusable: (job) => !inDeletion(job) && job.generation.startedBy === account.accountId,
      });
      if (repeated) return { audienceGenerationJobArn: repeated.arn };
      const { side, model } = modelOf(owner, input.configuredAudienceModelArn);
      checkActive(side.state.audienceModels.get(model.audienceModelArn), 'ValidationException');
      const running = existing.filter((job) => job.generation.startedBy === account.accountId && inCreation(job));
      checkQuota('Pending/in-progress audience generation jobs', running.length, settings.quotas.audienceGenerationJobsInProgress);

      const now = new Date(clock.now());
      const generation = newGeneration(input, { id: arn.slice(arn.lastIndexOf('/') + 1), now, startedBy: account, ownedBy: side.account, model });
      const inherited = model.request.childResourceTagOnCreatePolicy === 'FROM_PARENT_RESOURCE' ? model.tags : {};
      const isOwner = side.state === state;
      const tags = { ...(isOwner ? inherited : {}), ...input.tags };
      checkTags(tags);
      const job = new AudienceGenerationJob(arn, sequence, input.name, tags, generation);
      if (!isOwner) addForOwner(job, side, inherited);
      state.audienceGenerationJobs.add(job);
      started.push({ audienceGenerationJobArn: arn, input, time: now });
      void generating.generate(job);
      return { audienceGenerationJobArn: arn };
    },

    async GetAudienceGenerationJob(principal, { audienceGenerationJobArn }) {
      await authorization.onResource(principal, 'GetAudienceGenerationJob', audienceGenerationJobArn);
      const job = state.audienceGenerationJobs.get(audienceGenerationJobArn);
      const { seedAudience, includeSeedInOutput } = job.request;
      const { startedBy, ownedBy, model, metrics, protectedQueryIdentifier } = job.generation;
      const seesMetrics = ownedBy === account.accountId || model.sharedAudienceMetrics.includes('ALL');
      return {
        ...summary(job),
        statusDetails: job.statusDetails,
        // The API reference says the reverse of the user guide, which hides the seed from the account that has no right to it.
        seedAudience: startedBy === account.accountId ? seedAudience : undefined,
        includeSeedInOutput,
        metrics: seesMetrics ? metrics : undefined,
        tags: job.tags,
        protectedQueryIdentifier,
      };
    },

    async ListAudienceGenerationJobs(principal, input) {
      const { configuredAudienceModelArn, collaborationId } = input;
      await authorization.onResource(principal, 'ListAudienceGenerationJobs', configuredAudienceModelArn ?? '*');
      const jobs = state.audienceGenerationJobs.all().filter(({ request }) =>
        (configuredAudienceModelArn === undefined || request.configuredAudienceModelArn === configuredAudienceModelArn) &&
        (collaborationId === undefined || request.collaborationId === collaborationId));
      const { items, nextToken } = page(jobs, input, settings, clock.now());
      return { audienceGenerationJobs: items.map(summary), nextToken };
    },

    async DeleteAudienceGenerationJob(principal, { audienceGenerationJobArn }) {
      await authorization.onResource(principal, 'DeleteAudienceGenerationJob', audienceGenerationJobArn);
      const job = state.audienceGenerationJobs.get(audienceGenerationJobArn);
      if (inCreation(job)) react(settings.deleteDuringGeneration, `${job.arn} cannot be deleted in status ${job.status}`);
      const running = state.audienceExportJobs().find((exportJob) => exportJob.job === job && inCreation(exportJob));
      if (running) throw failure('ConflictException', `The audience export job ${running.name} of ${job.arn} is in progress`);
      if (inDeletion(job)) {
        react(settings.deleteDuringDeletion, `${job.arn} is being deleted already`);
        return;
      }
      void generating.deletion.delete(job.generation);
    },
  };
}

/** Without a resource policy the model of another account is as good as unknown. */
function modelOf(owner: Side | undefined, arn: string): { readonly side: Side; readonly model: ConfiguredAudienceModel } {
  if (!owner) throw failure('ResourceNotFoundException', `Resource of type configured-audience-model with ARN ${arn} does not exist`);
  return { side: owner, model: owner.state.configuredAudienceModels.get(arn) };
}

interface Circumstances {
  readonly id: string;
  readonly now: Date;
  readonly startedBy: Account;
  readonly ownedBy: Account;
  readonly model: ConfiguredAudienceModel;
}

function newGeneration(request: Request, { id, now, startedBy, ownedBy, model }: Circumstances): Generation {
  return {
    id,
    name: request.name,
    request,
    createTime: now,
    updateTime: now,
    startedBy: startedBy.accountId,
    ownedBy: ownedBy.accountId,
    model: { ...model },
    protectedQueryIdentifier: request.seedAudience.sqlParameters && uuidOf(`query of ${id}`),
    status: 'CREATE_PENDING',
  };
}

/** The job's second ARN differs in the account only. @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-behaviors.html */
function addForOwner({ arn, name, generation }: AudienceGenerationJob, { account, state }: Side, tags: Record<string, string>): void {
  const longName = `${generation.startedBy}-${name}`;
  checkNameFree(state.audienceGenerationJobs.all(), longName);
  const second = arn.replace(`:${generation.startedBy}:`, `:${account.accountId}:`);
  state.audienceGenerationJobs.add(new AudienceGenerationJob(second, state.newSequence(), longName, { ...tags }, generation));
}

function summary({ arn, name, createTime, updateTime, description, status, request, generation }: AudienceGenerationJob) {
  const { configuredAudienceModelArn, collaborationId } = request;
  return {
    createTime,
    updateTime,
    audienceGenerationJobArn: arn,
    name,
    description,
    status,
    configuredAudienceModelArn,
    collaborationId,
    startedBy: generation.startedBy,
  };
}
