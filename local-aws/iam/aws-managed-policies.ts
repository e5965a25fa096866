import type { PolicyDocument } from './policy-document';

const PREFIX = 'arn:aws:iam::aws:policy/';

export const ADMINISTRATOR_ACCESS = `${PREFIX}AdministratorAccess`;
export const CLOUDFORMATION_READ_ONLY_ACCESS = `${PREFIX}AWSCloudFormationReadOnlyAccess`;
export const READ_ONLY_ACCESS = `${PREFIX}ReadOnlyAccess`;

const LOGGING = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const NETWORKING = [
  'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
];

/** The policies that AWS itself provides, as far as CDK and its bootstrap stack attach them. */
export const AWS_MANAGED_POLICIES: Readonly<Record<string, PolicyDocument>> = {
  [ADMINISTRATOR_ACCESS]: allow(['*']),
  [CLOUDFORMATION_READ_ONLY_ACCESS]: allow([
    'cloudformation:Describe*', 'cloudformation:EstimateTemplateCost', 'cloudformation:Get*', 'cloudformation:List*',
    'cloudformation:ValidateTemplate', 'cloudformation:Detect*',
  ]),
  // The real one lists every service; this one, those that exist here.
  [READ_ONLY_ACCESS]: allow([
    'cloudformation:Describe*', 'cloudformation:Get*', 'cloudformation:List*', 'cleanrooms-ml:Get*', 'cleanrooms-ml:List*', 'glue:Get*', 'glue:List*',
    'iam:Get*', 'iam:List*', 'kms:Describe*', 'kms:Get*', 'kms:List*', 'lambda:Get*', 'lambda:List*', 'logs:Describe*', 'logs:Get*', 's3:Get*',
    's3:List*', 'ssm:Describe*', 'ssm:Get*', 'ssm:List*', 'states:Describe*', 'states:Get*', 'states:List*', 'sts:GetCallerIdentity',
  ]),
  [`${PREFIX}service-role/AWSLambdaBasicExecutionRole`]: allow(LOGGING),
  [`${PREFIX}service-role/AWSLambdaVPCAccessExecutionRole`]: allow([...LOGGING, ...NETWORKING]),
};

function allow(actions: string[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
}
