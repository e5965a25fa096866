/**
 * The little language in which `model.ts` describes the API, in the terms of Smithy. Each shape carries its
 * constraints for the service, and its TypeScript type for everybody: `Value<typeof shape>`.
 */

export interface StringShape<V extends string = string> {
  readonly kind: 'string';
  readonly min?: number;
  readonly max?: number;
  /** As the API model prints it; the whole value has to match. */
  readonly pattern?: string;
  readonly enum?: readonly V[];
}

export interface NumberShape {
  readonly kind: 'integer' | 'double';
  readonly min?: number;
  readonly max?: number;
}

export interface BooleanShape {
  readonly kind: 'boolean';
}

/** A `Date` in TypeScript, ISO 8601 on the wire. */
export interface TimestampShape {
  readonly kind: 'timestamp';
}

export interface ListShape<M extends Shape = Shape> {
  readonly kind: 'list';
  readonly member: M;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape {
  readonly kind: 'map';
  readonly key: StringShape;
  readonly value: StringShape;
  readonly min?: number;
  readonly max?: number;
}

export interface StructureShape<M extends Members = Members> {
  readonly kind: 'structure';
  readonly members: M;
  /** Exactly one of the members has to be there. */
  readonly union?: true;
}

export type Shape = StringShape | NumberShape | BooleanShape | TimestampShape | ListShape | MapShape | StructureShape;

/** Where in an HTTP request a member travels; without one, in the body. */
export type Location = 'uri' | 'querystring';

export interface Member<S extends Shape = Shape, R extends boolean = boolean> {
  readonly shape: S;
  readonly required: R;
  readonly location?: Location;
}

export type Members = Readonly<Record<string, Member>>;

type RequiredNames<M extends Members> = { [K in keyof M]: M[K]['required'] extends true ? K : never }[keyof M];

export type Value<S> =
  S extends StringShape<infer V> ? V :
    S extends NumberShape ? number :
      S extends BooleanShape ? boolean :
        S extends TimestampShape ? Date :
          S extends ListShape<infer M> ? readonly Value<M>[] :
            S extends MapShape ? Readonly<Record<string, string>> :
              S extends StructureShape<infer M> ? Structure<M> :
                never;

type Structure<M extends Members> =
  & { readonly [K in RequiredNames<M>]: Value<M[K]['shape']> }
  & { readonly [K in Exclude<keyof M, RequiredNames<M>>]?: Value<M[K]['shape']> };

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

export const string = (constraints: Bounds & { pattern?: string } = {}): StringShape => ({ kind: 'string', ...constraints });
export const enumeration = <const V extends string>(...values: V[]): StringShape<V> => ({ kind: 'string', enum: values });
export const integer = (bounds: Bounds): NumberShape => ({ kind: 'integer', ...bounds });
export const double = (bounds: Bounds): NumberShape => ({ kind: 'double', ...bounds });
export const boolean: BooleanShape = { kind: 'boolean' };
export const timestamp: TimestampShape = { kind: 'timestamp' };
export const list = <M extends Shape>(member: M, bounds: Bounds = {}): ListShape<M> => ({ kind: 'list', member, ...bounds });
export const map = (key: StringShape, value: StringShape, bounds: Bounds = {}): MapShape => ({ kind: 'map', key, value, ...bounds });

export const required = <S extends Shape>(shape: S): Member<S, true> => ({ shape, required: true });
export const optional = <S extends Shape>(shape: S): Member<S, false> => ({ shape, required: false });
export const inPath = <S extends Shape>(shape: S): Member<S, true> => ({ shape, required: true, location: 'uri' });
export const inQuery = <S extends Shape, R extends boolean>(member: Member<S, R>): Member<S, R> => ({ ...member, location: 'querystring' });
export const structure = <M extends Members>(members: M): StructureShape<M> => ({ kind: 'structure', members });
export const union = <M extends Members>(members: M): StructureShape<M> => ({ kind: 'structure', members, union: true });
