import * as fs from 'node:fs';
import { ERRORS, OPERATION_NAMES, OperationName, OPERATIONS, SERVICE } from '../../../local-aws/cleanroomsml/model';
import { Shape, StructureShape } from '../../../local-aws/cleanroomsml/shapes';

test.each(OPERATION_NAMES)('%s: the labels of its path are members of its input, and nothing with a body is sent by GET or DELETE', (name) => {
  const { method, uri, input } = OPERATIONS[name];
  const members = Object.entries((input as StructureShape).members);
  const labels = [...uri.matchAll(/\{(\w+)\}/g)].map(([, label]) => label);
  expect(members.filter(([, { location }]) => location === 'uri').map(([member]) => member)).toEqual(labels);
  if (method === 'GET' || method === 'DELETE') expect(members.filter(([, { location }]) => !location)).toEqual([]);
});

test('no two operations share a method and a path', () => {
  const routes = OPERATION_NAMES.map((name) => `${OPERATIONS[name].method} ${OPERATIONS[name].uri.replace(/\{\w+\}/g, '{}')}`);
  expect(new Set(routes).size).toBe(routes.length);
});

/** @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_Operations.html */
test.each<[OperationName, string, string[]]>([
  ['CreateTrainingDataset', 'POST /training-dataset', ['name', 'roleArn', 'trainingData']],
  ['GetTrainingDataset', 'GET /training-dataset/{trainingDatasetArn}', ['trainingDatasetArn']],
  ['ListTrainingDatasets', 'GET /training-dataset', []],
  ['DeleteTrainingDataset', 'DELETE /training-dataset/{trainingDatasetArn}', ['trainingDatasetArn']],
  ['CreateAudienceModel', 'POST /audience-model', ['name', 'trainingDatasetArn']],
  ['GetAudienceModel', 'GET /audience-model/{audienceModelArn}', ['audienceModelArn']],
  ['ListAudienceModels', 'GET /audience-model', []],
  ['DeleteAudienceModel', 'DELETE /audience-model/{audienceModelArn}', ['audienceModelArn']],
  ['CreateConfiguredAudienceModel', 'POST /configured-audience-model', ['name', 'audienceModelArn', 'outputConfig', 'sharedAudienceMetrics']],
  ['GetConfiguredAudienceModel', 'GET /configured-audience-model/{configuredAudienceModelArn}', ['configuredAudienceModelArn']],
  ['ListConfiguredAudienceModels', 'GET /configured-audience-model', []],
  ['UpdateConfiguredAudienceModel', 'PATCH /configured-audience-model/{configuredAudienceModelArn}', ['configuredAudienceModelArn']],
  ['DeleteConfiguredAudienceModel', 'DELETE /configured-audience-model/{configuredAudienceModelArn}', ['configuredAudienceModelArn']],
  ['PutConfiguredAudienceModelPolicy', 'PUT /configured-audience-model/{configuredAudienceModelArn}/policy', [
    'configuredAudienceModelArn', 'configuredAudienceModelPolicy',
  ]],
  ['GetConfiguredAudienceModelPolicy', 'GET /configured-audience-model/{configuredAudienceModelArn}/policy', ['configuredAudienceModelArn']],
  ['DeleteConfiguredAudienceModelPolicy', 'DELETE /configured-audience-model/{configuredAudienceModelArn}/policy', ['configuredAudienceModelArn']],
  ['StartAudienceGenerationJob', 'POST /audience-generation-job', ['name', 'configuredAudienceModelArn', 'seedAudience']],
  ['GetAudienceGenerationJob', 'GET /audience-generation-job/{audienceGenerationJobArn}', ['audienceGenerationJobArn']],
  ['ListAudienceGenerationJobs', 'GET /audience-generation-job', []],
  ['DeleteAudienceGenerationJob', 'DELETE /audience-generation-job/{audienceGenerationJobArn}', ['audienceGenerationJobArn']],
  ['StartAudienceExportJob', 'POST /audience-export-job', ['name', 'audienceGenerationJobArn', 'audienceSize']],
  ['ListAudienceExportJobs', 'GET /audience-export-job', []],
  ['TagResource', 'POST /tags/{resourceArn}', ['resourceArn', 'tags']],
  ['UntagResource', 'DELETE /tags/{resourceArn}', ['resourceArn', 'tagKeys']],
  ['ListTagsForResource', 'GET /tags/{resourceArn}', ['resourceArn']],
])('%s is %s, and needs %p', (name, address, needed) => {
  const { method, uri, input } = OPERATIONS[name];
  expect(`${method} ${uri}`).toBe(address);
  expect(Object.entries((input as StructureShape).members).filter(([, { required }]) => required).map(([member]) => member)).toEqual(needed);
});

