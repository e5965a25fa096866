import { inGrace, isTransient, NotYet, Refusal, ServiceError } from './errors';
import { list, object, optional, text } from './properties';
import type { Step } from './step';
import { SERVICE_PRINCIPAL } from '../src/private/contract';

const properties = object({ Preflight: optional(list(text)) });

/**
 * Looks, before a training begins, at what its configured audience models need and others have made. What is wrong there would fail
 * them only when the training is over, and the training would be lost. What cannot be looked at is not judged.
 */
export async function preflight(step: Step): Promise<void> {
  const { preflight: arns = [] } = properties(step.request.properties, '');
  const faults = (await Promise.all(arns.map(async (arn) => faultOf(arn, step)))).filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new Refusal(`nothing was trained, because a configured audience model would fail: ${faults.join('; ')}`);
}

async function faultOf(arn: string, step: Step): Promise<string | undefined> {
  const { service, request } = step;
  const [, , kind, , , resource = ''] = arn.split(':');
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  try {
    return kind === 's3' ? await bucketFault(name, request.stackId.split(':')[3], service) : await roleFault(arn, name, service);
  } catch (error) {
    const { status, message } = error as ServiceError;
    // The permission to look, or what is looked at, may be so new that it is not known everywhere.
    if (inGrace(step.elapsed()) && (status === 404 || isTransient(error as ServiceError, 0))) throw new NotYet(message);
    if (status === 404) return `${kind === 's3' ? `outputBucket ${name}` : `outputRole ${arn}`} does not exist: correct it, or create it before this deployment`;
    step.note(`not looked at ${arn}: ${message}`);
    return undefined;
  }
}

async function bucketFault(name: string, region: string, service: Step['service']): Promise<string | undefined> {
  const isHere = await service.call('HeadBucket', { Bucket: name }).then(({ BucketRegion = region }) => BucketRegion === region, (error: ServiceError) => {
    // Its own Region is another one.
    if (error.status !== 301) throw error;
    return false;
  });
  return isHere ? undefined : `outputBucket ${name} is not in ${region}: use one in the Region of the stack`;
}

async function roleFault(arn: string, name: string, service: Step['service']): Promise<string | undefined> {
  const { Role: { Arn, AssumeRolePolicyDocument: trust = '' } = {} } = await service.call('GetRole', { RoleName: name });
  if (Arn !== arn) return `outputRole ${arn} does not exist: the role of that name is ${Arn}`;
  const statements = [JSON.parse(decodeURIComponent(trust)).Statement].flat();
  return statements.some(trusts) ? undefined : `outputRole ${arn} does not trust ${SERVICE_PRINCIPAL}: let its trust policy allow that service to sts:AssumeRole`;
}

/** As far as a statement tells. Conditions are not judged, nor is what it excludes. */
function trusts({ Effect, Action = '*', Principal = '*' }: Readonly<Record<string, string | string[] | Record<string, string | string[]>>>): boolean {
  return Effect === 'Allow' && [Action].flat().some((action) => /[*?]|^sts:AssumeRole$/i.test(String(action)))
    && (typeof Principal === 'string' ? [Principal] : Object.values(Principal).flat()).some((one) => one === '*' || one === SERVICE_PRINCIPAL);
}
