import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Account, AwsService } from './aws';
import { assetBucketName, bootstrap } from './bootstrap';
import { CleanRoomsMlApi } from './cleanroomsml/api';
import { CleanRoomsMl } from './cleanroomsml/cleanroomsml';
import type { Settings } from './cleanroomsml/settings';
import { Clock } from './clock';
import { CloudFormationApi } from './cloudformation/api';
import { CloudFormation } from './cloudformation/cloudformation';
import type { Settings as CloudFormationSettings } from './cloudformation/settings';
import { CloudWatch } from './cloudwatch/cloudwatch';
import { EventBridge } from './events/events';
import { Glue } from './glue/glue';
import { IamApi } from './iam/api';
import { Iam } from './iam/iam';
import { Kms } from './kms/kms';
import { LambdaApi } from './lambda/api';
import { Lambda } from './lambda/lambda';
import { FunctionRunner, Sandboxes } from './lambda/sandboxes';
import { Logs } from './logs/logs';
import { S3Api } from './s3/api';
import { S3 } from './s3/s3';
import { Scheduler } from './scheduler/scheduler';
import { FrontDoor } from './server';
import { Ssm } from './ssm/ssm';
import { StatesApi } from './states/api';
import { sdkIntegrations } from './states/sdk-integrations';
import { StepFunctions } from './states/states';
import { statusChange } from './states/status-change';
import { Sts } from './sts/sts';

export interface LocalAwsOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Default: one that runs with the wall and skips what is left to wait. */
  readonly clock?: Clock;
  readonly account?: Account;
  /** Of Clean Rooms ML. */
  readonly settings?: Partial<Settings>;
  readonly cloudFormationSettings?: Partial<CloudFormationSettings>;
  /** How long it takes until executions are shown as they are, in lists and one by one. Milliseconds. Default: no time. */
  readonly executionLag?: number;
  /** What runs functions. It stays open when this AWS closes. Default: processes of its own. */
  readonly sandboxes?: FunctionRunner;
}

const LOOPBACK = '127.0.0.1';
const DEFAULT_ACCOUNT: Account = { accountId: '111122223333', region: 'us-east-1', partition: 'aws' };

/** The embedded AWS: one bootstrapped account and Region, reachable on loopback only. */
export class LocalAws {
  static async start(options: LocalAwsOptions = {}): Promise<LocalAws> {
    const aws = new LocalAws(options);
    try {
      aws.server.listen(options.port ?? 0, LOOPBACK);
      await once(aws.server, 'listening');
      return aws;
    } catch (error) {
      await aws.closeServices();
      throw error;
    }
  }

  readonly account: Account;
  readonly clock: Clock;
  readonly iam: Iam;
  readonly sts: Sts;
  readonly ssm: Ssm;
  readonly s3: S3;
  readonly kms: Kms;
  readonly glue: Glue;
  readonly logs: Logs;
  readonly lambda: Lambda;
  readonly states: StepFunctions;
  readonly cloudWatch: CloudWatch;
  readonly events: EventBridge;
  readonly scheduler: Scheduler;
  readonly cloudFormation: CloudFormation;
  readonly cleanRoomsMl: CleanRoomsMl;
  readonly apis: { readonly cleanRoomsMl: CleanRoomsMlApi; readonly cloudFormation: CloudFormationApi; readonly states: StatesApi };

  private readonly server: http.Server;
  private readonly sandboxes: FunctionRunner;

  private constructor(private readonly options: LocalAwsOptions) {
    const account = this.account = options.account ?? DEFAULT_ACCOUNT;
    const clock = this.clock = options.clock ?? Clock.wall();
    const sandboxes = this.sandboxes = options.sandboxes ?? new Sandboxes();
    const iam = this.iam = new Iam(account, clock);
    this.sts = new Sts(iam);
    this.ssm = new Ssm(account, clock, iam);
    this.kms = new Kms(account, iam);
    this.s3 = new S3(account, clock, iam, this.kms);
    this.glue = new Glue(account);
    this.logs = new Logs(account, this.kms);
    this.cloudWatch = new CloudWatch(account, clock, iam);
    this.cleanRoomsMl = new CleanRoomsMl({ account, clock, iam, s3: this.s3, glue: this.glue, kms: this.kms, settings: options.settings });
    const services: Record<string, AwsService> = {};
    const frontDoor = new FrontDoor({ clock, iam, responses: this.s3.responses, services });
    this.lambda = new Lambda({ account, clock, iam, kms: this.kms, sandboxes, frontDoor });
    this.states = new StepFunctions({
      account,
      clock,
      iam,
      lambda: this.lambda,
      logs: this.logs,
      lag: options.executionLag,
      onStatusChange: (execution) => this.events.emit(statusChange(execution)),
      integrations: sdkIntegrations({
        cleanRoomsMl: () => this.cleanRoomsMl,
        cloudFormation: () => this.apis.cloudFormation,
        cloudWatch: () => this.cloudWatch,
        events: () => this.events,
        states: () => this.apis.states,
      }),
    });
    this.events = new EventBridge({ account, clock, iam, lambda: this.lambda, states: this.states });
    this.scheduler = new Scheduler({ account, clock, iam, states: this.states });
    this.cloudFormation = new CloudFormation({ account, clock, services: this, settings: options.cloudFormationSettings });
    this.apis = {
      cleanRoomsMl: new CleanRoomsMlApi(this.cleanRoomsMl),
      cloudFormation: new CloudFormationApi(this.cloudFormation),
      states: new StatesApi(this.states, iam),
    };
    Object.assign(services, {
      'cleanrooms-ml': this.apis.cleanRoomsMl,
      'cloudformation': this.apis.cloudFormation,
      'iam': new IamApi(iam),
      'lambda': new LambdaApi(this.lambda, iam),
      's3': new S3Api(this.s3),
      'ssm': this.ssm,
      'states': this.apis.states,
      'sts': this.sts,
    });
    this.server = http.createServer((request, response) => {
      // Callers would compare it with their own clock, which does not skip.
      response.sendDate = false;
      frontDoor.listener(request, response);
    });
    bootstrap(account, this);
  }

  get endpoint(): string {
    return `http://${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  /** What a shell exports to work with this AWS as an administrator. */
  environment(): Record<string, string> {
    const { accountId, region } = this.account;
    const { accessKeyId, secretAccessKey } = this.iam.developer;
    const withoutProxy = hosts(process.env.NO_PROXY, process.env.no_proxy, LOOPBACK);
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      // Nothing of another account may get in between.
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
      CDK_DEFAULT_ACCOUNT: accountId,
      CDK_DEFAULT_REGION: region,
      // Some programs read the one, some the other.
      NO_PROXY: withoutProxy,
      no_proxy: withoutProxy,
    };
  }

  /** Puts a file asset where `cdk deploy` would. */
  putAsset(key: string, content: Buffer): void {
    this.s3.putObject(assetBucketName(this.account), key, content);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await this.closeServices();
    await closed;
  }

  private async closeServices(): Promise<void> {
    this.states.close();
    await this.lambda.close();
    if (this.options.sandboxes === undefined) await this.sandboxes.close();
  }
}

/** A list for NO_PROXY out of several. */
function hosts(...lists: (string | undefined)[]): string {
  return [...new Set(lists.flatMap((list = '') => list.split(/[\s,]+/)))].filter(Boolean).join(',');
}
