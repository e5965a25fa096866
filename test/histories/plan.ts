import * as fc from 'fast-check';
import { Settings, UNKNOWN_BEHAVIOURS } from '../../local-aws/cleanroomsml/settings';
import {
  Settings as CloudFormationSettings, UNKNOWN_BEHAVIOURS as UNKNOWN_OF_CLOUDFORMATION,
} from '../../local-aws/cloudformation/settings';
import type { CallFault } from '../../local-aws/lambda/in-process/surroundings';

/*
 * What may happen to a stack in its life. Everything is plain data, so that a history that found something can be written down.
 */

export interface ModelPlan {
  readonly generation: number;
  readonly tag: number;
  /** Otherwise the deployment goes on as soon as the training is accepted. */
  readonly waits: boolean;
  readonly named: boolean;
}

export interface ConfiguredPlan {
  readonly seed: number;
  /** None: no size bins. */
  readonly bins?: number;
  readonly tagsJobs: boolean;
  readonly tag: number;
  readonly named: boolean;
  /** How many collaborations may generate audiences. */
  readonly collaborations: number;
}

/** What CloudFormation leaves behind where it lets go of something. Undefined: it deletes it. */
export interface Retention {
  readonly deletionPolicy?: 'Retain' | 'RetainExceptOnCreate';
  /** Of what is replaced. */
  readonly updateReplacePolicy?: 'Retain';
}

/** What a template says. */
export interface StackPlan extends Retention {
  /** Which feature column the dataset has. */
  readonly column: number;
  readonly datasetTag: number;
  readonly datasetNamed: boolean;
  /** One or two. The first is the one that is configured. */
  readonly models: readonly ModelPlan[];
  readonly configured?: ConfiguredPlan;
  /** Whether a resource that comes after all others cannot be created. */
  readonly fails: boolean;
}

/** Something that goes wrong at the boundary of the n-th call that functions make during an operation. */
export interface CallMishap {
  readonly call: number;
  readonly fault: CallFault;
}

/** What becomes of the n-th event that CloudFormation hands over during an operation. */
export interface DeliveryMishap {
  readonly delivery: number;
  readonly fate: 'twice' | 'twice, signed anew' | 'late' | 'twice, once late';
}

/** What somebody else does, so many minutes after the operation began. */
export interface Hand {
  readonly minute: number;
  readonly does: 'deletes a model' | 'deletes the configured model' | 'tags' | 'untags' | 'repoints' | 'adds a statement' | 'trains' | 'stops executions';
}

/** What somebody may deny for as long as an operation lasts. */
const DENIABLE = [
  'TagResource', 'UntagResource', 'DeleteAudienceModel', 'DeleteTrainingDataset', 'DeleteConfiguredAudienceModel',
  'UpdateConfiguredAudienceModel', 'PutConfiguredAudienceModelPolicy', 'CreateConfiguredAudienceModel', 'CreateAudienceModel',
  'ListExecutions', 'StopExecution',
] as const;

export interface Step {
  /** Undefined: the stack is deleted, or rolled back. */
  readonly deploy?: StackPlan;
  /** Whether the stack is rolled back, if it stopped at a failure. */
  readonly rollsBack?: boolean;
  readonly calls: readonly CallMishap[];
  readonly deliveries: readonly DeliveryMishap[];
  readonly hands: readonly Hand[];
  /** After so many minutes the operation is cancelled; a creation is deleted. */
  readonly cancelledAfter?: number;
  /** Whether what trains now fails. */
  readonly trainingFails: boolean;
  /** Whether a model that is deleted now ends in DELETE_FAILED. */
  readonly deletionsFail?: boolean;
  /** What functions may not do as long as it lasts. */
  readonly denied?: typeof DENIABLE[number];
  /** Whether a failure is left as it is. On a stack that stopped at one, such a deployment mends it; any other has it rolled back before. */
  readonly rollbackDisabled?: boolean;
}

/** The stack is deleted and nothing comes in between. */
export const CALM: Step = { calls: [], deliveries: [], hands: [], trainingFails: false };

/** What is not known of CloudFormation and Step Functions. */
export interface Unknowns {
  readonly adoptIdOfFailedUpdate: boolean;
  readonly forgetsFailedRollback: boolean;
  readonly responseUrls?: 'sigv4' | 'sigv2' | 'undated';
  readonly reusesRequestIds?: boolean;
  readonly rollbackMovesTime?: boolean;
  /** Milliseconds. */
  readonly executionLag?: number;
}

export interface History extends Unknowns {
  readonly settings: Partial<Settings>;
  /** What else is unknown of CloudFormation. */
  readonly cloudFormation?: Partial<CloudFormationSettings>;
  /** In older histories: whether all templates retain everything. */
  readonly retain?: boolean;
  readonly trainingMinutes: number;
  /** How many trainings at a time the account may have. */
  readonly quota: number;
  readonly steps: readonly Step[];
}

const MOST_STEPS = 4;

const often = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const sometimes = fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 2, arbitrary: fc.constant(true) });

const small = (max: number) => fc.integer({ min: 0, max });

