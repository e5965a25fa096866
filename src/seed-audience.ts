import { Stack, Token } from 'aws-cdk-lib';
import * as cleanrooms from 'aws-cdk-lib/aws-cleanrooms';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { check, checkFixed, isUnknown, mismatch, required, unlessExpression } from './private/faults';
import { asFolder, checkBucket } from './private/folders';
import { isExpression } from './private/jobs/expressions';
import { queryStatements, S3Seed, seedStatements } from './private/seeds';
import {
  analysisTemplateArn, membershipId, objectKey, objectPrefix, oneOf, queryParameters, queryString, s3Uri, sparkProperties, workerNumber,
} from './private/validation';
import { warn, Warning } from './private/warnings';

/**
 * The workers that run a seed query.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_WorkerComputeConfiguration.html
 */
export enum SeedQueryWorkerType {
  /** The smallest workers. */
  CR_1X = 'CR.1X',

  /** Workers of four times the size. */
  CR_4X = 'CR.4X',

  /** Workers of eight times the size. */
  CR_8X = 'CR.8X',
}

/**
 * What a seed query runs on.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_WorkerComputeConfiguration.html
 */
export interface SeedQueryCompute {
  /**
   * The size of the workers.
   *
   * @default - the choice is left to the service
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_WorkerComputeConfiguration.html
   */
  readonly workerType?: SeedQueryWorkerType;

  /**
   * How many workers: 2 to 1,024.
   *
   * @default - the choice is left to the service
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_WorkerComputeConfiguration.html
   */
  readonly workerCount?: number;

  /**
   * Spark properties: at most 50, with names of 1 to 200 and values of at most 500 characters.
   *
   * @default - no Spark properties
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_WorkerComputeConfigurationProperties.html
   */
  readonly sparkProperties?: { [name: string]: string };
}

/**
 * A query whose result is a seed: exactly one of `queryString`, `analysisTemplate` and `analysisTemplateArn`.
 *
 * What the query, its parameters and its template are may be read in the input and output of the execution that runs it.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ProtectedQuerySQLParameters.html
 */
export interface SeedQuery {
  /**
   * The id of the membership through which the query reads the collaboration's tables: a UUID of 36 characters in lower case. It must be known
   * at synthesis, because the policy of the role names it.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly membershipId: string;

  /**
   * The SQL text: 1 to 500,000 characters. Step Functions carries 262,144 bytes from one state to the next, so there is a warning above
   * 240,000 bytes as JSON; put the query into an analysis template then.
   *
   * @default - the query of an analysis template
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ProtectedQuerySQLParameters.html
   */
  readonly queryString?: string;

  /**
   * The analysis template that has the query.
   *
   * @default - the query is given by `queryString` or `analysisTemplateArn`
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ProtectedQuerySQLParameters.html
   */
  readonly analysisTemplate?: cleanrooms.IAnalysisTemplateRef;

  /**
   * The ARN of the analysis template that has the query, such as one of another member:
   * `arn:aws:cleanrooms:region:account:membership/id/analysistemplate/id`, of at most 200 characters.
   *
   * @default - the query is given by `queryString` or `analysisTemplate`
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ProtectedQuerySQLParameters.html
   */
  readonly analysisTemplateArn?: string;

  /**
   * The parameters of the query, with names of 1 to 100 letters, digits and underscores, and values of at most 1,000 characters.
   *
   * @default - no parameters
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ProtectedQuerySQLParameters.html
   */
  readonly parameters?: { [name: string]: string };

  /**
   * What the query runs on.
   *
   * @default - the choice is left to the service
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ComputeConfiguration.html
   */
  readonly compute?: SeedQueryCompute;
}

/**
 * Where a seed is that exists in Amazon S3, for the permissions to read it. Without a bucket it says nothing.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
 */
