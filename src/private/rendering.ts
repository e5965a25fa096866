import { CfnResource, DefaultTokenResolver, Fn, IPostProcessor, IResolvable, IResolveContext, Reference, Stack, Tokenization } from 'aws-cdk-lib';

/** What the template says of a resource. */
export interface Rendering {
  readonly logicalId: string;
  /** Escape hatches included. References are what they are in the template: `Ref`, `Fn::GetAtt`, `Fn::ImportValue`. */
  readonly properties: Readonly<Record<string, any>>;
  /** The resources whose references were come across, of whichever stack. What an escape hatch writes by hand is not one. */
  readonly references: readonly CfnResource[];
}

/**
 * Renders a resource as synthesis will.
 *
 * It is resolved as in preparation, in which the windows do not ask for what they are made of. But the CDK does not get to know which
 * references there are, so that no export comes of it; and of another stack nothing is asked for but what the template imports from it.
 */
export function render(resource: CfnResource): Rendering {
  const resolver = new NotingResolver(Stack.of(resource));
  const { Resources: resources } = Tokenization.resolve(resource._toCloudFormation(), { scope: resource, resolver, preparing: true });
  const [[logicalId, { Properties: properties = {} }]] = Object.entries<{ Properties?: Rendering['properties'] }>(resources);
  return { logicalId, properties, references: [...resolver.references] };
}

class NotingResolver extends DefaultTokenResolver {
  public readonly references = new Set<CfnResource>();

  constructor(stack: Stack) {
    super({ join: (left, right) => concatenation(stack, left, right) });
  }

  public override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    if (Reference.isReference(token) && CfnResource.isCfnResource(token.target)) this.references.add(token.target);
    return super.resolveToken(token, context, postProcessor);
  }
}

/** As the CDK writes it: `Fn::Join`, unless both are known. */
function concatenation(stack: Stack, left: unknown, right: unknown): unknown {
  if (left === undefined || right === undefined) return left ?? right;
  return typeof left === 'string' && typeof right === 'string' ? left + right : stack.resolve(Fn.join('', [left as string, right as string]));
}
