import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { OwnershipTag } from './contract';
import { allow, serviceArn } from './service';

/** What writes the resource policy of a configured audience model. */
export const POLICY_ACTIONS = ['DeleteConfiguredAudienceModelPolicy', 'PutConfiguredAudienceModelPolicy'];

/**
 * What the handler may do, whatever resources there are in the stack: of constant size, and nothing is missing when a construct has gone.
 * It creates only what bears the tag of this stack, and changes nothing that bears another's. What bears none is the handler's to protect.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
 */
export function handlerStatements(scope: Construct, stateMachine: sfn.StateMachine): iam.PolicyStatement[] {
  const datasets = serviceArn(scope, 'training-dataset');
  const models = serviceArn(scope, 'audience-model');
  const configuredModels = serviceArn(scope, 'configured-audience-model');
  const executions = Stack.of(scope).formatArn({
    service: 'states', resource: 'execution', resourceName: `${stateMachine.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return [
    // To list knows no resource, and neither does creating a dataset.
    new iam.PolicyStatement({ actions: ['cloudformation:ListExports', 'cloudformation:ListImports'], resources: ['*'] }),
    allow(['ListAudienceModels', 'ListConfiguredAudienceModels', 'ListTrainingDatasets'], '*'),
    onlyOwn('StringEquals', 'aws:RequestTag', allow(['CreateTrainingDataset'], '*')),
    onlyOwn('StringEquals', 'aws:RequestTag', allow(['CreateAudienceModel', 'CreateConfiguredAudienceModel'], datasets, models)),
    allow(['GetAudienceModel', 'GetConfiguredAudienceModel', 'GetConfiguredAudienceModelPolicy', 'GetTrainingDataset', 'ListTagsForResource'],
      datasets, models, configuredModels),
    // To point a configured audience model to another audience model needs a permission on that one too, whosever it is.
    allow(['UpdateConfiguredAudienceModel'], models),
    // The key is absent where the resource bears no tag, or is being created.
    onlyOwn('StringEqualsIfExists', 'aws:ResourceTag', allow([
      'DeleteAudienceModel', 'DeleteConfiguredAudienceModel', 'DeleteTrainingDataset', 'TagResource', 'UnTagResource', 'UpdateConfiguredAudienceModel',
      ...POLICY_ACTIONS,
    ], datasets, models, configuredModels)),
    new iam.PolicyStatement({ actions: ['states:ListExecutions', 'states:StartExecution'], resources: [stateMachine.stateMachineArn] }),
    new iam.PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [executions] }),
    new iam.PolicyStatement({
      actions: ['cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks', 'cloudformation:SignalResource'],
      resources: [Aws.STACK_ID],
    }),
  ];
}

function onlyOwn(operator: string, key: string, statement: iam.PolicyStatement): iam.PolicyStatement {
  statement.addCondition(operator, { [`${key}/${OwnershipTag.STACK_ID}`]: Aws.STACK_ID });
  return statement;
}
