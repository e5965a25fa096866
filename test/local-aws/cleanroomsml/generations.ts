import { createConfigured, HOUR, ROOT, SEED } from './fixture';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { Settings } from '../../../local-aws/cleanroomsml/settings';

export type Fixture = Awaited<ReturnType<typeof createConfigured>>;
export type Request = Input<'StartAudienceGenerationJob'>;

/** Starts a job. */
export const start = ({ service, configuredAudienceModelArn }: Fixture, changes: Partial<Request> = {}) =>
  service.startAudienceGenerationJob(ROOT, { name: 'job', configuredAudienceModelArn, seedAudience: SEED, ...changes });

/** Starts a job in surroundings of the test's choice, and waits until it is over. */
export const generate = async (
  prepare: (fixture: Fixture) => void = () => undefined, changes: Partial<Request> = {}, settings: Partial<Settings> = {},
  model: Partial<Input<'CreateConfiguredAudienceModel'>> = {},
) => {
  const fixture = await createConfigured(settings, model);
  fixture.others.assumed.length = 0;
  fixture.others.asked.length = 0;
  prepare(fixture);
  const startTime = fixture.clock.now();
  const { audienceGenerationJobArn } = await start(fixture, changes);
  await fixture.clock.sleep(30 * HOUR);
  const [{ status, statusDetails, updateTime }] = fixture.service.audienceGenerationJobs();
  return { ...fixture, audienceGenerationJobArn, status, ...statusDetails, duration: updateTime.getTime() - startTime };
};
