import * as fc from 'fast-check';
import { Settings, UNKNOWN_BEHAVIOURS } from '../../../local-aws/cleanroomsml/settings';
import { Settings as CloudFormationSettings, UNKNOWN_BEHAVIOURS as UNKNOWN_OF_CLOUDFORMATION } from '../../../local-aws/cloudformation/settings';
import { CallMishap, FAULTS, positions } from '../plan';

/*
 * What may happen to a configured audience model that is retrained. Everything is plain data, so that a history that found something can be
 * written down.
 */

/** What a template says. */
export interface TemplatePlan {
  /** Which feature column the dataset has. */
  readonly column: number;
  /** Of the model that the template names. */
  readonly generation: number;
  /** Another one replaces the configured audience model. */
  readonly tagsJobs: boolean;
  /** Whether the configured audience model has another construct id. */
  readonly isRenamed?: boolean;
  readonly tag: number;
  /** None: there is no retraining. */
  readonly keep?: number;
  readonly releases: boolean;
  /** Whether a resource that comes after all others cannot be created. */
  readonly fails: boolean;
}

export interface Run {
  readonly goesBack: boolean;
  /** Whether the schedule starts it. */
  readonly isScheduled: boolean;
  /** Otherwise what comes next comes while it is under way. */
  readonly isAwaited: boolean;
  readonly stoppedAfterMinutes?: number;
  readonly meanwhile?: { readonly afterMinutes: number; readonly hand: Hand };
}

const HANDS = ['repoints', 'points back', 'deletes a generation', 'deletes the configured model', 'fills the quota', 'stops executions'] as const;

export type Hand = typeof HANDS[number];

export interface Step {
  /** One of the three. */
  readonly deploy?: TemplatePlan;
  /** Of a deployment: a failure leaves everything as it is. */
  readonly rollbackDisabled?: boolean;
  /** Of a deployment: after so many minutes it is cancelled. */
  readonly cancelledAfterMinutes?: number;
  /** Of a deployment: what comes next, but for another deployment, comes while it is under way. */
  readonly isLeftAlone?: boolean;
  readonly run?: Run;
  readonly hand?: Hand;
  /** Before it. */
  readonly minutes: number;
  readonly calls: readonly CallMishap[];
  /** Whether what trains now fails. */
  readonly trainingFails: boolean;
  /** Whether a model that is deleted now ends in DELETE_FAILED. */
  readonly deletionsFail?: boolean;
  /** How many times the handlers may not repoint the configured audience model. */
  readonly refusals?: number;
}

export interface RetrainingHistory {
  readonly settings: Partial<Settings>;
  readonly cloudFormation: Partial<CloudFormationSettings>;
  /** Milliseconds. */
  readonly executionLag: number;
  readonly trainingMinutes: number;
  /** How long the service takes to delete a model. */
  readonly deletionMinutes?: number;
  readonly quota: number;
  /** Whether the retraining, and the dataset with it, stay when they are removed, by each of its templates. */
  readonly retains?: boolean;
  readonly first: TemplatePlan;
  readonly steps: readonly Step[];
}

const small = (max: number) => fc.integer({ min: 0, max });
const seldom = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const sometimes = fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const often = fc.oneof({ weight: 1, arbitrary: fc.constant(false) }, { weight: 3, arbitrary: fc.constant(true) });

const template: fc.Arbitrary<TemplatePlan> = fc.record({
  column: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  generation: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: small(2) }),
  tagsJobs: seldom,
  isRenamed: seldom,
  tag: small(1),
  keep: fc.option(small(2), { nil: undefined, freq: 6 }),
  releases: seldom,
  fails: seldom,
});

const hand = fc.constantFrom(...HANDS);

const run: fc.Arbitrary<Run> = fc.record({
  goesBack: seldom,
  isScheduled: fc.boolean(),
  isAwaited: often,
  stoppedAfterMinutes: fc.option(fc.constantFrom(0.5, 2, 20, 100), { nil: undefined, freq: 6 }),
  meanwhile: fc.option(fc.record({ afterMinutes: fc.constantFrom(0.2, 2, 20, 100, 400), hand }), { nil: undefined, freq: 4 }),
});

const cancelled = fc.option(fc.constantFrom(0.5, 2, 5, 15, 100), { nil: undefined, freq: 6 });

const others = {
  minutes: fc.constantFrom(0, 1, 10, 100, 3_000),
  calls: fc.array(fc.record({ call: fc.oneof(small(20), small(80)), fault: fc.constantFrom(...FAULTS) }), { maxLength: 3 }),
  trainingFails: seldom,
  deletionsFail: seldom,
  refusals: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 2) }),
};

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ run, ...others }) },
  {
    weight: 3,
    arbitrary: fc.record({ deploy: template, rollbackDisabled: seldom, cancelledAfterMinutes: cancelled, isLeftAlone: sometimes, ...others }),
  },
  { weight: 1, arbitrary: fc.record({ hand, ...others }) },
);

export const retrainingHistory: fc.Arbitrary<RetrainingHistory> = fc.record({
  settings: positions<Settings>(UNKNOWN_BEHAVIOURS),
  cloudFormation: positions<CloudFormationSettings>(UNKNOWN_OF_CLOUDFORMATION),
  executionLag: fc.constantFrom(0, 20_000),
  trainingMinutes: fc.constantFrom(3, 20, 300),
  // The looks at a slow one take most of the time of a history.
  deletionMinutes: fc.oneof({ weight: 11, arbitrary: fc.constant(0.5) }, { weight: 1, arbitrary: fc.constantFrom(40, 200) }),
  quota: fc.constantFrom(1, 2),
  retains: seldom,
  first: template.map((plan) => ({ ...plan, keep: plan.keep ?? 1, fails: false })),
  steps: fc.array(step, { minLength: 1, maxLength: 7 }),
});
