import { AwsError } from '../aws';

/** The form-encoded parameters of a Query protocol request: `Tags.member.1.Key` and the like. */
export class Query {
  constructor(private readonly parameters: URLSearchParams) {}

  get(name: string): string | undefined {
    return this.parameters.get(name) ?? undefined;
  }

  need(name: string): string {
    const value = this.get(name);
    if (value === undefined || value === '') {
      const field = name.charAt(0).toLowerCase() + name.slice(1);
      throw new AwsError('ValidationError', `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`);
    }
    return value;
  }

  flag(name: string): boolean {
    return this.get(name) === 'true';
  }

  /** A list of scalars. */
  list(name: string): string[] {
    return this.indices(name).map((index) => this.get(`${name}.member.${index}`) ?? '');
  }

  /** A list of structures, whose fields are read one by one. */
  structures(name: string): ((field: string) => string | undefined)[] {
    return this.indices(name).map((index) => (field: string) => this.get(`${name}.member.${index}.${field}`));
  }

  private indices(name: string): number[] {
    const prefix = `${name}.member.`;
    const keys = [...this.parameters.keys()].filter((key) => key.startsWith(prefix));
    return [...new Set(keys.map((key) => Number(key.slice(prefix.length).split('.')[0])))].sort((a, b) => a - b);
  }
}
