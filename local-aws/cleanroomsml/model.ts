/**
 * The part of the AWS Clean Rooms ML API that lookalike modelling needs, service version 2023-09-06. The service
 * validates by it, the SDK stand-in in `../sdk` serializes by it, and the types of both come from it.
 */
import {
  boolean, double, enumeration, inPath, inQuery, integer, list, map, optional, required, string, structure, StructureShape, timestamp, union, Value,
} from './shapes';

export const SERVICE = {
  /** What the SDK calls it, and its environment variables too. */
  sdkId: 'CleanRoomsML',
  signingName: 'cleanrooms-ml',
  namespace: 'com.amazonaws.cleanroomsml',
  principal: 'cleanrooms-ml.amazonaws.com',
} as const;

/** The characters that names and descriptions may hold. The class is odd around the surrogates, and so is AWS's. */
const TEXT = '\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDBFF-\\uDC00\\uDFFF\\t';
const arn = (type: string) => string({ min: 20, max: 2048, pattern: `arn:aws[-a-z]*:cleanrooms-ml:[-a-z0-9]+:[0-9]{12}:${type}/[-a-zA-Z0-9_/.]+` });
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const uuid = string({ min: 36, max: 36, pattern: UUID });

const trainingDatasetArn = arn('training-dataset');
const audienceModelArn = arn('audience-model');
const configuredAudienceModelArn = arn('configured-audience-model');
const audienceGenerationJobArn = arn('audience-generation-job');
const taggableArn = arn(
  `((membership/${UUID}/(configured-model-algorithm-association|trained-model|trained-model-inference-job|ml-input-channel))` +
  '|training-dataset|audience-model|configured-audience-model|audience-generation-job|configured-model-algorithm)',
);
const iamRoleArn = string({ min: 20, max: 2048, pattern: 'arn:aws[-a-z]*:iam::[0-9]{12}:role/.+' });
const kmsKeyArn = string({ min: 20, max: 2048, pattern: 'arn:aws[-a-z]*:kms:[-a-z0-9]+:[0-9]{12}:key/.+' });

const name = string({ min: 1, max: 63, pattern: `(?!\\s*$)[${TEXT}]*` });
const description = string({ min: 0, max: 255, pattern: `[${TEXT}\\r\\n]*` });
const tagKey = string({ min: 1, max: 128 });
const accountId = string({ min: 12, max: 12, pattern: '[0-9]{12}' });
const s3Path = string({ min: 1, max: 1285, pattern: 's3://.+' });
const tags = map(tagKey, string({ min: 0, max: 256 }), { min: 0, max: 200 });
const statusDetails = structure({ statusCode: optional(string()), message: optional(string()) });

const paging = {
  nextToken: inQuery(optional(string({ min: 1, max: 10240 }))),
  maxResults: inQuery(optional(integer({ min: 1, max: 100 }))),
};
const nextToken = optional(paging.nextToken.shape);
const times = { createTime: required(timestamp), updateTime: required(timestamp) };

const spacedIdentifier = string({ min: 1, max: 128, pattern: '[a-zA-Z0-9_](([a-zA-Z0-9_ ]+-)*([a-zA-Z0-9_ ]+))?' });
const dataset = structure({
  type: required(enumeration('INTERACTIONS')),
  inputConfig: required(structure({
    schema: required(list(structure({
      columnName: required(spacedIdentifier),
      columnTypes: required(list(
        enumeration('USER_ID', 'ITEM_ID', 'TIMESTAMP', 'CATEGORICAL_FEATURE', 'NUMERICAL_FEATURE'), { min: 1, max: 1 },
      )),
    }), { min: 1, max: 100 })),
    dataSource: required(structure({
      glueDataSource: required(structure({
        tableName: required(spacedIdentifier),
        databaseName: required(string({ min: 1, max: 128, pattern: '[a-zA-Z0-9_](([a-zA-Z0-9_]+-)*([a-zA-Z0-9_]+))?' })),
        catalogId: optional(accountId),
      })),
    })),
  })),
});

const trainingDatasetSummary = {
  ...times,
  trainingDatasetArn: required(trainingDatasetArn),
  name: required(name),
  status: required(enumeration('ACTIVE')),
  description: optional(description),
};

/** Of what takes its time to come and to go. */
const lastingStatus = enumeration(
  'CREATE_PENDING', 'CREATE_IN_PROGRESS', 'CREATE_FAILED', 'ACTIVE', 'DELETE_PENDING', 'DELETE_IN_PROGRESS', 'DELETE_FAILED',
);

