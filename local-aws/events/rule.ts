import { AwsError } from '../aws';
import type { Pattern } from './pattern';
import type { Target } from './target';

/** What `PutRule` takes. */
export interface RuleProperties {
  readonly name: string;
  /** Or its ARN. Default: `default`. */
  readonly eventBusName?: string;
  /** JSON. */
  readonly eventPattern?: string;
  readonly state?: string;
  readonly description?: string;
  readonly roleArn?: string;
  readonly scheduleExpression?: string;
}

export interface Rule {
  readonly arn: string;
  readonly eventBusName: string;
  readonly properties: RuleProperties;
  readonly matches: Pattern;
  readonly targets: ReadonlyMap<string, Target>;
}

const STATES = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'];

/** Refuses what is no rule; the pattern is read elsewhere. */
export function checkRule({ name, eventPattern, state = 'ENABLED', description = '', scheduleExpression }: RuleProperties): void {
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) throw invalid(`Value '${name}' at 'name' failed to satisfy constraint: [\\.\\-_A-Za-z0-9]+`);
  if (!STATES.includes(state)) throw invalid(`Value '${state}' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [${STATES.join(', ')}]`);
  if (description.length > 512) throw invalid("Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 512");
  // The way of today is EventBridge Scheduler, which is embedded.
  if (scheduleExpression !== undefined) throw invalid('The embedded AWS does not have scheduled rules. Use AWS::Scheduler::Schedule.');
  if (eventPattern === undefined) throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
