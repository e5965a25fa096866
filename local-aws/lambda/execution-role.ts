import { AwsError } from '../aws';
import type { FunctionSettings } from './function';

/** Lambda's question whether the role of a function may do something. Throws if not. */
export type Authorize = (action: string, resource: string) => Promise<void>;

/** What Lambda does as the role of a function that asks for it, in the words of its refusal. */
interface Need {
  readonly action: string;
  readonly words: string;
  isOf(settings: FunctionSettings): boolean;
}

const NEEDS: readonly Need[] = [
  { action: 'xray:PutTraceSegments', words: 'PutTraceSegments on XRAY', isOf: ({ tracing }) => tracing === 'Active' },
  { action: 'ec2:CreateNetworkInterface', words: 'CreateNetworkInterface on EC2', isOf: ({ subnetIds = [] }) => subnetIds.length > 0 },
];

/** Refuses settings that the role does not let Lambda live up to. */
export async function checkExecutionRole(settings: FunctionSettings, authorize: Authorize): Promise<void> {
  for (const { action, words } of NEEDS.filter(({ isOf }) => isOf(settings))) {
    if (await isAllowed(authorize, action, '*')) continue;
    throw new AwsError('InvalidParameterValueException', `The provided execution role does not have permissions to call ${words}`);
  }
}

/** Whether Lambda can write down what a function prints. If not, nobody is told. */
export async function mayLog(logStreamArn: string, authorize: Authorize): Promise<boolean> {
  return await isAllowed(authorize, 'logs:CreateLogStream', logStreamArn) && isAllowed(authorize, 'logs:PutLogEvents', logStreamArn);
}

async function isAllowed(authorize: Authorize, action: string, resource: string): Promise<boolean> {
  try {
    await authorize(action, resource);
    return true;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return false;
  }
}
