import * as yazl from 'yazl';
import { defined, NativeDefinition, number, object, required, text, texts } from '../native-type';
import { ResourceRequest } from '../resource-type';
import { Values } from '../values';

export const LAMBDA_FUNCTION: NativeDefinition = {
  type: 'AWS::Lambda::Function',
  service: 'Lambda',
  properties: {
    required: ['Code', 'Role'],
    optional: [
      'Architectures', 'DeadLetterConfig', 'Description', 'Environment', 'EphemeralStorage', 'FunctionName', 'Handler', 'KmsKeyArn', 'Layers',
      'LoggingConfig', 'MemorySize', 'PackageType', 'RecursiveLoop', 'ReservedConcurrentExecutions', 'Runtime', 'RuntimeManagementConfig',
      'SnapStart', 'Tags', 'Timeout', 'TracingConfig', 'VpcConfig',
    ],
    replacement: ['FunctionName', 'PackageType'],
  },
  attributes: ['Arn'],
  async create(request) {
    const functionName = text(request.properties.FunctionName) ?? request.generatedName(64);
    const { arn } = await request.services.lambda.createFunction(await settingsOf(functionName, request));
    return { physicalId: functionName, attributes: { Arn: arn } };
  },
  async update(request) {
    await request.services.lambda.updateFunction(request.physicalId, await settingsOf(request.physicalId, request));
  },
  delete({ services, physicalId }) {
    services.lambda.deleteFunction(physicalId);
  },
};

async function settingsOf(functionName: string, request: ResourceRequest) {
  const { properties } = request;
  const variables = Object.entries(object(object(properties.Environment).Variables)).map(([name, value]) => [name, required(value)]);
  return defined({
    functionName,
    runtime: required(properties.Runtime),
    handler: required(properties.Handler),
    roleArn: required(properties.Role),
    code: await codeOf(request),
    timeoutSeconds: number(properties.Timeout) ?? 3,
    memoryMb: number(properties.MemorySize) ?? 128,
    environment: Object.fromEntries(variables) as Record<string, string>,
    architectures: properties.Architectures === undefined ? undefined : texts(properties.Architectures),
    description: text(properties.Description),
    logging: properties.LoggingConfig === undefined ? undefined : loggingOf(object(properties.LoggingConfig)),
    tracing: text(object(properties.TracingConfig).Mode),
    subnetIds: properties.VpcConfig === undefined ? undefined : texts(object(properties.VpcConfig).SubnetIds),
    kmsKeyArn: text(properties.KmsKeyArn),
  });
}

function loggingOf({ LogFormat, ApplicationLogLevel, LogGroup }: Values) {
  return defined({ format: text(LogFormat) ?? 'Text', applicationLevel: text(ApplicationLogLevel), logGroup: text(LogGroup) });
}

async function codeOf({ properties, services }: ResourceRequest): Promise<Buffer> {
  const { S3Bucket, S3Key, ZipFile } = object(properties.Code);
  return ZipFile === undefined ? services.s3.getObject(required(S3Bucket), required(S3Key)) : zipOf(required(ZipFile));
}

/** Inline code becomes `index.js`. The same code gives the same bytes, whenever it is packed. */
async function zipOf(source: string): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  zip.addBuffer(Buffer.from(source), 'index.js', { mtime: new Date('1980-01-01T12:00:00') });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