const model: fc.Arbitrary<ModelPlan> = fc.record({
  generation: small(2),
  tag: small(1),
  waits: fc.boolean(),
  named: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const configured: fc.Arbitrary<ConfiguredPlan> = fc.record({
  seed: small(1), bins: fc.option(small(1), { nil: undefined }), tagsJobs: fc.boolean(), tag: small(1), named: fc.boolean(), collaborations: small(2),
});

const stack: fc.Arbitrary<StackPlan> = fc.record({
  column: small(1),
  datasetTag: small(1),
  datasetNamed: fc.boolean(),
  models: fc.array(model, { minLength: 1, maxLength: 2 }),
  configured: fc.option(configured, { nil: undefined, freq: 4 }),
  fails: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

export const FAULTS: readonly CallFault[] = ['throttled', 'unavailable', 'denied', 'reset-before', 'reset-after', 'cut-after', 'killed-before', 'killed-after'];

const step: fc.Arbitrary<Step> = fc.record({
  deploy: fc.option(stack, { nil: undefined, freq: 5 }),
  calls: fc.array(fc.record({ call: fc.oneof(small(40), small(160)), fault: fc.constantFrom(...FAULTS) }), { maxLength: 4 }),
  deliveries: fc.array(fc.record({ delivery: small(10), fate: fc.constantFrom('twice', 'twice, signed anew', 'late', 'twice, once late') }), { maxLength: 2 }),
  hands: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, {
    weight: 1,
    arbitrary: fc.array(fc.record({
      minute: fc.constantFrom(0, 2, 20, 400),
      does: fc.constantFrom('deletes a model', 'deletes the configured model', 'tags', 'untags', 'repoints', 'adds a statement', 'trains', 'stops executions'),
    }), { maxLength: 2 }),
  }),
  cancelledAfter: fc.option(fc.constantFrom(0.1, 0.5, 1, 2, 5, 15, 100, 700), { nil: undefined, freq: 2 }),
  trainingFails: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  deletionsFail: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** All switches, in any position. */
export function positions<S>(switches: { readonly [N in keyof S]?: readonly S[N][] }): fc.Arbitrary<Partial<S>> {
  const each = Object.entries<readonly unknown[]>(switches as Record<string, readonly unknown[]>);
  return fc.record(Object.fromEntries(each.map(([name, known]) => [name, fc.constantFrom(...known)]))) as fc.Arbitrary<Partial<S>>;
}

const settings = positions<Settings>(UNKNOWN_BEHAVIOURS);

/** A clean-up tries three times to delete a model, for 55 minutes each. */
const LONGER_THAN_A_CLEANUP = 180;

const unrelated: fc.Arbitrary<History> = fc.record({
  settings,
  cloudFormation: positions<CloudFormationSettings>(UNKNOWN_OF_CLOUDFORMATION),
  adoptIdOfFailedUpdate: fc.boolean(),
  forgetsFailedRollback: fc.boolean(),
  responseUrls: fc.oneof({ weight: 4, arbitrary: fc.constant('sigv4' as const) }, { weight: 2, arbitrary: fc.constant('sigv2' as const) },
    { weight: 1, arbitrary: fc.constant('undated' as const) }),
  reusesRequestIds: fc.boolean(),
  rollbackMovesTime: fc.boolean(),
  executionLag: fc.constantFrom(0, 20_000),
  trainingMinutes: fc.oneof(...([[3, 24], [40, 12], [LONGER_THAN_A_CLEANUP, 1], [300, 6], [1200, 6]] as const)
    .map(([minutes, weight]) => ({ weight, arbitrary: fc.constant(minutes) }))),
  quota: fc.constantFrom(1, 2),
  steps: fc.array(step, { minLength: 1, maxLength: MOST_STEPS }),
}).map(quickly);

/** Where a training cannot be ended it is waited for, in steps of ten seconds: the short ones will do, and a few that are long enough. */
function quickly(plan: History): History {
  const { trainingMinutes } = plan;
  if (plan.settings.deleteDuringTraining === 'accepted' || trainingMinutes === LONGER_THAN_A_CLEANUP) return plan;
  return { ...plan, trainingMinutes: Math.min(trainingMinutes, 20) };
}

/** What the steps of a history have to do with each other. */
interface Course {
  /** Whether what is updated fails, although it was not drawn to. */
  readonly fails: boolean;
  readonly afterFailure: 'something else' | 'the same, mended' | 'a rollback';
}

const course: fc.Arbitrary<Course> = fc.record({
  fails: sometimes, afterFailure: fc.constantFrom('something else', 'something else', 'the same, mended', 'the same, mended', 'a rollback'),
});

const retention: fc.Arbitrary<Retention> = fc.record({
  deletionPolicy: fc.constantFrom(undefined, 'Retain', 'RetainExceptOnCreate'), updateReplacePolicy: fc.constantFrom(undefined, 'Retain'),
});

const perStep = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: MOST_STEPS, maxLength: MOST_STEPS });

/** One in so many histories has something of the kind. */
const oneIn = <T>(histories: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.oneof({ weight: histories - 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: perStep(arbitrary) });

const denied = fc.option(fc.constantFrom(...DENIABLE), { nil: undefined, freq: 2 });

export const history: fc.Arbitrary<History> = fc.tuple(unrelated, perStep(course), oneIn(3, often), oneIn(5, retention), oneIn(4, denied))
  .map(([plan, courses, rollbackDisabled, retentions, denials]) => ({
    ...plan,
    steps: plan.steps.reduce<readonly Step[]>((before, drawn, index) => {
      const next: Step = {
        ...drawn,
        ...rollbackDisabled[index] && { rollbackDisabled: true },
        ...denials[index] && { denied: denials[index] },
        ...drawn.deploy && { deploy: { ...drawn.deploy, ...retentions[index] } },
      };
      return [...before, related(next, courses[index], before.at(-1))];
    }, []),
  }));

function related(drawn: Step, { fails, afterFailure }: Course, before: Step | undefined): Step {
  const { deploy, ...others } = drawn;
  if (before?.deploy?.fails && afterFailure === 'the same, mended') return { ...drawn, deploy: { ...before.deploy, fails: false } };
  if (before?.deploy?.fails && before.rollbackDisabled && afterFailure === 'a rollback') return { ...others, rollsBack: true };
  return before?.deploy && deploy && fails ? { ...drawn, deploy: { ...deploy, fails } } : drawn;
}
