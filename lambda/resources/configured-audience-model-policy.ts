import type { ResourceHandler } from './resource-handler';
import { sidPrefix } from '../../src/private/contract';
import { inGrace, NotYet, ServiceError } from '../errors';
import type { Identity } from '../identity';
import { mergePolicy, statementsOf } from '../policy-document';
import { object, text } from '../properties';
import { isRollback } from '../request';
import { ifFound } from '../service';
import { fence, isNotYet, Step } from '../step';

const policy = object({ ConfiguredAudienceModelArn: text, PolicyDocument: text });

/** What a failed precondition may be called: the API has no error of its own for it. */
const PRECONDITION = /hash|exist|condition/i;

/** Writes the template's statements, and takes back what a cancelled change wrote to another model. */
async function ensurePolicy(step: Step): Promise<void> {
  const { identity, properties, previous, abandoned, operation } = step.request;
  const { configuredAudienceModelArn: arn, policyDocument: document } = policy(properties, '');
  await write(step, arn, identity, document).catch((error: unknown) => {
    // Others have deleted the model: nothing is to be taken back.
    const isGone = error instanceof ServiceError && error.code === 'ResourceNotFoundException' && !isNotYet(error, step);
    if (!isGone || !isRollback(operation)) throw error;
    step.memory.Said = `configured audience model ${arn} is gone, and its policy with it`;
  });
  const old = previous?.properties.ConfiguredAudienceModelArn;
  if (abandoned !== undefined && typeof old === 'string') await takeBack(step, old, abandoned);
}

async function removePolicy(step: Step): Promise<void> {
  const { identity, properties: { ConfiguredAudienceModelArn: arn } } = step.request;
  if (typeof arn === 'string') await takeBack(step, arn, identity);
}

/**
 * Removes the template's statements. A model that is gone took them along; and there are none where the handler may not even look, in
 * another account or Region, or of what cannot be a model.
 */
async function takeBack(step: Step, arn: string, identity: Identity): Promise<void> {
  if (placeOf(arn) !== placeOf(step.request.stackId)) return;
  await write(step, arn, identity, undefined).catch((error: unknown) => {
    if (!(error instanceof ServiceError) || error.operation !== 'GetConfiguredAudienceModelPolicy' || error.code !== 'ValidationException') throw error;
    step.note(error.message);
  });
}

/** The Region and the account of an ARN. */
function placeOf(arn: string): string {
  return arn.split(':').slice(3, 5).join(':');
}

async function write(step: Step, arn: string, { hash }: Identity, document: string | undefined): Promise<void> {
  const { service, note } = step;
  const prefix = sidPrefix(hash);
  const current = await ifFound(service.call('GetConfiguredAudienceModelPolicy', { configuredAudienceModelArn: arn }));
  note(`found policy of ${arn} ${current?.policyHash ?? 'absent'}`);
  if (current === undefined && document === undefined) return;

  const before = current?.configuredAudienceModelPolicy;
  const merged = mergePolicy(before, prefix, document === undefined ? [] : statementsOf(document, prefix));
  if (merged === before) return;
  await fence(step);
  if (merged === undefined) {
    await ifFound(service.call('DeleteConfiguredAudienceModelPolicy', { configuredAudienceModelArn: arn }));
    note(`deleted policy of ${arn}`);
    return;
  }
  try {
    await service.call('PutConfiguredAudienceModelPolicy', {
      configuredAudienceModelArn: arn,
      configuredAudienceModelPolicy: merged,
      ...current === undefined ? { policyExistenceCondition: 'POLICY_MUST_NOT_EXIST' } : { previousPolicyHash: current.policyHash },
    });
  } catch (error) {
    throw await isLostRace(step, arn, current?.policyHash, error) ? new NotYet(`policy of ${arn} was changed by somebody else meanwhile`) : error;
  }
  note(`wrote policy of ${arn}`);
}

/** Which error a lost race has is not documented, so the policy itself is asked. */
async function isLostRace({ service, elapsed }: Step, arn: string, hash: string | undefined, error: unknown): Promise<boolean> {
  if (!(error instanceof ServiceError) || error.code !== 'ValidationException') return false;
  const current = await ifFound(service.call('GetConfiguredAudienceModelPolicy', { configuredAudienceModelArn: arn }));
  return current?.policyHash !== hash || (PRECONDITION.test(error.detail) && inGrace(elapsed()));
}

export const configuredAudienceModelPolicyType: ResourceHandler = {
  check: (properties) => policy(properties, ''),
  ensure: async (step) => {
    await ensurePolicy(step);
    return { attributes: {} };
  },
  remove: removePolicy,
};
