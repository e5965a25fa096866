import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { isExpression } from './expressions';
import { IConfiguredAudienceModelRef } from '../../configured-audience-model-ref';
import { SERVICE_PRINCIPAL } from '../contract';
import { allow, passRoleStatement, serviceArn } from '../service';

/** All audience generation jobs of an account, in the Region of a construct. */
export function jobsOf(construct: Construct, account: string): string {
  return Stack.of(construct).formatArn({ service: 'cleanrooms-ml', account, resource: 'audience-generation-job', resourceName: '*' });
}

/** What whoever starts a job needs a permission on: the model, and the job, which appears in the account of the caller and in that of the owner. */
export function startResources(model: IConfiguredAudienceModelRef, owner: string, caller: string): string[] {
  const arns = [model.configuredAudienceModelRef.configuredAudienceModelArn, jobsOf(model, owner), jobsOf(model, caller)];
  return [...new Set(arns)];
}

export function inCollaboration(collaborationId: string): Record<string, Record<string, unknown>> {
  return { StringEquals: { 'cleanrooms-ml:CollaborationId': collaborationId } };
}

/** The service looks up, as the caller, who takes part in the collaboration. */
export function listMembersStatement(model: IConfiguredAudienceModelRef, collaborationId: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['cleanrooms:ListMembers'],
    // Any member may have created the collaboration, and it belongs to the account that did.
    resources: [Stack.of(model).formatArn({
      service: 'cleanrooms', region: model.env.region, account: '*', resource: 'collaboration', resourceName: collaborationId,
    })],
    conditions: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': SERVICE_PRINCIPAL } },
  });
}

export interface StartedJob {
  readonly model: IConfiguredAudienceModelRef;
  readonly seedRole: iam.IRole;
  readonly collaborationId?: string;
  readonly tags?: { readonly [key: string]: string };
}

/** What a state machine needs to start a job. */
export function startStatements(construct: Construct, { model, seedRole, collaborationId, tags = {} }: StartedJob): iam.PolicyStatement[] {
  const start = allow(['StartAudienceGenerationJob'], ...startResources(model, model.env.account, Stack.of(construct).account));
  // Which collaboration an expression means is known only when the job starts.
  const knownCollaboration = isExpression(collaborationId) ? undefined : collaborationId;
  if (knownCollaboration !== undefined) start.addConditions(inCollaboration(knownCollaboration));
  return [
    start,
    passRoleStatement([seedRole.roleArn]),
    ...(collaborationId === undefined ? [] : [listMembersStatement(model, knownCollaboration ?? '*')]),
    ...(Object.keys(tags).length === 0 ? [] : [tagStatement(construct, tags)]),
  ];
}

/** Jobs may be tagged with these tags, and no others. */
function tagStatement(construct: Construct, tags: { readonly [key: string]: string }): iam.PolicyStatement {
  const statement = allow(['TagResource'], serviceArn(construct, 'audience-generation-job'));
  statement.addConditions({ 'ForAllValues:StringEquals': { 'aws:TagKeys': Object.keys(tags) } });
  return statement;
}
