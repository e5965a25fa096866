import { CfnResource, Intrinsic, Lazy, Reference, Resource, Stack, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { canonicalJson } from './canonical-json';

/** Something that is looked at before a training begins. */
export interface Need {
  readonly arn: string;
  /** What it takes to look. */
  readonly statement: iam.PolicyStatement;
  /** Whose it is. */
  readonly construct: Construct;
}

/**
 * What a configured audience model needs and this app does not create. What the app creates is there anyway, and the audience model
 * must not wait for it: it may be the other way round.
 */
export function foreignNeeds(construct: Construct, bucket: s3.IBucket, role: iam.IRole): Need[] {
  const { bucketArn, env: { account } } = bucket;
  const { roleArn } = role;
  const needs: Need[] = [];
  // The owner of another account's bucket would have to let the handler look.
  if (isForeign(bucket, bucketArn) && account === Stack.of(construct).account) {
    needs.push({ construct, arn: bucketArn, statement: look('s3:ListBucket', bucketArn) });
  }
  // Of a role that is not there IAM knows no path.
  if (isForeign(role, roleArn)) needs.push({ construct, arn: roleArn, statement: look('iam:GetRole', roleArn, roleArn.replace(/:role\/.*\//, ':role/')) });
  return needs;
}

function look(action: string, ...resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [action], resources });
}

/** An import, too, may stand for a resource of this app. What else is known only at synthesis is left alone. */
function isForeign(resource: Construct, arn: string): boolean {
  return !Resource.isOwnedResource(resource) && Tokenization.reverseString(arn).tokens.every((token) => Reference.isReference(token)
    ? !CfnResource.isCfnResource(token.target)
    : token instanceof Intrinsic && isOutside(token.resolve(undefined as never)));
}

/** A pseudo parameter, or what another stack exports. */
function isOutside(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('Fn::ImportValue' in value || ('Ref' in value && String(value.Ref).startsWith('AWS::')));
}

/** Whether the stack creates it under that very name: an import may be a resource's own name, written out. */
function isMadeHere({ arn, construct }: Need, resolve: (value: unknown) => unknown): boolean {
  const name = arn.slice(Math.max(arn.lastIndexOf(':'), arn.lastIndexOf('/')) + 1);
  const isNamedSo = (own: string | undefined) => own !== undefined && canonicalJson(resolve(own)) === canonicalJson(resolve(name));
  return Stack.of(construct).node.findAll().some((one) => (s3.CfnBucket.isCfnBucket(one) && isNamedSo(one.bucketName))
    || (iam.CfnRole.isCfnRole(one) && isNamedSo(one.roleName)));
}

/** The ARNs, each once, and in the same order whatever the order of constructs. What is created only on a condition need not be there. */
export function arnsOf(needs: readonly Need[]): string[] {
  return Lazy.uncachedList({
    produce: ({ resolve }) => {
      const certain = needs.filter(({ construct }) => (construct.node.defaultChild as CfnResource).cfnOptions.condition === undefined)
        .filter((need) => !isMadeHere(need, resolve));
      const byText = new Map(certain.map(({ arn }) => [JSON.stringify(resolve(arn)), arn]));
      return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, arn]) => arn);
    },
  }, { omitEmpty: true });
}