export interface S3SeedLocation {
  /**
   * The bucket, in the same Region. Its own encryption key counts: the role that reads the seed may decrypt with it.
   * Required where there is a prefix.
   *
   * @default - the bucket of the URI, of the same account, and no key
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly bucket?: s3.IBucket;

  /**
   * The folder of the bucket below which seeds are, such as `seeds/`. It must not begin with a slash and may hold no `*`, `?` or `${`; a
   * slash at its end is added where it is missing.
   *
   * @default - the whole bucket
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly prefix?: string;
}

/**
 * The users to whom the users of an audience are to be alike.
 *
 * A seed needs as many users that occur in the training data as the configured audience model's `minMatchingSeedSize` says, and has at most
 * 500,000 distinct ones: only the service can tell, and a job whose seed is too small or too large fails.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-seed-data-requirements.html
 */
export class SeedAudience {
  /**
   * A seed in a bucket: JSON lines such as `{"user_id": "1"}`. Throws nothing itself: the construct that gets the seed reports what is wrong
   * with it.
   *
   * @param bucket the bucket, in the same Region
   * @param key the key of the object, or a folder, which ends with a slash; the role that reads the seed may read no more, so it must be known
   * at synthesis. It must not begin with a slash, may hold no `*`, `?` or `${`, and makes a URI of at most 1,285 characters
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-seed-data-requirements.html
   */
  public static fromS3(bucket: s3.IBucket, key: string): SeedAudience {
    const isFolder = typeof key === 'string' && !Token.isUnresolved(key) && key.endsWith('/');
    return new SeedAudience(
      { DataSource: { S3Uri: `s3://${bucket?.bucketName}/${key}` } },
      (property, construct) => [
        ...checkSeedBucket(`${property}.bucket`, bucket, construct),
        ...checkFixed(`${property}.key`, key, required(objectKey(bucket?.bucketName), 'give the key of the object'),
          'for a seed that only the execution knows, use SeedAudience.fromS3Uri(expression, { bucket })'),
      ],
      () => seedStatements({ bucket, objects: isFolder ? `${key}*` : key }),
    );
  }

  /**
   * A seed by its URI, `s3://bucket/key`, of at most 1,285 characters, without `*`, `?` and `${`. It may be known only when the job starts, as
   * `sfn.JsonPath.stringAt('$.seed')` or `{% $states.input.seed %}` is. Throws nothing itself: the construct that gets the seed reports what is
   * wrong with it.
   *
   * @param uri the URI of an object, or of a folder, which ends with a slash
   * @param location what the role that reads the seed may read; by default what the URI says. Where neither tells, there is a warning: then
   * give the role the permissions to read, for example with `bucket.grantRead(generation.seedRole)`. A bucket of another account must be
   * given here, imported with its account, and one that is encrypted with a KMS key of yours, with that key
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-seed-data-requirements.html
   */
  public static fromS3Uri(uri: string, location?: S3SeedLocation): SeedAudience {
    return new SeedAudience(
      { DataSource: { S3Uri: uri } },
      (property, construct) => [
        ...unlessExpression(`${property}.uri`, uri, required(s3Uri, 'give the URI of the seed')),
        ...(isPlace(location) ? [
          ...checkSeedBucket(`${property}.location.bucket`, location.bucket, construct),
          ...checkFixed(`${property}.location.prefix`, location.prefix, objectPrefix, 'give the folder that holds all seeds, or the whole bucket'),
          ...checkPlace(`${property}.uri`, uri, location),
        ] : []),
      ],
      (construct) => {
        const readable = isPlace(location) ? { bucket: location.bucket, objects: `${asFolder(location.prefix)}*` } : readableAt(construct, uri);
        if (readable) return seedStatements(readable);
        warn(construct, Warning.SEED_LOCATION_UNKNOWN,
          'where the seed is will be known only when a job starts; say which bucket it is in (SeedAudience.fromS3Uri(uri, { bucket })), '
          + 'or give seedRole the permissions to read it');
        return [];
      },
    );
  }

  /**
   * A seed that is the result of a query in a collaboration. Throws nothing itself: the construct that gets the seed reports what is wrong
   * with it.
   *
   * The query may take up to 12 hours, and the job up to 10 more.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ProtectedQuerySQLParameters.html
   */
  public static fromQuery(query: SeedQuery): SeedAudience {
    const { workerType, workerCount, sparkProperties: spark } = query?.compute ?? {};
    return new SeedAudience(
      {
        SqlParameters: {
          QueryString: query?.queryString,
          AnalysisTemplateArn: query?.analysisTemplateArn ?? query?.analysisTemplate?.analysisTemplateRef?.analysisTemplateArn,
          Parameters: query?.parameters,
        },
        SqlComputeConfiguration: query?.compute && { Worker: { Type: workerType, Number: workerCount, Properties: spark && { Spark: spark } } },
      },
      (property) => (query === undefined ? [mismatch(property, query, 'a query')] : queryFaults(property, query)),
      (construct) => {
        const size = Buffer.byteLength(JSON.stringify(query.queryString ?? ''));
        if (size > LARGEST_QUERY) {
          warn(construct, Warning.QUERY_TOO_LONG_TO_CARRY,
            `the query has ${size} bytes as JSON, but Step Functions carries no more than ${LARGEST_QUERY} beside the rest of a request; `
            + 'put it into an analysis template');
        }
        return queryStatements(construct, query.membershipId);
      },
    );
  }

