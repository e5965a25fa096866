import { ServiceError } from './errors';
import { Service, unless } from './service';

/* What CloudFormation tells of a stack. */

export interface StackState {
  readonly status: string;
  /** When its last update began, or its creation if it was never updated: tells one operation from the next. ISO 8601. */
  readonly lastUpdatedTime: string;
  /** Whether it stays as a failure makes it. */
  readonly disablesRollback?: boolean;
}

export async function describeStack(service: Service, stackId: string): Promise<StackState> {
  const { Stacks } = await service.call('DescribeStacks', { StackName: stackId });
  const stack = Stacks?.[0];
  if (stack?.StackStatus === undefined) throw new ServiceError('DescribeStacks', 'NoStack', `${stackId} is not described`);
  return {
    status: stack.StackStatus,
    lastUpdatedTime: (stack.LastUpdatedTime ?? stack.CreationTime ?? new Date(0)).toISOString(),
    disablesRollback: stack.DisableRollback,
  };
}

export interface StackResourceState {
  readonly status: string;
  readonly physicalId?: string;
  /** When it came into this status. */
  readonly updateTime: Date;
}

/** One of the stack's resources; undefined where it has come to none yet. */
export async function describeStackResource(service: Service, stackId: string, logicalId: string): Promise<StackResourceState | undefined> {
  // That a resource is not there yet has no error code of its own.
  const found = await unless('ValidationError', service.call('DescribeStackResource', { StackName: stackId, LogicalResourceId: logicalId }));
  const { ResourceStatus: status, PhysicalResourceId: physicalId, LastUpdatedTimestamp: updateTime } = found?.StackResourceDetail ?? {};
  return status && updateTime && { status, physicalId, updateTime };
}

/** One signal opens a window, so a second one may count as the same. */
const SIGNAL = 'training';

export async function signalResource(service: Service, stackId: string, logicalId: string): Promise<void> {
  await service.call('SignalResource', { StackName: stackId, LogicalResourceId: logicalId, UniqueId: SIGNAL, Status: 'SUCCESS' });
}
