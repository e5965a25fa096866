import { AwsError, Principal } from '../aws';
import {
  changeSetShape, changeSetSummaryShape, eventShape, resourceDetailShape, resourceShape, resourceSummaryShape, stackShape, stackSummaryShape,
  templateSummaryShape, validatedShape,
} from './api-shapes';
import { checkCapabilities } from './capabilities';
import { ChangeSet, NO_CHANGES } from './change-set';
import type { CloudFormation } from './cloudformation';
import { validationError } from './errors';
import { OnFailure } from './operation';
import { Query } from './query';
import { Stack } from './stack';
import { templateAt } from './template-url';
import { XmlValue } from './xml';

export interface Call {
  readonly cloudFormation: CloudFormation;
  readonly principal: Principal;
  readonly query: Query;
}

export type Action = (call: Call) => XmlValue | Promise<XmlValue>;

/** The actions of the API, as far as the CDK CLI and this library's handlers use them. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  DescribeStacks({ cloudFormation, query }) {
    const name = query.get('StackName');
    const stacks = name === undefined ? cloudFormation.allStacks().filter(({ status }) => status !== 'DELETE_COMPLETE') : [cloudFormation.stack(name)];
    return { Stacks: stacks.map(stackShape) };
  },

  ListStacks({ cloudFormation, query }) {
    const wanted = query.list('StackStatusFilter');
    const stacks = cloudFormation.allStacks().filter(({ status }) => wanted.length === 0 || wanted.includes(status));
    return { StackSummaries: stacks.map(stackSummaryShape) };
  },

  DescribeStackEvents(call) {
    const stack = bracketedStack(call);
    return { StackEvents: [...stack.events].reverse().map((event) => eventShape(stack, event)) };
  },

  DescribeStackResources({ cloudFormation, query }) {
    const stack = cloudFormation.stack(query.need('StackName'));
    const wanted = query.get('LogicalResourceId');
    const resources = wanted === undefined ? [...stack.resources.values()] : [stack.resource(wanted)];
    return { StackResources: resources.map((resource) => resourceShape(stack, resource)) };
  },

  DescribeStackResource({ cloudFormation, query }) {
    const stack = cloudFormation.stack(query.need('StackName'));
    return { StackResourceDetail: resourceDetailShape(stack, stack.resource(query.need('LogicalResourceId'))) };
  },

  ListStackResources({ cloudFormation, query }) {
    return { StackResourceSummaries: [...cloudFormation.stack(query.need('StackName')).resources.values()].map(resourceSummaryShape) };
  },

  SignalResource(call) {
    const { cloudFormation, query } = call;
    const logicalId = query.need('LogicalResourceId');
    const uniqueId = query.need('UniqueId');
    const status = query.need('Status');
    if (uniqueId.length > 64) throw constraint(uniqueId, 'uniqueId', 'Member must have length less than or equal to 64');
    if (status !== 'SUCCESS' && status !== 'FAILURE') throw constraint(status, 'status', 'Member must satisfy enum value set: [SUCCESS, FAILURE]');
    cloudFormation.signalResource(bracketedStack(call), logicalId, uniqueId, status);
    return {};
  },

  GetTemplate({ cloudFormation, query }) {
    const stackName = query.get('StackName');
    const changeSetName = query.get('ChangeSetName');
    const template = changeSetName === undefined
      ? cloudFormation.stack(query.need('StackName')).blueprint?.template
      : existingChangeSet(cloudFormation, changeSetName, stackName).blueprint.template;
    return { TemplateBody: template?.body ?? '{}', StagesAvailable: ['Original', 'Processed'] };
  },

  GetTemplateSummary({ cloudFormation, query }) {
    const stackName = query.get('StackName');
    const deployed = stackName === undefined ? undefined : cloudFormation.stack(stackName).blueprint?.template;
    return templateSummaryShape(deployed ?? cloudFormation.checkedTemplate(templateAt(query, cloudFormation.services.s3)));
  },

  ValidateTemplate({ cloudFormation, query }) {
    return validatedShape(cloudFormation.checkedTemplate(templateAt(query, cloudFormation.services.s3)));
  },

  async CreateChangeSet(call) {
    const { query } = call;
    const type = query.get('ChangeSetType') ?? 'UPDATE';
    if (type !== 'CREATE' && type !== 'UPDATE') throw validationError(`The embedded AWS has no change sets of type ${type}.`);
    const changeSet = await changeSetFrom(call, query.need('ChangeSetName'), type);
    return { Id: changeSet.id, StackId: changeSet.stack.stackId };
  },

  DescribeChangeSet({ cloudFormation, query }) {
    return changeSetShape(existingChangeSet(cloudFormation, query.need('ChangeSetName'), query.get('StackName')));
  },

  ListChangeSets(call) {
    return { Summaries: call.cloudFormation.changeSetsOf(bracketedStack(call)).map(changeSetSummaryShape) };
  },

  ExecuteChangeSet({ cloudFormation, query }) {
    const changeSet = existingChangeSet(cloudFormation, query.need('ChangeSetName'), query.get('StackName'));
    cloudFormation.executeChangeSet(changeSet, query.flag('DisableRollback') ? 'DO_NOTHING' : undefined);
    return {};
  },

  /** A change set that is not there is as good as deleted; a stack has to be. */
  DeleteChangeSet({ cloudFormation, query }) {
    const changeSet = findChangeSet(cloudFormation, query.need('ChangeSetName'), query.get('StackName'));
    if (changeSet) cloudFormation.deleteChangeSet(changeSet);
    return {};
  },

  async CreateStack(call) {
    const { cloudFormation, query } = call;
    const stackName = query.need('StackName');
    if (cloudFormation.findStack(stackName)) throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists`);
    const changeSet = await changeSetFrom(call, 'create', 'CREATE');
    changeSet.stack.terminationProtection = query.flag('EnableTerminationProtection');
    cloudFormation.executeChangeSet(changeSet, onFailureOf(query));
    return { StackId: changeSet.stack.stackId };
  },

  async UpdateStack(call) {
    const { cloudFormation, query } = call;
    const changeSet = await changeSetFrom(call, 'update', 'UPDATE');
    if (changeSet.status === 'FAILED') {
      cloudFormation.deleteChangeSet(changeSet);
      throw validationError(changeSet.statusReason === NO_CHANGES ? 'No updates are to be performed.' : changeSet.statusReason ?? '');
    }
    cloudFormation.executeChangeSet(changeSet, onFailureOf(query));
    return { StackId: changeSet.stack.stackId };
  },

  CancelUpdateStack({ cloudFormation, query }) {
    cloudFormation.cancelUpdate(query.need('StackName'));
    return {};
  },

  RollbackStack({ cloudFormation, query }) {
    const stack = cloudFormation.stack(query.need('StackName'));
    cloudFormation.rollback(stack);
    return { StackId: stack.stackId };
  },

  ContinueUpdateRollback({ cloudFormation, query }) {
    cloudFormation.rollback(cloudFormation.stack(query.need('StackName')));
    return {};
  },

  /** Deleting what does not exist succeeds. */
  DeleteStack({ cloudFormation, principal, query }) {
    const stack = cloudFormation.findStack(query.need('StackName'));
    // A stack that was made with a role goes with it.
    if (stack) cloudFormation.deleteStack(stack, { principal: stack.roleArn === undefined ? principal : undefined, retained: query.list('RetainResources') });
    return {};
  },

  UpdateTerminationProtection({ cloudFormation, query }) {
    const stack = cloudFormation.stack(query.need('StackName'));
    stack.terminationProtection = query.flag('EnableTerminationProtection');
    return { StackId: stack.stackId };
  },

  ListExports({ cloudFormation }) {
    return {
      Exports: cloudFormation.exports.all().map(({ stack: { stackId }, output: { exportName, value } }) => ({
        ExportingStackId: stackId, Name: exportName, Value: value,
      })),
    };
  },

  ListImports({ cloudFormation, query }) {
    const name = query.need('ExportName');
    const importers = cloudFormation.exports.importers(name);
    if (importers.length === 0) throw validationError(`Export '${name}' is not imported by any stack.`);
    return { Imports: importers.map(({ stackName }) => stackName) };
  },
};

async function changeSetFrom({ cloudFormation, principal, query }: Call, changeSetName: string, type: 'CREATE' | 'UPDATE'): Promise<ChangeSet> {
  const { iam, s3 } = cloudFormation.services;
  const stackName = query.need('StackName');
  const stack = cloudFormation.findStack(stackName);
  const template = query.flag('UsePreviousTemplate') ? stack?.blueprint?.template.body ?? '' : templateAt(query, s3);
  checkCapabilities(cloudFormation.checkedTemplate(template), query.list('Capabilities'));
  const roleArn = query.get('RoleARN') ?? stack?.roleArn;
  if (roleArn !== undefined) await iam.passRole(principal, roleArn, 'cloudformation.amazonaws.com');
  return cloudFormation.createChangeSet(principal, {
    stackName,
    changeSetName,
    type,
    template,
    roleArn,
    description: query.get('Description'),
    onFailure: query.get('OnStackFailure') === undefined ? undefined : onFailureOf(query),
    tags: query.structures('Tags').map((field) => ({ key: field('Key') ?? '', value: field('Value') ?? '' })),
    parameters: query.structures('Parameters').map((field) => ({
      key: field('ParameterKey') ?? '', value: field('ParameterValue'), usePreviousValue: field('UsePreviousValue') === 'true',
    })),
  });
}

function onFailureOf(query: Query): OnFailure {
  const wanted = query.get('OnStackFailure') ?? query.get('OnFailure');
  if (wanted === 'DELETE' || wanted === 'DO_NOTHING') return wanted;
  return query.flag('DisableRollback') ? 'DO_NOTHING' : 'ROLLBACK';
}

function findChangeSet(cloudFormation: CloudFormation, name: string, stackName: string | undefined): ChangeSet | undefined {
  const isArn = name.startsWith('arn:');
  if (!isArn && stackName === undefined) throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  if (stackName !== undefined && !isArn && !cloudFormation.findStack(stackName)) throw validationError(`Stack [${stackName}] does not exist`);
  return cloudFormation.findChangeSet(name, stackName);
}

function existingChangeSet(cloudFormation: CloudFormation, name: string, stackName: string | undefined): ChangeSet {
  const found = findChangeSet(cloudFormation, name, stackName);
  if (!found) throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404);
  return found;
}

function constraint(value: string, field: string, rule: string): Error {
  return validationError(`1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${rule}`);
}

/** Some actions put it differently, and the CDK CLI knows. */
function bracketedStack({ cloudFormation, query }: Call): Stack {
  const name = query.need('StackName');
  const stack = cloudFormation.findStack(name);
  if (!stack) throw validationError(`Stack [${name}] does not exist`);
  return stack;
}
