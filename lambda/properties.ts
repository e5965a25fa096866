import type { Tags } from './detail';
import { Refusal } from './errors';
import type { RawProperties } from './events';
import { canonicalJson } from './identity';

/** Reads properties as CloudFormation passes them on. Every error names the property, what it is and what it must be. */
export class Properties {
  constructor(private readonly raw: RawProperties, private readonly path: string = '') {}

  has(name: string): boolean {
    return this.raw[name] !== undefined;
  }

  /** Whether the property is other than before; what it was may have been refused, so it is not parsed. */
  differs(name: string, previous: Properties | undefined): boolean {
    return previous === undefined || canonicalJson(this.raw[name]) !== canonicalJson(previous.raw[name]);
  }

  text(name: string): string {
    const value = this.raw[name];
    if (typeof value !== 'string' || value === '') throw this.fault(name, 'a non-empty string');
    return value;
  }

  /** An empty string counts as unset. */
  optionalText(name: string): string | undefined {
    return this.raw[name] === undefined || this.raw[name] === '' ? undefined : this.text(name);
  }

  integer(name: string, min: number, max: number): number {
    return this.toInteger(this.raw[name], name, min, max);
  }

  optionalInteger(name: string, min: number, max: number): number | undefined {
    return this.has(name) ? this.integer(name, min, max) : undefined;
  }

  integers(name: string, min: number, max: number): number[] {
    return this.list(name).map((value, index) => this.toInteger(value, `${name}[${index}]`, min, max));
  }

  texts(name: string): string[] {
    return this.list(name).map((value, index) => {
      if (typeof value !== 'string' || value === '') throw this.fault(`${name}[${index}]`, 'a non-empty string', value);
      return value;
    });
  }

  optionalTime(name: string): Date | undefined {
    if (!this.has(name)) return undefined;
    const time = new Date(this.text(name));
    if (Number.isNaN(time.getTime())) throw this.fault(name, 'an ISO 8601 date and time');
    return time;
  }

  object(name: string): Properties {
    return this.wrap(this.raw[name], name);
  }

  objects(name: string): Properties[] {
    return this.list(name).map((value, index) => this.wrap(value, `${name}[${index}]`));
  }

  tags(): Tags {
    if (!this.has('Tags')) return {};
    return Object.fromEntries(this.objects('Tags').map((tag) => [tag.text('Key'), tag.optionalText('Value') ?? '']));
  }

  private list(name: string): unknown[] {
    const value = this.raw[name];
    if (!Array.isArray(value) || value.length === 0) throw this.fault(name, 'a non-empty list');
    return value;
  }

  private wrap(value: unknown, name: string): Properties {
    if (!isRecord(value)) throw this.fault(name, 'an object', value);
    return new Properties(value, `${this.path}${name}.`);
  }

  private toInteger(value: unknown, name: string, min: number, max: number): number {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw this.fault(name, `a whole number from ${min} to ${max}`, value);
    }
    return number;
  }

  private fault(name: string, expected: string, value: unknown = this.raw[name]): Refusal {
    return new Refusal(`${this.path}${name} must be ${expected}, got ${(JSON.stringify(value) ?? 'nothing').slice(0, 200)}`);
  }
}

function isRecord(value: unknown): value is RawProperties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
