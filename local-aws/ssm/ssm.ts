import { AwsError, type Account, type AwsRequest, type AwsResponse, type AwsService } from '../aws';
import type { Clock } from '../clock';
import type { Iam } from '../iam/iam';

interface Parameter {
  readonly value: string;
  readonly type: 'String' | 'StringList';
  readonly version: number;
  readonly modified: number;
}

/** Parameter Store. */
export class Ssm implements AwsService {
  private readonly parameters = new Map<string, Parameter>();

  constructor(private readonly account: Account, private readonly clock: Clock, private readonly iam: Iam) {}

  putParameter(name: string, value: string, type: Parameter['type'] = 'String'): void {
    const version = (this.parameters.get(name)?.version ?? 0) + 1;
    this.parameters.set(name, { value, type, version, modified: this.clock.now() });
  }

  deleteParameter(name: string): void {
    this.parameter(name);
    this.parameters.delete(name);
  }

  getParameter(name: string): string {
    return this.parameter(name).value;
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      return json(200, await this.answer(request));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return json(error.status, { __type: error.code, message: error.message });
    }
  }

  private async answer({ principal, headers, body }: AwsRequest): Promise<object> {
    const operation = headers['x-amz-target']?.split('.')[1];
    const input = JSON.parse(body.toString()) as { Name: string; Names: string[] };
    switch (operation) {
      case 'GetParameter':
        await this.iam.authorize(principal, 'ssm:GetParameter', this.arnOf(input.Name));
        return { Parameter: this.describe(input.Name) };
      case 'GetParameters':
        for (const name of input.Names) await this.iam.authorize(principal, 'ssm:GetParameters', this.arnOf(name));
        return {
          Parameters: input.Names.filter((name) => this.parameters.has(name)).map((name) => this.describe(name)),
          InvalidParameters: input.Names.filter((name) => !this.parameters.has(name)),
        };
      default:
        throw new AwsError('UnknownOperationException', `The embedded AWS has no ssm:${operation}.`);
    }
  }

  private describe(name: string): object {
    const { value, type, version, modified } = this.parameter(name);
    return { ARN: this.arnOf(name), DataType: 'text', LastModifiedDate: modified / 1000, Name: name, Type: type, Value: value, Version: version };
  }

  private parameter(name: string): Parameter {
    const parameter = this.parameters.get(name);
    if (parameter === undefined) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
    return parameter;
  }

  private arnOf(name: string): string {
    const { partition, region, accountId } = this.account;
    return `arn:${partition}:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`;
  }
}

function json(status: number, body: object): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
