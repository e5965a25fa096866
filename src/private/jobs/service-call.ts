import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';

export interface ServiceCallProps {
  /** As Step Functions names it, for example `cleanroomsml`. */
  readonly service: string;
  readonly action: string;
  readonly arguments: { readonly [name: string]: unknown };
  readonly output: unknown;
  /** All that the call needs. */
  readonly statements: iam.PolicyStatement[];
  /** Default: the id. */
  readonly stateName?: string;
}

/** The longest that an answer may take, beyond which nobody knows whether the call was carried out. */
const CALL_TIMEOUT = Duration.minutes(2);

/** A call of an AWS API, in JSONata. Unlike a `CallAwsService`, it has no permissions but those that are given, with their conditions. */
export class ServiceCall extends tasks.CallAwsService {
  protected readonly taskPolicies?: iam.PolicyStatement[];

  constructor(scope: Construct, id: string, props: ServiceCallProps) {
    super(scope, id, {
      queryLanguage: sfn.QueryLanguage.JSONATA,
      stateName: props.stateName,
      service: props.service,
      action: props.action,
      parameters: props.arguments,
      outputs: props.output,
      taskTimeout: sfn.Timeout.duration(CALL_TIMEOUT),
      iamResources: [],
    });
    this.taskPolicies = props.statements;
  }
}

/** The names that Step Functions gives to the errors of a service. */
export function errorsOf(service: string) {
  return {
    throttled: [`${service}.ThrottlingException`],
    quotaExceeded: [`${service}.ServiceQuotaExceededException`],
    conflict: [`${service}.ConflictException`],
    notFound: [`${service}.ResourceNotFoundException`],
    /** What no API model has, server errors among them, and what got no answer: nobody knows whether the call was carried out. */
    outcomeUnknown: [`${service}.${service}Exception`, `${service}.SdkClientException`, 'States.Timeout'],
  };
}

export const CLEAN_ROOMS_ML_ERRORS = errorsOf('CleanRoomsMl');

/** Others that are turned away at the same time do not come back at the same time. */
const BACKOFF = { backoffRate: 2, jitterStrategy: sfn.JitterType.FULL, maxDelay: Duration.minutes(5) };

/** For errors that may be over soon. */
export function retried(errors: string[], { interval = Duration.seconds(2), maxAttempts = 10 }: sfn.RetryProps = {}): sfn.RetryProps {
  return { ...BACKOFF, errors, interval, maxAttempts };
}

/** For a call that was turned away, because it came too fast. */
export const THROTTLED = retried(CLEAN_ROOMS_ML_ERRORS.throttled, { maxAttempts: 20 });

/** For a call that may be carried out twice. */
export const OUTCOME_UNKNOWN = retried(CLEAN_ROOMS_ML_ERRORS.outcomeUnknown);

/** For what was made a moment ago, and may not be visible yet. */
export const NOT_VISIBLE_YET = retried(CLEAN_ROOMS_ML_ERRORS.notFound, { interval: Duration.seconds(5), maxAttempts: 5 });

const QUEUE_DELAY = { shortest: Duration.minutes(1), longest: Duration.minutes(15) };

/** For a job that waits for its turn, so many times more seldom than usual. On average a delay is half as long as it could be. */
export function queued(patience: Duration, pace = 1): sfn.RetryProps {
  const longest = QUEUE_DELAY.longest.toSeconds() * pace;
  return {
    ...BACKOFF,
    errors: CLEAN_ROOMS_ML_ERRORS.quotaExceeded,
    interval: Duration.seconds(QUEUE_DELAY.shortest.toSeconds() * pace),
    maxDelay: Duration.seconds(longest),
    maxAttempts: Math.ceil(patience.toSeconds() / (longest / 2)),
  };
}
