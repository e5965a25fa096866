import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { OwnershipTag, ResourceType } from './contract';
import { allow, serviceArn } from './service';

export type ResourceTypeName = (typeof ResourceType)[keyof typeof ResourceType];

/** What the handler needs for all resources of one type in a stack. */
interface TypePermissions {
  /** The id of the policy below the provider. */
  readonly id: string;
  /** Actions that are not granted on a resource: listing knows none. */
  readonly lists: string[];
  readonly resource: string;
  readonly actions: string[];
  /** Whether it deletes audience models of the stack, too: those that a clean-up had to leave keep their dataset. */
  readonly deletesModels?: boolean;
}

const TAGGING = ['ListTagsForResource', 'TagResource', 'UnTagResource'];

const AUDIENCE_MODEL: TypePermissions = {
  id: 'AudienceModelPermissions',
  lists: ['ListAudienceModels'],
  resource: 'audience-model',
  actions: ['DeleteAudienceModel', 'GetAudienceModel', ...TAGGING],
};

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html */
const TYPE_PERMISSIONS: Record<ResourceTypeName, TypePermissions> = {
  [ResourceType.TRAINING_DATASET]: {
    id: 'TrainingDatasetPermissions',
    // A dataset is not replaced for a comment while models use it: that is what the models are listed for.
    lists: ['ListAudienceModels', 'ListTrainingDatasets'],
    resource: 'training-dataset',
    actions: ['DeleteTrainingDataset', 'GetTrainingDataset', ...TAGGING],
    deletesModels: true,
  },
  [ResourceType.AUDIENCE_MODEL]: AUDIENCE_MODEL,
  [ResourceType.AUDIENCE_MODEL_GATE]: AUDIENCE_MODEL,
  [ResourceType.CONFIGURED_AUDIENCE_MODEL]: {
    id: 'ConfiguredAudienceModelPermissions',
    // After a rollback that failed, it must tell the model of the update from those of others.
    lists: ['ListAudienceModels', 'ListConfiguredAudienceModels'],
    resource: 'configured-audience-model',
    actions: ['DeleteConfiguredAudienceModel', 'GetConfiguredAudienceModel', 'UpdateConfiguredAudienceModel', ...TAGGING],
  },
  [ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY]: {
    id: 'ConfiguredAudienceModelPolicyPermissions',
    lists: [],
    resource: 'configured-audience-model',
    actions: ['DeleteConfiguredAudienceModelPolicy', 'GetConfiguredAudienceModelPolicy', 'PutConfiguredAudienceModelPolicy'],
  },
};

/**
 * What the handler may do with resources of one type, whichever construct made them. It is shared by the constructs of that type,
 * and apart from what one construct needs, so that a resource can still be deleted after its construct has gone or changed: the
 * policy of a configured audience model that was replaced, for one, is cleaned up when its construct names the new model already.
 */
export function typeStatements(provider: Construct, type: ResourceTypeName): iam.PolicyStatement[] {
  const { lists, resource, actions, deletesModels } = TYPE_PERMISSIONS[type];
  return [
    ...(lists.length > 0 ? [allow(lists, '*')] : []),
    allow(actions, serviceArn(provider, resource)),
    ...(deletesModels ? modelStatements(provider) : []),
  ];
}

/** For whoever has no models of its own: the permissions for those may have gone with the last of them. */
function modelStatements(provider: Construct): iam.PolicyStatement[] {
  const models = serviceArn(provider, AUDIENCE_MODEL.resource);
  const deletion = allow(['DeleteAudienceModel'], models);
  deletion.addCondition('StringEquals', { [`aws:ResourceTag/${OwnershipTag.STACK_ID}`]: Stack.of(provider).stackId });
  return [allow(['GetAudienceModel', 'ListTagsForResource'], models), deletion];
}

/** The id of the policy with these statements, below the provider. */
export function typePolicyId(type: ResourceTypeName): string {
  return TYPE_PERMISSIONS[type].id;
}

/** Whether resources of a type take the state machine that trains. */
export function trains(type: ResourceTypeName): boolean {
  return TYPE_PERMISSIONS[type] === AUDIENCE_MODEL;
}
