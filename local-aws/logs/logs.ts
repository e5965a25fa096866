import { AwsError, inOwnWords, type Account, type Principal } from '../aws';

export interface LogGroupProperties {
  readonly logGroupName: string;
  /** Default: for ever. */
  readonly retentionInDays?: number;
  readonly kmsKeyId?: string;
}

/** What CloudWatch Logs needs of KMS. */
export interface LogsKms {
  authorize(principal: Principal, action: string, key: string, context: Readonly<Record<string, string>>): Promise<void>;
}

const NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** What is done with a key for every line. */
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** CloudWatch Logs, as far as stacks make log groups. What functions write stays with the functions. */
export class Logs {
  private readonly logGroupsByName = new Map<string, LogGroupProperties>();

  constructor(private readonly account: Account, private readonly kms: LogsKms) {}

  async createLogGroup(logGroup: LogGroupProperties): Promise<{ arn: string }> {
    const { logGroupName } = logGroup;
    if (!NAME.test(logGroupName)) {
      throw new AwsError('InvalidParameterException', `Value '${logGroupName}' at 'logGroupName' failed to satisfy constraint: [\\.\\-_/#A-Za-z0-9]+`);
    }
    await this.check(logGroup);
    if (this.hasLogGroup(logGroupName)) throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    this.logGroupsByName.set(logGroupName, logGroup);
    return { arn: this.arnOf(logGroupName) };
  }

  async updateLogGroup(logGroup: LogGroupProperties): Promise<void> {
    await this.check(logGroup);
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
    return `${this.groupArn(logGroupName)}:*`;
  }

  private async check(logGroup: LogGroupProperties): Promise<void> {
    checkRetention(logGroup);
    await this.checkKey(logGroup);
  }

  /** The service uses the key in its own name, so the key itself must let it in. */
  private async checkKey({ logGroupName, kmsKeyId }: LogGroupProperties): Promise<void> {
    if (kmsKeyId === undefined) return;
    const arn = this.groupArn(logGroupName);
    const { accountId, region } = this.account;
    await inOwnWords(async () => {
      for (const action of KEY_ACTIONS) {
        await this.kms.authorize({ arn: `logs.${region}.amazonaws.com`, accountId }, action, kmsKeyId, { 'kms:EncryptionContext:aws:logs:arn': arn });
      }
    }, () => new AwsError('InvalidParameterException', `The specified KMS key does not exist or is not allowed to be used with Arn '${arn}'`));
  }

  private groupArn(logGroupName: string): string {
    return `arn:${this.account.partition}:logs:${this.account.region}:${this.account.accountId}:log-group:${logGroupName}`;
  }

  private checkExists(logGroupName: string): void {
    if (!this.hasLogGroup(logGroupName)) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  }
}

function checkRetention({ retentionInDays }: LogGroupProperties): void {
  if (retentionInDays === undefined || RETENTIONS.includes(retentionInDays)) return;
  throw new AwsError(
    'InvalidParameterException',
    `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: `
    + `Member must satisfy enum value set: [${RETENTIONS.join(', ')}]`,
  );
}
