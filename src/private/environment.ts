import { Aws, ResourceProps, Stack } from 'aws-cdk-lib';
import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { check, isPlaceholder } from './faults';
import { sameAsStack } from './validation';

/** AWS Clean Rooms ML works with buckets, keys and resources of its own Region only. */
export function checkRegion(property: string, resource: IEnvironmentAware, construct: Construct): string[] {
  return check(`${property}.region`, resource.env.region, sameAsStack(Stack.of(construct).region, 'use one in the same Region'));
}

/** Everything but starting an audience generation job is refused across accounts. */
export function checkAccount(property: string, resource: IEnvironmentAware, construct: Construct): string[] {
  return check(`${property}.account`, resource.env.account, sameAsStack(Stack.of(construct).account, 'use one in the same account'));
}

/** Whether that is the account of the construct, as far as is known before the deployment. */
export function isOwnAccount(construct: Construct, account: string): boolean {
  const stack = Stack.of(construct);
  const text = (value: string) => JSON.stringify(stack.resolve(value));
  return [stack.account, Aws.ACCOUNT_ID].some((own) => text(own) === text(account));
}

/** An import is where its ARN says. */
export function environmentOf(arn: string): ResourceProps {
  return isPlaceholder(arn) ? {} : { environmentFromArn: arn };
}
