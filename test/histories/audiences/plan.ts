import * as fc from 'fast-check';
import { Settings, UNKNOWN_BEHAVIOURS } from '../../../local-aws/cleanroomsml/settings';

/*
 * What may happen to an audience and its runs. Everything is plain data, so that a history that found something can be written down.
 */

export interface AudiencePlan {
  readonly sizes: readonly number[];
  readonly keepJobs?: number;
  readonly minimumRecall?: number;
  readonly minimumRelevance?: number;
  /** Whether it has a schedule: then only one of the runs that are the schedule's may go at a time. */
  readonly scheduled: boolean;
  readonly inCollaboration: boolean;
  readonly query: boolean;
}

export interface RunPlan {
  /** When it begins, after the one before. */
  readonly afterMinutes: number;
  readonly isSchedules: boolean;
  /** Another size than the audience's. */
  readonly size?: number;
  readonly stoppedAfterMinutes?: number;
  /** Whether the service fails its job, or its exports. */
  readonly jobFails: boolean;
  readonly exportsFail: boolean;
  readonly isPoor: boolean;
}

/** How a call goes wrong: it is turned away, or nobody knows what became of it, because it was or was not carried out. */
export type Fault = 'throttled' | 'unavailable' | 'reset-before' | 'reset-after';

/** What goes wrong with the n-th call of one kind. */
export interface Mishap {
  readonly operation: string;
  readonly call: number;
  readonly fault: Fault;
}

/** What somebody else does, so many minutes after the beginning. */
export interface Hand {
  readonly minute: number;
  readonly does: 'deletes a job' | 'takes a tag off a job' | 'generates' | 'fills the quotas';
}

export interface AudienceHistory {
  readonly settings: Partial<Settings>;
  readonly audience: AudiencePlan;
  readonly generationMinutes: number;
  readonly exportMinutes: number;
  /** How many jobs and exports may be in progress. */
  readonly quota: number;
  readonly runs: readonly RunPlan[];
  readonly mishaps: readonly Mishap[];
  /** So many events are not taken at first. */
  readonly refusedEvents: number;
  readonly hands: readonly Hand[];
}

export const OPERATIONS = [
  'StartAudienceGenerationJob', 'GetAudienceGenerationJob', 'ListAudienceGenerationJobs', 'DeleteAudienceGenerationJob', 'StartAudienceExportJob',
  'ListAudienceExportJobs', 'PutMetricData', 'PutEvents', 'ListExecutions',
];

const small = (max: number) => fc.integer({ min: 0, max });
const seldom = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 3) => fc.option(arbitrary, { nil: undefined, freq });

const audience: fc.Arbitrary<AudiencePlan> = fc.record({
  sizes: fc.constantFrom([5], [1, 5], [1, 5, 10]),
  keepJobs: maybe(fc.constantFrom(1, 2)),
  minimumRecall: maybe(fc.constant(0.3), 2),
  minimumRelevance: maybe(fc.constant(0.4), 2),
  scheduled: fc.boolean(),
  inCollaboration: fc.boolean(),
  query: seldom,
});

const run: fc.Arbitrary<RunPlan> = fc.record({
  // At once: two at a time.
  afterMinutes: fc.constantFrom(0, 0, 1, 5, 90, 1_500),
  isSchedules: fc.boolean(),
  size: fc.option(fc.constant(10), { nil: undefined, freq: 2 }),
  stoppedAfterMinutes: fc.option(fc.constantFrom(0.1, 2, 20, 70, 200), { nil: undefined, freq: 2 }),
  jobFails: seldom,
  exportsFail: seldom,
  isPoor: seldom,
});

const mishap: fc.Arbitrary<Mishap> = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  call: fc.oneof(small(3), small(12)),
  fault: fc.constantFrom<Fault>('throttled', 'unavailable', 'reset-before', 'reset-after', 'reset-after'),
});

const settings = fc.record(Object.fromEntries(
  Object.entries({ ...UNKNOWN_BEHAVIOURS, pageSize: [100, 2, 1], listLag: [0, 20_000, 60_000], newRoleDelay: [0] })
    .map(([name, positions]) => [name, fc.constantFrom<unknown>(...positions)]),
)) as fc.Arbitrary<Partial<Settings>>;

export const audienceHistory: fc.Arbitrary<AudienceHistory> = fc.record({
  settings,
  audience,
  generationMinutes: fc.constantFrom(1, 60, 600),
  exportMinutes: fc.constantFrom(1, 30),
  quota: fc.constantFrom(1, 2, 10),
  runs: fc.array(run, { minLength: 1, maxLength: 5 }),
  mishaps: fc.array(mishap, { maxLength: 8 }),
  refusedEvents: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 3) }),
  hands: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, {
    weight: 1,
    arbitrary: fc.array(fc.record({
      minute: fc.constantFrom(0, 10, 65, 130, 700, 2_000),
      does: fc.constantFrom<Hand['does']>('deletes a job', 'takes a tag off a job', 'generates', 'fills the quotas'),
    }), { maxLength: 4 }),
  }),
});
