import { AwsError, inOwnWords } from '../aws';
import type { Logging } from './state-machine';

/** What Step Functions needs of CloudWatch Logs. */
export interface StatesLogs {
  hasLogGroup(logGroupName: string): boolean;
}

const LEVELS = ['ALL', 'ERROR', 'FATAL', 'OFF'];
const LOG_GROUP = /^arn:[^:]+:logs:[^:]+:\d{12}:log-group:([^:]+):\*$/;

/** What it takes to have logs delivered. These actions are on nothing in particular. */
const DELIVERY = [
  'logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:ListLogDeliveries',
  'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups',
];

export function checkLogging({ level, destinations }: Logging = { level: 'OFF', destinations: [] }): void {
  if (!LEVELS.includes(level)) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${level}' at 'loggingConfiguration.level' failed to satisfy constraint: Member must satisfy enum value set: [${LEVELS.join(', ')}]`,
    );
  }
  if (destinations.length > 1 || (level !== 'OFF' && destinations.length === 0)) throw invalid('Must specify exactly one Log Destination.');
  if (destinations.some((arn) => !LOG_GROUP.test(arn))) throw invalid("Log Group ARN must be provided with '*' qualifier.");
}

/** Whether there is what is logged to, and the role may have logs delivered there. */
export async function checkLogDestination(
  logging: Logging | undefined, logs: StatesLogs, authorize: (action: string) => Promise<void>,
): Promise<void> {
  if (logging === undefined || logging.level === 'OFF') return;
  await inOwnWords(async () => {
    for (const action of DELIVERY) await authorize(action);
  }, () => new AwsError('AccessDeniedException', 'The state machine IAM Role is not authorized to access the Log Destination'));
  const missing = logging.destinations.find((arn) => !logs.hasLogGroup(arn.match(LOG_GROUP)?.[1] ?? ''));
  if (missing !== undefined) throw invalid(`The Log Destination ${missing} does not exist.`);
}

function invalid(problem: string): AwsError {
  return new AwsError('InvalidLoggingConfiguration', `Invalid Logging Configuration: ${problem}`);
}