  private readonly rendered: { readonly [name: string]: unknown };

  private constructor(
    rendered: { readonly [name: string]: unknown },
    private readonly faultsOf: (property: string, construct: Construct) => string[],
    private readonly statementsFor: (construct: Construct) => iam.PolicyStatement[],
  ) {
    this.rendered = given(rendered);
  }

  /** @internal */
  public _faults(property: string, construct: Construct): string[] {
    return this.faultsOf(property, construct);
  }

  /**
   * What the role that reads the seed may do.
   *
   * @internal
   */
  public _statements(construct: Construct): iam.PolicyStatement[] {
    return this.statementsFor(construct);
  }

  /**
   * As the API takes it, but for the role.
   *
   * @internal
   */
  public get _rendered(): { readonly [name: string]: unknown } {
    return this.rendered;
  }

}

/** Without what was not given, at any depth: an expression that asks for it would find nothing, and fail. */
function given(members: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined).map(([name, value]) => (
    [name, typeof value === 'object' && value !== null && !Token.isUnresolved(value) ? given(value as { readonly [name: string]: unknown }) : value]
  )));
}

/** Step Functions carries 262,144 bytes from one state to the next: the query as JSON, and the rest of the request. */
const LARGEST_QUERY = 240_000;

function queryFaults(property: string, query: SeedQuery): string[] {
  const sources = [query.queryString, query.analysisTemplate, query.analysisTemplateArn].filter((source) => source !== undefined);
  return [
    ...checkFixed(`${property}.membershipId`, query.membershipId, required(membershipId, 'give the id of the membership'),
      'a policy names it; give the id itself'),
    ...(sources.length === 1 ? [] : [
      `${property}: got ${sources.length} of queryString, analysisTemplate and analysisTemplateArn; it must be exactly one; `
      + 'give the text of the query, or the template that has it',
    ]),
    ...unlessExpression(`${property}.queryString`, query.queryString, queryString),
    ...unlessExpression(`${property}.analysisTemplateArn`, query.analysisTemplateArn, analysisTemplateArn),
    ...(query.analysisTemplate === undefined || typeof query.analysisTemplate?.analysisTemplateRef?.analysisTemplateArn === 'string'
      ? [] : [mismatch(`${property}.analysisTemplate`, query.analysisTemplate, 'an analysis template, such as a CfnAnalysisTemplate')]),
    ...check(`${property}.parameters`, query.parameters, queryParameters),
    ...check(`${property}.compute.workerType`, query.compute?.workerType, oneOf(SeedQueryWorkerType)),
    ...check(`${property}.compute.workerCount`, query.compute?.workerCount, workerNumber),
    ...check(`${property}.compute.sparkProperties`, query.compute?.sparkProperties, sparkProperties),
  ];
}

/** Which bucket it is stands in the policy of the role. */
function checkSeedBucket(property: string, bucket: s3.IBucket, construct: Construct): string[] {
  return [
    ...checkBucket(property, bucket, construct),
    ...checkFixed(`${property}.bucketName`, bucket?.bucketName, () => [], 'a policy names it; give the bucket that holds all seeds'),
  ];
}

type Place = S3SeedLocation & Required<Pick<S3SeedLocation, 'bucket'>>;

/** Whether a location says where: in Python one that is left out comes as one that is empty. A bucket that is missing beside a prefix is a fault. */
function isPlace(location: S3SeedLocation | undefined): location is Place {
  return location?.bucket !== undefined || location?.prefix !== undefined;
}

/** A seed outside of the place that the role may read could never be read. */
function checkPlace(property: string, uri: string, { bucket, prefix }: Place): string[] {
  const place = `s3://${bucket?.bucketName}/${asFolder(prefix)}`;
  const isKnown = typeof uri === 'string' && ![uri, bucket?.bucketName, prefix].some((part) => isUnknown(part) || isExpression(part));
  return isKnown && !uri.startsWith(place) ? [mismatch(property, uri, `in the location that is given, ${place}`)] : [];
}

/** What a URI that is known says about where the seed is. */
function readableAt(construct: Construct, uri: string): S3Seed | undefined {
  if (isUnknown(uri) || isExpression(uri)) return undefined;
  const [bucketName, ...key] = uri.slice('s3://'.length).split('/');
  const objects = key.join('/');
  return {
    bucket: { bucketArn: Stack.of(construct).formatArn({ service: 's3', region: '', account: '', resource: bucketName }), account: Stack.of(construct).account },
    objects: objects === '' || objects.endsWith('/') ? `${objects}*` : objects,
  };
}