const audienceModelSummary = {
  ...times,
  audienceModelArn: required(audienceModelArn),
  name: required(name),
  trainingDatasetArn: required(trainingDatasetArn),
  status: required(lastingStatus),
  description: optional(description),
};

const outputConfig = structure({
  destination: required(structure({ s3Destination: required(structure({ s3Uri: required(s3Path) })) })),
  roleArn: required(iamRoleArn),
});
const sharedAudienceMetrics = list(enumeration('ALL', 'NONE'), { min: 1, max: 1 });
const minMatchingSeedSize = integer({ min: 25, max: 500_000 });
const audienceSizeType = enumeration('ABSOLUTE', 'PERCENTAGE');
const audienceSizeValue = integer({ min: 1, max: 20_000_000 });
const audienceSizeConfig = structure({
  audienceSizeType: required(audienceSizeType),
  audienceSizeBins: required(list(audienceSizeValue, { min: 1, max: 25 })),
});
const audienceSize = structure({ type: required(audienceSizeType), value: required(audienceSizeValue) });
const childResourceTagOnCreatePolicy = enumeration('FROM_PARENT_RESOURCE', 'NONE');

const configuredAudienceModelSummary = {
  ...times,
  name: required(name),
  audienceModelArn: required(audienceModelArn),
  outputConfig: required(outputConfig),
  description: optional(description),
  configuredAudienceModelArn: required(configuredAudienceModelArn),
  status: required(enumeration('ACTIVE')),
};

const configuredAudienceModelPolicy = string({ min: 1, max: 20_480 });
const policyHash = string({ min: 64, max: 128, pattern: '[0-9a-f]+' });

const seedAudience = structure({
  dataSource: optional(structure({ s3Uri: required(s3Path) })),
  roleArn: required(iamRoleArn),
  sqlParameters: optional(structure({
    queryString: optional(string({ min: 0, max: 500_000 })),
    analysisTemplateArn: optional(string({
      min: 0,
      max: 200,
      pattern: 'arn:aws[-a-z]*:cleanrooms:[\\w]{2}-[\\w]{4,9}-[\\d]:[\\d]{12}:membership/[\\d\\w-]+/analysistemplate/[\\d\\w-]+',
    })),
    parameters: optional(map(string({ min: 1, max: 100, pattern: '[0-9a-zA-Z_]+' }), string({ min: 0, max: 1000 }))),
  })),
  sqlComputeConfiguration: optional(union({
    worker: optional(structure({
      type: optional(enumeration('CR.1X', 'CR.4X', 'CR.8X')),
      number: optional(integer({ min: 2, max: 1024 })),
      properties: optional(union({
        spark: optional(map(string({ min: 1, max: 200 }), string({ min: 0, max: 500 }), { min: 0, max: 50 })),
      })),
    })),
  })),
});

const audienceGenerationJobSummary = {
  ...times,
  audienceGenerationJobArn: required(audienceGenerationJobArn),
  name: required(name),
  description: optional(description),
  status: required(lastingStatus),
  configuredAudienceModelArn: required(configuredAudienceModelArn),
  collaborationId: optional(uuid),
  startedBy: optional(accountId),
};

const audienceQualityMetrics = structure({
  relevanceMetrics: required(list(structure({ audienceSize: required(audienceSize), score: optional(double({ min: 0, max: 10 })) }))),
  recallMetric: optional(double({ min: 0, max: 1 })),
});

export interface Operation<I extends StructureShape = StructureShape, O extends StructureShape | undefined = StructureShape | undefined> {
  readonly method: string;
  /** Labels in braces are members of the input, percent-encoded. */
  readonly uri: string;
  readonly input: I;
  readonly output: O;
}

function operation<I extends StructureShape>(method: string, uri: string, input: I): Operation<I, undefined>;
function operation<I extends StructureShape, O extends StructureShape>(method: string, uri: string, input: I, output: O): Operation<I, O>;
function operation(method: string, uri: string, input: StructureShape, output?: StructureShape): Operation {
  return { method, uri, input, output };
}

