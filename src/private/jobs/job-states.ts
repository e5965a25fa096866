import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jsonata, literal, secondsUntilNextLook } from './expressions';
import { JobJsonataOptions, JobJsonPathOptions, JobOptions } from './job-state-options';
import { OUTCOME_UNKNOWN, ServiceCall, THROTTLED } from './service-call';
import { mismatch } from '../faults';
import { allow } from '../service';

export type JobStateOptions = JobOptions & JobJsonPathOptions & JobJsonataOptions & { readonly queryLanguage?: sfn.QueryLanguage };

export interface JobTimes {
  readonly pollInterval?: Duration;
  readonly timeout?: Duration;
  /** How many times more seldom than usual the job is looked at, and tried: by default once. For those that share an execution's history. */
  readonly pace?: number;
}

/** Of the hash that tells the jobs of all executions apart, behind the name that the user gave. */
export const HASH_LENGTH = 16;
export const NAME_SUFFIX_LENGTH = '-'.length + HASH_LENGTH;

const LONGEST_STATE_NAME = 80;
const DEFAULT_POLL_INTERVAL = Duration.minutes(1);
const DEFAULT_TIMEOUT = Duration.hours(24);
const LONGEST_POLL_INTERVAL = Duration.minutes(15);

const LARGEST_PAGE = 100;

/** Long enough for a list to show what a call did whose answer was lost. */
const UNTIL_LISTED = Duration.seconds(75);

/**
 * A job as one state of a state machine. Inside, it is a state machine of its own, so that it can fail as a whole, be caught as a whole, and
 * leaves the user's data alone. That one is written in JSONata, whatever language the user's is in: only what the user says of the job is
 * evaluated in that language, in the first of its states.
 */
export class JobStates {
  readonly job: sfn.Parallel;

  /** `resultFields` are those of the job's result, which JSONPath must name one by one. */
  constructor(private readonly scope: Construct, private readonly options: JobStateOptions, resultFields: readonly string[]) {
    // Said in JSONPath, too: the CDK refuses it then where the state machine is in JSONata.
    const { queryLanguage = sfn.QueryLanguage.JSON_PATH, comment, assign, inputPath, outputPath, resultPath, outputs } = options;
    const inEither = { queryLanguage, comment, assign, stateName: scope.node.id.slice(0, LONGEST_STATE_NAME) };
    this.job = new sfn.Parallel(scope, 'Job', this.inJsonata
      ? { ...inEither, outputs: outputs ?? jsonata('$states.result[0]') }
      : { ...inEither, inputPath, outputPath, resultPath, resultSelector: Object.fromEntries(resultFields.map((name) => [`${name}.$`, `$[0].${name}`])) });
  }

  /** Begins with what the user says of the job, as `Request`. */
  beginWith(request: { readonly [name: string]: unknown }, next: sfn.IChainable): void {
    const stateName = this.nameOf('Prepare');
    const prepare = this.inJsonata
      ? sfn.Pass.jsonata(this.scope, 'Prepare', { stateName, outputs: { Request: request } })
      : sfn.Pass.jsonPath(this.scope, 'Prepare', { stateName, parameters: { Request: request } });
    this.job.branch(prepare.next(next));
  }

  /**
   * A name that is the same whenever the same execution asks for the same: so a job is not begun twice. The state is in it, too, since
   * there may be several that ask for the same.
   */
  nameJob(next: sfn.IChainable): sfn.IChainable {
    const key = `$string([$states.context.Execution.Id, ${literal(this.scope.node.path)}, $states.input.Request])`;
    return sfn.Pass.jsonata(this.scope, 'Name', {
      stateName: this.nameOf('Name'),
      outputs: jsonata(`{
        "Request": $merge([$states.input.Request, {
          "Name": $states.input.Request.Name & "-" & $substring($hash(${key}, "SHA-256"), 0, ${HASH_LENGTH})
        }])
      }`),
    }).next(next);
  }

  /** A call of Clean Rooms ML that reads, so that it may be made again. */
  read(id: string, action: string, args: { readonly [name: string]: unknown }, output: string, statement: iam.PolicyStatement): ServiceCall {
    const call = this.call(id, action, args, output, [statement]);
    call.addRetry(OUTCOME_UNKNOWN);
    return call;
  }

  call(
    id: string, action: string, args: { readonly [name: string]: unknown }, output: string, statements: iam.PolicyStatement[],
  ): ServiceCall {
    const call = new ServiceCall(this.scope, id, {
      stateName: this.nameOf(id), service: 'cleanroomsml', action, arguments: args, output: jsonata(output), statements,
    });
    call.addRetry(THROTTLED);
    return call;
  }

