import { requiredCapabilities } from './capabilities';
import { ChangeSet } from './change-sets';
import { ChangeDetail, ResourceChange } from './changes';
import { ParameterValues } from './parameters';
import { ResourceView, Stack, StackEvent, Tag } from './stack';
import { Template } from './template';
import { XmlValue } from './xml';

/** What the API shows of things, in the field names of its model. */

export function stackShape(stack: Stack): XmlValue {
  const { blueprint } = stack;
  return {
    StackId: stack.stackId,
    ...nestingShape(stack),
    StackName: stack.stackName,
    Description: blueprint?.template.description,
    Parameters: parameterShapes(blueprint?.parameters ?? {}, blueprint?.template),
    CreationTime: stack.creationTime,
    LastUpdatedTime: stack.lastUpdatedTime,
    DeletionTime: stack.deletionTime,
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: stack.disableRollback,
    NotificationARNs: [],
    Capabilities: blueprint ? requiredCapabilities(blueprint.template) : [],
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key, OutputValue: value, Description: description, ExportName: exportName,
    })),
    RoleARN: stack.roleArn,
    Tags: tagShapes(stack.tags),
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

/** Root is the one that is nested in none. */
function nestingShape({ parent }: Stack): { readonly ParentId?: string; readonly RootId?: string } {
  return parent === undefined ? {} : { RootId: parent.stackId, ...nestingShape(parent), ParentId: parent.stackId };
}

export function stackSummaryShape({ stackId, stackName, blueprint, creationTime, lastUpdatedTime, deletionTime, status, reason }: Stack): XmlValue {
  return {
    StackId: stackId,
    StackName: stackName,
    TemplateDescription: blueprint?.template.description,
    CreationTime: creationTime,
    LastUpdatedTime: lastUpdatedTime,
    DeletionTime: deletionTime,
    StackStatus: status,
    StackStatusReason: reason,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

export function eventShape({ stackId, stackName }: Stack, event: StackEvent): XmlValue {
  return {
    StackId: stackId,
    EventId: event.eventId,
    OperationId: event.operationId,
    StackName: stackName,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.timestamp,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties && JSON.stringify(event.properties),
  };
}

export function resourceShape({ stackId, stackName }: Stack, resource: ResourceView): XmlValue {
  return { StackName: stackName, StackId: stackId, ...commonResourceShape(resource), Timestamp: resource.timestamp };
}

export function resourceDetailShape(stack: Stack, resource: ResourceView): XmlValue {
  const metadata = stack.resources.get(resource.logicalId)?.definition.metadata;
  return {
    StackName: stack.stackName,
    StackId: stack.stackId,
    ...commonResourceShape(resource),
    LastUpdatedTimestamp: resource.timestamp,
    Metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
  };
}

export function resourceSummaryShape(resource: ResourceView): XmlValue {
  return { ...commonResourceShape(resource), LastUpdatedTimestamp: resource.timestamp };
}

function commonResourceShape({ logicalId, physicalId, type, status, reason }: ResourceView) {
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    ResourceStatus: status,
    ResourceStatusReason: reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

export function changeSetShape(changeSet: ChangeSet): XmlValue {
  return {
    ...changeSetSummaryFields(changeSet),
    Parameters: parameterShapes(changeSet.blueprint.parameters, changeSet.blueprint.template),
    NotificationARNs: [],
    RollbackConfiguration: {},
    Capabilities: requiredCapabilities(changeSet.blueprint.template),
    Tags: tagShapes(changeSet.tags),
    Changes: changeSet.changes.map((change) => ({ Type: 'Resource', ResourceChange: changeShape(change) })),
    OnStackFailure: changeSet.onFailure,
  };
}

export function changeSetSummaryShape(changeSet: ChangeSet): XmlValue {
  return changeSetSummaryFields(changeSet);
}

function changeSetSummaryFields({ id, name, stack, description, creationTime, status, statusReason, executionStatus }: ChangeSet) {
  return {
    ChangeSetId: id,
    ChangeSetName: name,
    StackId: stack.stackId,
    StackName: stack.stackName,
    Description: description,
    CreationTime: creationTime,
    Status: status,
    StatusReason: statusReason,
    ExecutionStatus: executionStatus,
    IncludeNestedStacks: false,
  };
}

function changeShape({ action, logicalId, physicalId, type, replacement, policyAction, details }: ResourceChange): XmlValue {
  return {
    PolicyAction: policyAction,
    Action: action,
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    Replacement: replacement,
    Scope: [...new Set(details.map(({ attribute }) => attribute))],
    Details: details.map(detailShape),
  };
}

function detailShape({ attribute, name, requiresRecreation, evaluation, changeSource, causingEntity }: ChangeDetail): XmlValue {
  return {
    Target: { Attribute: attribute, Name: name, RequiresRecreation: requiresRecreation },
    Evaluation: evaluation,
    ChangeSource: changeSource,
    CausingEntity: causingEntity,
  };
}

export function templateSummaryShape(template: Template): XmlValue {
  return {
    Parameters: Object.entries(template.parameters).map(([name, { type, defaultValue, noEcho, description, allowedValues }]) => ({
      ParameterKey: name,
      DefaultValue: defaultValue,
      ParameterType: type,
      NoEcho: noEcho,
      Description: description,
      ParameterConstraints: { AllowedValues: allowedValues },
    })),
    Description: template.description,
    Capabilities: requiredCapabilities(template),
    ResourceTypes: [...new Set(Object.values(template.resources).map(({ type }) => type))],
    DeclaredTransforms: [],
    ResourceIdentifierSummaries: [],
  };
}

export function validatedShape(template: Template): XmlValue {
  return {
    Parameters: Object.entries(template.parameters).map(([name, { defaultValue, noEcho, description }]) => ({
      ParameterKey: name, DefaultValue: defaultValue, NoEcho: noEcho, Description: description,
    })),
    Description: template.description,
    Capabilities: requiredCapabilities(template),
    DeclaredTransforms: [],
  };
}

function parameterShapes(values: ParameterValues, template: Template | undefined): XmlValue {
  return Object.entries(values).map(([key, { given, value, resolvedFromSsm }]) => {
    const hidden = template?.parameters[key]?.noEcho ?? false;
    return { ParameterKey: key, ParameterValue: hidden ? '****' : given, ResolvedValue: resolvedFromSsm ? [value].flat().join(',') : undefined };
  });
}

function tagShapes(tags: readonly Tag[]): XmlValue {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