export const OPERATIONS = {
  CreateTrainingDataset: operation('POST', '/training-dataset', structure({
    name: required(name),
    roleArn: required(iamRoleArn),
    trainingData: required(list(dataset, { min: 1, max: 1 })),
    tags: optional(tags),
    description: optional(description),
  }), structure({ trainingDatasetArn: required(trainingDatasetArn) })),

  GetTrainingDataset: operation('GET', '/training-dataset/{trainingDatasetArn}', structure({
    trainingDatasetArn: inPath(trainingDatasetArn),
  }), structure({
    ...trainingDatasetSummary,
    trainingData: required(list(dataset)),
    roleArn: required(iamRoleArn),
    tags: optional(tags),
  })),

  ListTrainingDatasets: operation('GET', '/training-dataset', structure(paging), structure({
    nextToken,
    trainingDatasets: required(list(structure(trainingDatasetSummary))),
  })),

  DeleteTrainingDataset: operation('DELETE', '/training-dataset/{trainingDatasetArn}', structure({
    trainingDatasetArn: inPath(trainingDatasetArn),
  })),

  CreateAudienceModel: operation('POST', '/audience-model', structure({
    trainingDataStartTime: optional(timestamp),
    trainingDataEndTime: optional(timestamp),
    name: required(name),
    trainingDatasetArn: required(trainingDatasetArn),
    kmsKeyArn: optional(kmsKeyArn),
    tags: optional(tags),
    description: optional(description),
  }), structure({ audienceModelArn: required(audienceModelArn) })),

  GetAudienceModel: operation('GET', '/audience-model/{audienceModelArn}', structure({
    audienceModelArn: inPath(audienceModelArn),
  }), structure({
    ...audienceModelSummary,
    trainingDataStartTime: optional(timestamp),
    trainingDataEndTime: optional(timestamp),
    statusDetails: optional(statusDetails),
    kmsKeyArn: optional(kmsKeyArn),
    tags: optional(tags),
  })),

  ListAudienceModels: operation('GET', '/audience-model', structure(paging), structure({
    nextToken,
    audienceModels: required(list(structure(audienceModelSummary))),
  })),

  DeleteAudienceModel: operation('DELETE', '/audience-model/{audienceModelArn}', structure({
    audienceModelArn: inPath(audienceModelArn),
  })),

  CreateConfiguredAudienceModel: operation('POST', '/configured-audience-model', structure({
    name: required(name),
    audienceModelArn: required(audienceModelArn),
    outputConfig: required(outputConfig),
    description: optional(description),
    sharedAudienceMetrics: required(sharedAudienceMetrics),
    minMatchingSeedSize: optional(minMatchingSeedSize),
    audienceSizeConfig: optional(audienceSizeConfig),
    tags: optional(tags),
    childResourceTagOnCreatePolicy: optional(childResourceTagOnCreatePolicy),
  }), structure({ configuredAudienceModelArn: required(configuredAudienceModelArn) })),

  GetConfiguredAudienceModel: operation('GET', '/configured-audience-model/{configuredAudienceModelArn}', structure({
    configuredAudienceModelArn: inPath(configuredAudienceModelArn),
  }), structure({
    ...configuredAudienceModelSummary,
    sharedAudienceMetrics: required(sharedAudienceMetrics),
    minMatchingSeedSize: optional(minMatchingSeedSize),
    audienceSizeConfig: optional(audienceSizeConfig),
    tags: optional(tags),
    childResourceTagOnCreatePolicy: optional(childResourceTagOnCreatePolicy),
  })),

  ListConfiguredAudienceModels: operation('GET', '/configured-audience-model', structure(paging), structure({
    nextToken,
    configuredAudienceModels: required(list(structure(configuredAudienceModelSummary))),
  })),

  UpdateConfiguredAudienceModel: operation('PATCH', '/configured-audience-model/{configuredAudienceModelArn}', structure({
    configuredAudienceModelArn: inPath(configuredAudienceModelArn),
    outputConfig: optional(outputConfig),
    audienceModelArn: optional(audienceModelArn),
    sharedAudienceMetrics: optional(sharedAudienceMetrics),
    minMatchingSeedSize: optional(minMatchingSeedSize),
    audienceSizeConfig: optional(audienceSizeConfig),
    description: optional(description),
  }), structure({ configuredAudienceModelArn: required(configuredAudienceModelArn) })),

  DeleteConfiguredAudienceModel: operation('DELETE', '/configured-audience-model/{configuredAudienceModelArn}', structure({
    configuredAudienceModelArn: inPath(configuredAudienceModelArn),
  })),

  PutConfiguredAudienceModelPolicy: operation('PUT', '/configured-audience-model/{configuredAudienceModelArn}/policy', structure({
    configuredAudienceModelArn: inPath(configuredAudienceModelArn),
    configuredAudienceModelPolicy: required(configuredAudienceModelPolicy),
    previousPolicyHash: optional(policyHash),
    policyExistenceCondition: optional(enumeration('POLICY_MUST_EXIST', 'POLICY_MUST_NOT_EXIST')),
  }), structure({
    configuredAudienceModelPolicy: required(configuredAudienceModelPolicy),
    policyHash: required(policyHash),
  })),

  GetConfiguredAudienceModelPolicy: operation('GET', '/configured-audience-model/{configuredAudienceModelArn}/policy', structure({
    configuredAudienceModelArn: inPath(configuredAudienceModelArn),
  }), structure({
    configuredAudienceModelArn: required(configuredAudienceModelArn),
    configuredAudienceModelPolicy: required(configuredAudienceModelPolicy),
    policyHash: required(policyHash),
  })),

  DeleteConfiguredAudienceModelPolicy: operation('DELETE', '/configured-audience-model/{configuredAudienceModelArn}/policy', structure({
    configuredAudienceModelArn: inPath(configuredAudienceModelArn),
  })),

  StartAudienceGenerationJob: operation('POST', '/audience-generation-job', structure({
    name: required(name),
    configuredAudienceModelArn: required(configuredAudienceModelArn),
    seedAudience: required(seedAudience),
    includeSeedInOutput: optional(boolean),
    collaborationId: optional(uuid),
    description: optional(description),
    tags: optional(tags),
  }), structure({ audienceGenerationJobArn: required(audienceGenerationJobArn) })),

  GetAudienceGenerationJob: operation('GET', '/audience-generation-job/{audienceGenerationJobArn}', structure({
    audienceGenerationJobArn: inPath(audienceGenerationJobArn),
  }), structure({
    ...audienceGenerationJobSummary,
    statusDetails: optional(statusDetails),
    seedAudience: optional(seedAudience),
    includeSeedInOutput: optional(boolean),
    metrics: optional(audienceQualityMetrics),
    tags: optional(tags),
    protectedQueryIdentifier: optional(string()),
  })),

  ListAudienceGenerationJobs: operation('GET', '/audience-generation-job', structure({
    ...paging,
    configuredAudienceModelArn: inQuery(optional(configuredAudienceModelArn)),
    collaborationId: inQuery(optional(uuid)),
  }), structure({
    nextToken,
    audienceGenerationJobs: required(list(structure(audienceGenerationJobSummary))),
  })),

  DeleteAudienceGenerationJob: operation('DELETE', '/audience-generation-job/{audienceGenerationJobArn}', structure({
    audienceGenerationJobArn: inPath(audienceGenerationJobArn),
  })),

  StartAudienceExportJob: operation('POST', '/audience-export-job', structure({
    name: required(name),
    audienceGenerationJobArn: required(audienceGenerationJobArn),
    audienceSize: required(audienceSize),
    description: optional(description),
  })),

  ListAudienceExportJobs: operation('GET', '/audience-export-job', structure({
    ...paging,
    audienceGenerationJobArn: inQuery(optional(audienceGenerationJobArn)),
  }), structure({
    nextToken,
    audienceExportJobs: required(list(structure({
      ...times,
      name: required(name),
      audienceGenerationJobArn: required(audienceGenerationJobArn),
      audienceSize: required(audienceSize),
      description: optional(description),
      status: required(enumeration('CREATE_PENDING', 'CREATE_IN_PROGRESS', 'CREATE_FAILED', 'ACTIVE')),
      statusDetails: optional(statusDetails),
      outputLocation: optional(s3Path),
    }))),
  })),

  TagResource: operation('POST', '/tags/{resourceArn}', structure({
    resourceArn: inPath(taggableArn),
    tags: required(tags),
  }), structure({})),

  UntagResource: operation('DELETE', '/tags/{resourceArn}', structure({
    resourceArn: inPath(taggableArn),
    tagKeys: inQuery(required(list(tagKey, { min: 0, max: 200 }))),
  }), structure({})),

  ListTagsForResource: operation('GET', '/tags/{resourceArn}', structure({
    resourceArn: inPath(taggableArn),
  }), structure({ tags: required(tags) })),
} as const;

export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];

export type Input<N extends OperationName> = Value<typeof OPERATIONS[N]['input']>;
/** `void` where the operation answers nothing. */
export type Output<N extends OperationName> = typeof OPERATIONS[N]['output'] extends StructureShape ? Value<typeof OPERATIONS[N]['output']> : void;

const message = { message: required(string()) };

/** The modelled errors and their HTTP statuses. */
export const ERRORS = {
  AccessDeniedException: { status: 403, shape: structure(message) },
  ConflictException: { status: 409, shape: structure(message) },
  ResourceNotFoundException: { status: 404, shape: structure(message) },
  ServiceQuotaExceededException: {
    status: 402,
    shape: structure({ ...message, quotaName: optional(string()), quotaValue: optional(double({ min: 0, max: 100_000 })) }),
  },
  ThrottlingException: { status: 429, shape: structure(message) },
  ValidationException: { status: 400, shape: structure(message) },
} as const;

export type ErrorName = keyof typeof ERRORS;