  /** A list, page by page: the state for the first page, and the one for the pages after it. */
  list(id: string, action: string, args: { readonly [name: string]: unknown }, output: string): { first: ServiceCall; next: ServiceCall } {
    // Some lists know no resources, and whether these do where one is named is not documented.
    const statement = () => allow([action.charAt(0).toUpperCase() + action.slice(1)], '*');
    return {
      first: this.read(id, action, { ...args, MaxResults: LARGEST_PAGE }, output, statement()),
      next: this.read(`${id} on`, action, { ...args, MaxResults: LARGEST_PAGE, NextToken: jsonata('$states.input.NextToken') }, output, statement()),
    };
  }

  choice(id: string): sfn.Choice {
    return sfn.Choice.jsonata(this.scope, id, { stateName: this.nameOf(id) });
  }

  wait(id: string, seconds: string): sfn.Wait {
    return sfn.Wait.jsonata(this.scope, id, { stateName: this.nameOf(id), time: sfn.WaitTime.seconds(jsonata(seconds)) });
  }

  waitUntilListed(id: string): sfn.Wait {
    return sfn.Wait.jsonata(this.scope, id, { stateName: this.nameOf(id), time: sfn.WaitTime.duration(UNTIL_LISTED) });
  }

  /** Waits the longer, the older the job is. */
  waitForNextLook(begun: string, times: JobTimes): sfn.Wait {
    const { pollInterval = DEFAULT_POLL_INTERVAL, pace = 1 } = times;
    const most = timeoutOf(times).toSeconds();
    const [shortest, longest] = [pollInterval.toSeconds(), Math.max(pollInterval.toSeconds(), LONGEST_POLL_INTERVAL.toSeconds())]
      .map((seconds) => Math.min(seconds * pace, most));
    return this.wait('Wait', secondsUntilNextLook(begun, { shortest, longest, pace }));
  }

  end(id: string, output: string): sfn.Pass {
    return sfn.Pass.jsonata(this.scope, id, { stateName: this.nameOf(id), outputs: jsonata(output) });
  }

  fail(id: string, error: string, cause: string): sfn.Fail {
    return sfn.Fail.jsonata(this.scope, id, { stateName: this.nameOf(id), error: jsonata(error), cause: jsonata(cause) });
  }

  private get inJsonata(): boolean {
    return this.options.queryLanguage === sfn.QueryLanguage.JSONATA;
  }

  /** Names of states are unique in a state machine, so they begin with the one that the user gave. */
  private nameOf(id: string): string {
    const suffix = `: ${id}`;
    return `${this.scope.node.id.slice(0, LONGEST_STATE_NAME - suffix.length)}${suffix}`;
  }
}

/** The id of a construct, as far as it can begin the name of a job. */
export function defaultJobName(construct: Construct): string {
  return construct.node.id.replace(/[^A-Za-z0-9_-]/g, '').slice(0, 24) || 'audience';
}

export function timeoutOf({ timeout = DEFAULT_TIMEOUT }: JobTimes): Duration {
  return timeout;
}

export interface TimeLimits {
  readonly shortest: Duration;
  readonly longest: Duration;
}

const LIMITS: TimeLimits = { shortest: Duration.seconds(1), longest: Duration.days(7) };

/** The faults of the times of a job. */
export function checkTimes({ pollInterval = DEFAULT_POLL_INTERVAL, timeout = DEFAULT_TIMEOUT }: JobTimes, limits = LIMITS): string[] {
  const faults = [...checkDuration('pollInterval', pollInterval, limits), ...checkDuration('timeout', timeout, limits)];
  if (faults.length > 0 || timeout.toSeconds() >= pollInterval.toSeconds()) return faults;
  return [mismatch('timeout', timeout.toHumanString(), `at least as long as pollInterval, ${pollInterval.toHumanString()}; give it more time`)];
}

function checkDuration(property: string, duration: Duration, { shortest, longest }: TimeLimits): string[] {
  const expected = `a Duration of whole seconds from ${shortest.toHumanString()} to ${longest.toHumanString()} that is known at synthesis`;
  if (!(duration instanceof Duration) || duration.isUnresolved()) return [mismatch(property, duration, expected)];
  const seconds = duration.toSeconds({ integral: false });
  const isRight = Number.isInteger(seconds) && seconds >= shortest.toSeconds() && seconds <= longest.toSeconds();
  return isRight ? [] : [mismatch(property, duration.toHumanString(), expected)];
}
