import { createGenerated, createTrained, HOUR, MINUTE, ROOT } from './fixture';
import { Settings } from '../../../local-aws/cleanroomsml/settings';

/** What takes its time to be deleted, each with what is done to it and how it stands. */
const KINDS = {
  'an audience model': async (settings: Partial<Settings>) => {
    const { service, clock, audienceModelArn } = await createTrained(settings);
    return {
      clock,
      get: () => service.getAudienceModel(ROOT, { audienceModelArn }),
      delete: () => service.deleteAudienceModel(ROOT, { audienceModelArn }),
      fail: service.failDeletion.bind(service, 'model'),
      found: () => service.audienceModels(),
    };
  },
  'an audience generation job': async (settings: Partial<Settings>) => {
    const { service, clock, audienceGenerationJobArn } = await createGenerated(settings);
    return {
      clock,
      get: () => service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn }),
      delete: () => service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn }),
      fail: service.failJobDeletion.bind(service, 'job'),
      found: () => service.audienceGenerationJobs(),
    };
  },
};

describe.each(Object.entries(KINDS))('the deletion of %s', (_kind, create) => {
  test('passes through DELETE_PENDING and DELETE_IN_PROGRESS to nothing', async () => {
    const { clock, found, ...resource } = await create({ deletionQueueTime: MINUTE, deletionTime: 5 * MINUTE });
    const statuses = () => found().map(({ status }) => status);
    const seen: unknown[] = [];
    await clock.busy(async () => {
      await resource.delete();
      seen.push(statuses());
    });
    await clock.sleep(MINUTE + 1);
    seen.push(statuses());
    await clock.sleep(5 * MINUTE);
    seen.push(statuses());
    expect(seen).toEqual([['DELETE_PENDING'], ['DELETE_IN_PROGRESS'], []]);
    await expect(resource.get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('can end in DELETE_FAILED and be tried again', async () => {
    const { clock, found, ...resource } = await create({});
    const heal = resource.fail({ statusCode: 'INTERNAL_ERROR', message: 'try again' });
    await resource.delete();
    await clock.sleep(HOUR);
    expect(found()).toMatchObject([{ status: 'DELETE_FAILED', statusDetails: { statusCode: 'INTERNAL_ERROR', message: 'try again' } }]);
    heal();
    await resource.delete();
    await clock.sleep(HOUR);
    expect(found()).toEqual([]);
  });
});
