import { AwsError, Principal } from '../../../local-aws/aws';
import { CleanRoomsMl } from '../../../local-aws/cleanroomsml/cleanroomsml';
import { Collaborators } from '../../../local-aws/cleanroomsml/data-access';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { Settings } from '../../../local-aws/cleanroomsml/settings';
import { Clock } from '../../../local-aws/clock';
import type { BucketEncryption } from '../../../local-aws/s3/bucket-encryption';
import { trainingData } from '../../training-data';
import { ACCOUNT } from '../account';

export { ACCOUNT };

export const ROOT: Principal = { arn: 'arn:aws:iam::111122223333:root', accountId: ACCOUNT.accountId };
export const ROLE_ARN = 'arn:aws:iam::111122223333:role/cleanrooms-ml-reader';
export const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/0f1e2d3c-0000-4000-a000-000000000000';
export const START = Date.parse('2026-01-01T00:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A seed of so many users. */
export const seedOf = (users: number) => Buffer.from(Array.from({ length: users }, (_, index) => `{"user_id": "${index}"}\n`).join(''));

/** The other services, as the tests want them. */
export class Others implements Collaborators {
  /** Actions that are refused, to everybody or as `ACTION RESOURCE`. */
  readonly denied = new Set<string>();
  readonly asked: { principal: string; action: string; resource: string; context: Record<string, string | string[]> }[] = [];
  readonly passed: string[] = [];
  readonly assumed: { roleArn: string; sourceArn?: string; sourceAccount?: string }[] = [];
  readonly untrusting = new Set<string>();
  readonly buckets = new Map<string, { region?: string; encryption?: BucketEncryption }>([['data', {}], ['output', {}]]);
  /** Bodies by `BUCKET/KEY`. */
  readonly objects = new Map<string, Buffer>([['data/seed/users.jsonl', seedOf(500)]]);
  readonly disabledKeys = new Set<string>();
  columns = [
    { name: 'user_id', type: 'string' }, { name: 'item_id', type: 'bigint' }, { name: 'ts', type: 'timestamp' },
    { name: 'device', type: 'array<string>' }, { name: 'price', type: 'double' },
  ];
  databases = ['retail', 'default'];
  tableExists = true;

  readonly iam = {
    authorize: async (principal: Principal, action: string, resource: string, context: Readonly<Record<string, string | string[]>> = {}) => {
      this.decide(principal, action, resource, context);
    },
    passRole: async (principal: Principal, roleArn: string) => {
      this.passed.push(roleArn);
      this.decide(principal, 'iam:PassRole', roleArn, {});
    },
    assumeRoleForService: async (roleArn: string, _service: string, context: { sourceArn?: string; sourceAccount?: string } = {}) => {
      this.assumed.push({ roleArn, ...context });
      if (this.untrusting.has(roleArn)) throw new AwsError('AccessDenied', 'no trust', 403);
      return { arn: `${roleArn}/session`, accountId: ACCOUNT.accountId, roleArn };
    },
  };

  readonly kms = {
    authorize: async (principal: Principal, action: string, key: string, context: Readonly<Record<string, string | string[]>> = {}) => {
      this.decide(principal, action, key, context);
    },
    checkState: async (key: string) => {
      if (this.disabledKeys.has(key)) throw new AwsError('DisabledException', `${key} is disabled.`);
    },
  };

  readonly glue = {
    hasDatabase: (name: string) => this.databases.includes(name),
    hasTable: () => this.tableExists,
    table: (databaseName: string, name: string) => ({ databaseName, name, columns: this.columns, location: 's3://data/clicks/' }),
  };

  readonly s3 = {
    hasBucket: (name: string) => this.buckets.has(name),
    bucket: (bucketName: string) => ({ bucketName, region: ACCOUNT.region, ...this.buckets.get(bucketName) }),
    bucketPolicy: () => undefined,
    objects: (bucketName: string, prefix = '') => [...this.objects]
      .filter(([path]) => path.startsWith(`${bucketName}/${prefix}`))
      .map(([path, body]) => ({ key: path.slice(bucketName.length + 1), body, etag: '', modified: START })),
    putObject: (bucketName: string, key: string, body: Buffer) => {
      this.objects.set(`${bucketName}/${key}`, body);
      return { key, body, etag: '', modified: START };
    },
  };

  private decide(principal: Principal, action: string, resource: string, context: Readonly<Record<string, string | string[]>>): void {
    this.asked.push({ principal: principal.arn, action, resource, context: { ...context } });
    if (this.denied.has(action) || this.denied.has(`${action} ${resource}`)) {
      throw new AwsError('AccessDenied', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`, 403);
    }
  }
}

export const TRAINING_DATA = trainingData('retail', { device: 'CATEGORICAL_FEATURE', price: 'NUMERICAL_FEATURE' });

export const DATASET: Input<'CreateTrainingDataset'> = { name: 'dataset', roleArn: ROLE_ARN, trainingData: TRAINING_DATA };

export const OUTPUT: Input<'CreateConfiguredAudienceModel'>['outputConfig'] = {
  destination: { s3Destination: { s3Uri: 's3://output/audiences/' } },
  roleArn: 'arn:aws:iam::111122223333:role/cleanrooms-ml-writer',
};

export const SEED: Input<'StartAudienceGenerationJob'>['seedAudience'] = {
  roleArn: 'arn:aws:iam::111122223333:role/cleanrooms-ml-seed', dataSource: { s3Uri: 's3://data/seed/' },
};

export const QUERY: Input<'StartAudienceGenerationJob'>['seedAudience'] = {
  roleArn: SEED.roleArn, sqlParameters: { queryString: 'SELECT user_id FROM buyers' },
};

export const COLLABORATION_ID = '01234567-89ab-4def-8123-456789abcdef';

export function createService(settings: Partial<Settings> = {}) {
  const clock = Clock.frozen(START);
  const others = new Others();
  const service = new CleanRoomsMl({ account: ACCOUNT, clock, ...others, settings: { throttling: false, ...settings } });
  return { clock, others, service };
}

/** A service that holds a dataset, whose clock stands still until the test is over with `work`. */
export async function withDataset<T>(
  work: (fixture: ReturnType<typeof createService> & { trainingDatasetArn: string }) => Promise<T>, settings: Partial<Settings> = {},
): Promise<T> {
  const fixture = createService(settings);
  const { trainingDatasetArn } = await fixture.service.createTrainingDataset(ROOT, DATASET);
  return fixture.clock.busy(() => work({ ...fixture, trainingDatasetArn }));
}

/** A service that holds a dataset and an ACTIVE audience model. */
export async function createTrained(settings: Partial<Settings> = {}) {
  const fixture = createService(settings);
  const { trainingDatasetArn } = await fixture.service.createTrainingDataset(ROOT, DATASET);
  const { audienceModelArn } = await fixture.service.createAudienceModel(ROOT, { name: 'model', trainingDatasetArn });
  await fixture.clock.sleep(25 * HOUR);
  return { ...fixture, trainingDatasetArn, audienceModelArn };
}

/** And a configured audience model. */
export async function createConfigured(settings: Partial<Settings> = {}, changes: Partial<Input<'CreateConfiguredAudienceModel'>> = {}) {
  const fixture = await createTrained(settings);
  const { configuredAudienceModelArn } = await fixture.service.createConfiguredAudienceModel(ROOT, {
    name: 'configured', audienceModelArn: fixture.audienceModelArn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'], ...changes,
  });
  return { ...fixture, configuredAudienceModelArn };
}

/** And an ACTIVE audience generation job. */
export async function createGenerated(settings: Partial<Settings> = {}, changes: Partial<Input<'CreateConfiguredAudienceModel'>> = {}) {
  const fixture = await createConfigured(settings, changes);
  const { configuredAudienceModelArn } = fixture;
  const { audienceGenerationJobArn } = await fixture.service.startAudienceGenerationJob(ROOT, { name: 'job', configuredAudienceModelArn, seedAudience: SEED });
  await fixture.clock.sleep(11 * HOUR);
  return { ...fixture, audienceGenerationJobArn };
}
