import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Tells a construct from all others in an account and Region, whatever else the stacks hold. It changes with the construct's path. */
export function pathHash(scope: Construct, id: string, length: number): string {
  return createHash('sha256').update(`${rootStack(Stack.of(scope)).stackName}\n${scope.node.path}/${id}`).digest('hex').slice(0, length);
}

/** The name of a nested stack is known only at deployment. */
function rootStack(stack: Stack): Stack {
  return stack.nestedStackParent ? rootStack(stack.nestedStackParent) : stack;
}
