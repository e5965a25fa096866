/**
 * The only file that knows the policy simulator: everything else asks `evaluate`.
 * The simulator is a development tool under AGPL-3.0; nothing that is published imports this file.
 */
import { createHash } from 'node:crypto';
import { runSimulation, type RequestAnalysis, type Simulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from './policy-document';

export interface AccessRequest {
  /** An ARN, or a service principal such as `lambda.amazonaws.com`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Whose the resource is. */
  readonly resourceAccount: string;
  readonly context: Readonly<Record<string, string | string[]>>;
  readonly identityPolicies: readonly PolicyDocument[];
  readonly permissionsBoundary?: PolicyDocument;
  readonly resourcePolicy?: PolicyDocument;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why not, in AWS's words; empty where it is allowed. */
  readonly reason: string;
}

/** Decisions depend on nothing but the request, and a test run asks the same thousands of times. */
const decided = new Map<string, Promise<Decision>>();
const REMEMBERED = 20_000;

/** Evaluates policies as IAM does. An action that does not exist, or not on this kind of resource, is a fault of the caller's code. */
export function evaluate(request: AccessRequest): Promise<Decision> {
  const key = keyOf(request);
  let decision = decided.get(key);
  if (decision === undefined) {
    if (decided.size >= REMEMBERED) decided.clear();
    decision = simulate(request);
    decided.set(key, decision);
  }
  return decision;
}

function keyOf({ identityPolicies, permissionsBoundary, resourcePolicy, ...others }: AccessRequest): string {
  return JSON.stringify([others, identityPolicies.map(digest), digest(permissionsBoundary), digest(resourcePolicy)]);
}

const digests = new WeakMap<PolicyDocument, string>();

/** A policy document is replaced, never changed. */
function digest(document: PolicyDocument | undefined): string {
  if (document === undefined) return '';
  const result = digests.get(document) ?? createHash('sha1').update(JSON.stringify(document)).digest('base64');
  digests.set(document, result);
  return result;
}

async function simulate(request: AccessRequest): Promise<Decision> {
  const outcome = await runSimulation(withKnownResources(withKnownKeys(toSimulation(request))), {});
  if (outcome.resultType === 'error') {
    throw new Error(`${request.action} on ${request.resource} cannot be evaluated: ${JSON.stringify(outcome.errors)}`);
  }
  if (outcome.overallResult === 'Allowed') return { allowed: true, reason: '' };
  const analysis = outcome.resultType === 'single' ? outcome.result.analysis : outcome.results[0]?.analysis;
  return { allowed: false, reason: reasonFor(request.action, analysis) };
}

function toSimulation(request: AccessRequest): Simulation {
  const { principal, action, resource, resourceAccount, permissionsBoundary } = request;
  return {
    request: { principal, action, resource: { resource, accountId: resourceAccount }, contextVariables: { ...request.context } },
    identityPolicies: request.identityPolicies.map((policy, index) => ({ name: `${index}`, policy })),
    permissionBoundaryPolicies: permissionsBoundary && [{ name: 'boundary', policy: permissionsBoundary }],
    resourcePolicy: request.resourcePolicy,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

/**
 * The simulator drops `kms:EncryptionContext:NAME`, because it expects a name of the caller's choice behind a slash only.
 * Principal tags have one, exist for every action, and are not used here.
 */
function withKnownKeys(simulation: Simulation): Simulation {
  if (!simulation.request.action.startsWith('kms:')) return simulation;
  return JSON.parse(JSON.stringify(simulation).replace(/"kms:EncryptionContext:/gi, '"aws:PrincipalTag/kms:EncryptionContext:')) as Simulation;
}

/**
 * The simulator knows the start of an audience generation job on configured audience models only, as the service authorization reference
 * does. The user guide demands it on jobs as well, so for a job the two types change places: in the request and in every policy.
 */
function withKnownResources(simulation: Simulation): Simulation {
  const { action, resource } = simulation.request;
  const job = 'audience-generation-job';
  const model = 'configured-audience-model';
  if (action !== 'cleanrooms-ml:StartAudienceGenerationJob' || !resource.resource.includes(`:${job}/`)) return simulation;
  const swapped = JSON.stringify(simulation).replace(new RegExp(`:(${job}|${model})/`, 'g'), (_all, type) => `:${type === job ? model : job}/`);
  return JSON.parse(swapped) as Simulation;
}

function reasonFor(action: string, analysis?: RequestAnalysis): string {
  if (analysis?.identityAnalysis?.result === 'ExplicitlyDenied') return 'with an explicit deny in an identity-based policy';
  if (analysis?.resourceAnalysis?.result === 'ExplicitlyDenied') return 'with an explicit deny in a resource-based policy';
  if (analysis?.permissionBoundaryAnalysis?.result === 'ExplicitlyDenied') return 'with an explicit deny in a permissions boundary';
  if (analysis?.blockedBy?.includes('pb')) return `because no permissions boundary allows the ${action} action`;
  if (analysis?.identityAnalysis?.result === 'Allowed') return `because no resource-based policy allows the ${action} action`;
  return `because no identity-based policy allows the ${action} action`;
}
