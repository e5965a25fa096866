import { AwsError, Principal } from '../aws';
import {
  changeSetShape, changeSetSummaryShape, eventShape, resourceDetailShape, resourceShape, resourceSummaryShape, stackShape, stackSummaryShape,
  templateSummaryShape, validatedShape,
} from './api-shapes';
import { checkCapabilities } from './capabilities';
import { ChangeSet } from './change-sets';
import type { CloudFormation } from './cloudformation';
import { constraint, validationError } from './errors';
import { OnFailure, OperationOptions } from './operation';
import { Query } from './query';
import { ResourceView, Stack } from './stack';
import { templateOf } from './template-url';
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
    // The others are to be had from ListStackResources alone.
    const resources = wanted === undefined ? cloudFormation.resources(stack).slice(0, 100) : [shownResource(cloudFormation, stack, wanted)];
    return { StackResources: resources.map((resource) => resourceShape(stack, resource)) };
  },

  DescribeStackResource({ cloudFormation, query }) {
    const stack = cloudFormation.stack(query.need('StackName'));
    return { StackResourceDetail: resourceDetailShape(stack, shownResource(cloudFormation, stack, query.need('LogicalResourceId'))) };
  },

  ListStackResources({ cloudFormation, query }) {
    const { resources, nextToken } = cloudFormation.resourcePage(cloudFormation.stack(query.need('StackName')), query.get('NextToken'));
    return { StackResourceSummaries: resources.map(resourceSummaryShape), NextToken: nextToken };
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
    return templateSummaryShape(deployed ?? cloudFormation.checkedTemplate(templateOf(query, cloudFormation.services.s3)));
  },

  ValidateTemplate({ cloudFormation, query }) {
    return validatedShape(cloudFormation.checkedTemplate(templateOf(query, cloudFormation.services.s3)));
  },

  async CreateChangeSet(call) {
    const { query } = call;
    const type = query.get('ChangeSetType') ?? 'UPDATE';
    if (type !== 'CREATE' && type !== 'UPDATE') throw validationError(`The embedded AWS has no change sets of type ${type}.`);
    const changeSet = await changeSetFrom(call, type, query.need('ChangeSetName'));
    return { Id: changeSet.id, StackId: changeSet.stack.stackId };
  },

  DescribeChangeSet({ cloudFormation, query }) {
    return changeSetShape(existingChangeSet(cloudFormation, query.need('ChangeSetName'), query.get('StackName')));
  },

  ListChangeSets(call) {
    return { Summaries: call.cloudFormation.changeSets.of(bracketedStack(call)).map(changeSetSummaryShape) };
  },

  ExecuteChangeSet({ cloudFormation, query }) {
    const changeSet = existingChangeSet(cloudFormation, query.need('ChangeSetName'), query.get('StackName'));
    const isChosen = query.get('DisableRollback') !== undefined;
    if (isChosen && changeSet.onFailure !== undefined) {
      throw validationError('DisableRollback cannot be specified for a change set that was created with OnStackFailure.');
    }
    cloudFormation.changeSets.execute(changeSet, { ...optionsOf(query), ...isChosen ? {} : { onFailure: undefined } });
    return {};
  },

  /** A change set that is not there is as good as deleted; a stack has to be. */
  DeleteChangeSet({ cloudFormation, query }) {
    const changeSet = findChangeSet(cloudFormation, query.need('ChangeSetName'), query.get('StackName'));
    if (changeSet) cloudFormation.changeSets.delete(changeSet);
    return {};
  },

  async CreateStack(call) {
    const { cloudFormation, query } = call;
    const stackName = query.need('StackName');
    if (cloudFormation.findStack(stackName)) throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists`);
    const onFailure = choice(query, 'OnFailure');
    if (onFailure !== undefined && query.get('DisableRollback') !== undefined) throw validationError('Either OnFailure or DisableRollback may be specified, but not both.');
    const changeSet = await changeSetFrom(call, 'CREATE');
    changeSet.stack.terminationProtection = query.flag('EnableTerminationProtection');
    changeSet.stack.doesNothingOnFailure = onFailure === 'DO_NOTHING';
    cloudFormation.changeSets.execute(changeSet, { ...optionsOf(query), ...onFailure && { onFailure } });
    return { StackId: changeSet.stack.stackId };
  },

  async UpdateStack(call) {
    const { cloudFormation, query } = call;
    const changeSet = await changeSetFrom(call, 'UPDATE');
    if (changeSet.status === 'FAILED') throw validationError('No updates are to be performed.');
    cloudFormation.changeSets.execute(changeSet, optionsOf(query));
    return { StackId: changeSet.stack.stackId };
  },

  CancelUpdateStack({ cloudFormation, query }) {
    cloudFormation.cancelUpdate(query.need('StackName'));
    return {};
  },

  async RollbackStack(call) {
    const { cloudFormation, query } = call;
    const stack = cloudFormation.stack(query.need('StackName'));
    await takeRole(call, stack);
    cloudFormation.rollbackStack(stack, { retainExceptOnCreate: query.flag('RetainExceptOnCreate') });
    return { StackId: stack.stackId };
  },

  async ContinueUpdateRollback(call) {
    const { cloudFormation, query } = call;
    const stack = cloudFormation.stack(query.need('StackName'));
    await takeRole(call, stack);
    cloudFormation.continueRollback(stack, { skipped: query.list('ResourcesToSkip'), force: query.flag('ForceRollback') });
    return {};
  },

  /** Deleting what does not exist succeeds. */
  DeleteStack({ cloudFormation, principal, query }) {
    const stack = cloudFormation.findStack(query.need('StackName'));
    if (!stack) return {};
    cloudFormation.deleteStack(stack, {
      // A stack that was made with a role goes with it.
      principal: stack.roleArn === undefined ? principal : undefined,
      retained: new Set(query.list('RetainResources')),
      force: query.get('DeletionMode') === 'FORCE_DELETE_STACK',
    });
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

async function changeSetFrom({ cloudFormation, principal, query }: Call, type: 'CREATE' | 'UPDATE', changeSetName?: string): Promise<ChangeSet> {
  const { iam, s3 } = cloudFormation.services;
  const stackName = query.need('StackName');
  const stack = cloudFormation.findStack(stackName);
  const template = query.flag('UsePreviousTemplate') ? stack?.blueprint?.template.body ?? '' : templateOf(query, s3);
  checkCapabilities(cloudFormation.checkedTemplate(template), query.list('Capabilities'));
  if (query.get('DeploymentConfig.Mode') === 'EXPRESS') throw validationError('The embedded AWS has no express mode.');
  const onFailure = choice(query, 'OnStackFailure');
  if (onFailure === 'DELETE' && type !== 'CREATE') throw validationError('OnStackFailure can be DELETE only for a change set of type CREATE.');
  const roleArn = query.get('RoleARN') ?? stack?.roleArn;
  if (roleArn !== undefined) await iam.passRole(principal, roleArn, 'cloudformation.amazonaws.com');
  return cloudFormation.changeSets.create(principal, {
    stackName,
    changeSetName,
    type,
    template,
    roleArn,
    retries: changeSetName === undefined,
    description: query.get('Description'),
    onFailure,
    tags: query.structures('Tags').map((field) => ({ key: field('Key') ?? '', value: field('Value') ?? '' })),
    parameters: query.structures('Parameters').map((field) => ({
      key: field('ParameterKey') ?? '', value: field('ParameterValue'), usePreviousValue: field('UsePreviousValue') === 'true',
    })),
  });
}

const ON_FAILURE: readonly string[] = ['DO_NOTHING', 'ROLLBACK', 'DELETE'] satisfies OnFailure[];

function choice(query: Query, name: 'OnFailure' | 'OnStackFailure'): OnFailure | undefined {
  const value = query.get(name);
  if (value === undefined || ON_FAILURE.includes(value)) return value as OnFailure | undefined;
  throw constraint(value, name.charAt(0).toLowerCase() + name.slice(1), `Member must satisfy enum value set: [${ON_FAILURE.join(', ')}]`);
}

function optionsOf(query: Query): OperationOptions {
  return { onFailure: query.flag('DisableRollback') ? 'DO_NOTHING' : 'ROLLBACK', retainExceptOnCreate: query.flag('RetainExceptOnCreate') };
}

/** From now on the stack acts as the role that is named, or as before, or as who asks. */
async function takeRole({ cloudFormation, principal, query }: Call, stack: Stack): Promise<void> {
  const roleArn = query.get('RoleARN');
  if (roleArn !== undefined) {
    await cloudFormation.services.iam.passRole(principal, roleArn, 'cloudformation.amazonaws.com');
    stack.principal = await cloudFormation.assume(roleArn);
    stack.roleArn = roleArn;
  } else if (stack.roleArn === undefined) {
    stack.principal = principal;
  }
}

function shownResource(cloudFormation: CloudFormation, stack: Stack, wanted: string): ResourceView {
  return cloudFormation.resources(stack).find(({ logicalId }) => logicalId === wanted) ?? stack.resource(wanted);
}

function findChangeSet(cloudFormation: CloudFormation, name: string, stackName: string | undefined): ChangeSet | undefined {
  const isArn = name.startsWith('arn:');
  if (!isArn && stackName === undefined) throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  if (stackName !== undefined && !isArn && !cloudFormation.findStack(stackName)) throw validationError(`Stack [${stackName}] does not exist`);
  return cloudFormation.changeSets.find(name, stackName);
}

function existingChangeSet(cloudFormation: CloudFormation, name: string, stackName: string | undefined): ChangeSet {
  const found = findChangeSet(cloudFormation, name, stackName);
  if (!found) throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404);
  return found;
}

/** Some actions put it differently, and the CDK CLI knows. */
function bracketedStack({ cloudFormation, query }: Call): Stack {
  const name = query.need('StackName');
  const stack = cloudFormation.findStack(name);
  if (!stack) throw validationError(`Stack [${name}] does not exist`);
  return stack;
}