test('every pattern is a regular expression', () => {
  const patternsOf = (shape: Shape): string[] => {
    switch (shape.kind) {
      case 'structure': return Object.values(shape.members).flatMap((member) => patternsOf(member.shape));
      case 'list': return patternsOf(shape.member);
      case 'map': return [...patternsOf(shape.key), ...patternsOf(shape.value)];
      case 'string': return shape.pattern ? [shape.pattern] : [];
      default: return [];
    }
  };
  const patterns = OPERATION_NAMES.flatMap((name) => patternsOf(OPERATIONS[name].input));
  expect(patterns.length).toBeGreaterThan(0);
  for (const pattern of patterns) expect(() => new RegExp(`^(?:${pattern})$`)).not.toThrow();
});

/** The service's own API model, as botocore and the SDKs publish it. It is not part of this repository. */
interface ApiModel {
  readonly metadata: { readonly apiVersion: string; readonly serviceId: string; readonly signingName: string };
  readonly operations: Record<string, {
    readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode: number };
    readonly input: { readonly shape: string };
    readonly output?: { readonly shape: string };
    readonly errors: readonly { readonly shape: string }[];
  }>;
  readonly shapes: Record<string, ApiShape>;
}

interface ApiShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly union?: true;
  readonly members?: Record<string, { readonly shape: string; readonly location?: 'uri' | 'querystring'; readonly locationName?: string }>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly timestampFormat?: string;
  readonly error?: { readonly httpStatusCode: number };
}

function compareWith(api: ApiModel): void {
  const translate = (name: string): unknown => {
    const { type, min, max, pattern, enum: values, ...shape } = api.shapes[name];
    const constraints = JSON.parse(JSON.stringify({ min, max, pattern, enum: values }));
    switch (type) {
      case 'structure': return {
        kind: type,
        ...(shape.union && { union: true }),
        members: Object.fromEntries(Object.entries(shape.members ?? {}).map(([key, member]) => {
          expect(member.locationName ?? key).toBe(key);
          const location = member.location ? { location: member.location } : {};
          return [key, { shape: translate(member.shape), required: shape.required?.includes(key) ?? false, ...location }];
        })),
      };
      case 'list': return { kind: type, member: translate(shape.member?.shape ?? ''), ...constraints };
      case 'map': return { kind: type, key: translate(shape.key?.shape ?? ''), value: translate(shape.value?.shape ?? ''), ...constraints };
      case 'timestamp':
        expect(shape.timestampFormat).toBe('iso8601');
        return { kind: type };
      default: return { kind: type, ...constraints };
    }
  };
  /** An operation without an output answers an empty object. */
  const outputOf = (name: string) => {
    const output = api.operations[name].output;
    return output ? translate(output.shape) : undefined;
  };

  test('it is the same service', () => {
    expect(api.metadata).toMatchObject({ apiVersion: '2023-09-06', serviceId: SERVICE.sdkId, signingName: SERVICE.signingName });
  });

  test.each(OPERATION_NAMES)('%s is the same', (name) => {
    const { method, uri, input, output } = OPERATIONS[name];
    const { http, input: apiInput, errors } = api.operations[name];
    expect({ method, requestUri: uri, responseCode: 200 }).toEqual(http);
    expect(input).toEqual(translate(apiInput.shape));
    expect(output).toEqual(outputOf(name));
    expect(Object.keys(ERRORS)).toEqual(expect.arrayContaining(errors.map(({ shape }) => shape)));
  });

  test.each(Object.entries(ERRORS))('%s is the same', (name, { status, shape }) => {
    expect(status).toBe(api.shapes[name].error?.httpStatusCode);
    expect(shape).toEqual(translate(name));
  });
}

const apiModelFile = process.env.CLEANROOMSML_API_MODEL;

describe("compared with the service's own API model", () => {
  if (apiModelFile) compareWith(JSON.parse(fs.readFileSync(apiModelFile, 'utf8')) as ApiModel);
  else test.skip('there is no copy: CLEANROOMSML_API_MODEL does not name one', () => {});
});
