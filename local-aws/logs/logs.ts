import { AwsError, type Account } from '../aws';

export interface LogGroupProperties {
  readonly logGroupName: string;
  readonly retentionInDays?: number;
  readonly kmsKeyId?: string;
}

const NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;

/** CloudWatch Logs, as far as stacks make log groups. What functions write stays with the functions. */
export class Logs {
  private readonly logGroupsByName = new Map<string, LogGroupProperties>();

  constructor(private readonly account: Account) {}

  createLogGroup(logGroup: LogGroupProperties): { arn: string } {
    const { logGroupName } = logGroup;
    if (!NAME.test(logGroupName)) {
      throw new AwsError('InvalidParameterException', `Value '${logGroupName}' at 'logGroupName' failed to satisfy constraint: [\\.\\-_/#A-Za-z0-9]+`);
    }
    if (this.logGroupsByName.has(logGroupName)) throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    this.logGroupsByName.set(logGroupName, logGroup);
    return { arn: this.arnOf(logGroupName) };
  }

  updateLogGroup(logGroup: LogGroupProperties): void {
    this.checkExists(logGroup.logGroupName);
    this.logGroupsByName.set(logGroup.logGroupName, logGroup);
  }

  deleteLogGroup(logGroupName: string): void {
    this.checkExists(logGroupName);
    this.logGroupsByName.delete(logGroupName);
  }

  hasLogGroup(logGroupName: string): boolean {
    return this.logGroupsByName.has(logGroupName);
  }

  logGroups(): LogGroupProperties[] {
    return [...this.logGroupsByName.values()];
  }

  /** As CloudFormation returns it: with `:*`, for all its streams. */
  arnOf(logGroupName: string): string {
    return `arn:${this.account.partition}:logs:${this.account.region}:${this.account.accountId}:log-group:${logGroupName}:*`;
  }

  private checkExists(logGroupName: string): void {
    if (!this.hasLogGroup(logGroupName)) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  }
}
