import {
  CreateChangeSetCommand, DescribeChangeSetCommand, DescribeStackResourceCommand, DescribeStacksCommand, GetTemplateCommand,
  GetTemplateSummaryCommand, ListChangeSetsCommand, ListExportsCommand, ListImportsCommand, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { clientOf } from './client';
import { customs, ROOT, World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { CloudFormationApi } from '../../../local-aws/cloudformation/api';
import { Values } from '../../../local-aws/cloudformation/values';

/* What the API shows of stacks, change sets and templates. */

const StackName = 'Stack';
const body = (template: Values) => JSON.stringify(template);
const ONE = body(customs({ A: { x: 1 } }, { Description: 'the first' }));
const TWO = body(customs({ A: { x: 2 } }, { Description: 'the second' }));

async function created(template: string | Values = ONE, options = {}) {
  const world = new World();
  await world.cloudFormation.deploy(StackName, template, options);
  return { world, client: clientOf(world) };
}

describe('a template', () => {
  test('is shown as it is deployed, and as a change set has it', async () => {
    const { world, client } = await created();
    const { StackId } = await client.send(new CreateChangeSetCommand({ StackName, ChangeSetName: 'c', TemplateBody: TWO }));
    const shown = async (input: object) => (await client.send(new GetTemplateCommand(input as { StackName: string }))).TemplateBody;
    expect(await shown({ StackName })).toBe(ONE);
    expect(await shown({ StackName, ChangeSetName: 'c' })).toBe(TWO);
    expect(await shown({ StackName: StackId })).toBe(ONE);
    expect(world.cloudFormation.describe(StackName).status).toBe('CREATE_COMPLETE');
  });

  test('is summarized as it is given, or as it is deployed', async () => {
    const parameters: Values = { P: { Type: 'String', Default: 'd', Description: 'a parameter', AllowedValues: ['d', 'e'], NoEcho: true } };
    const { client } = await created(customs({ A: {} }, { Parameters: parameters }));
    expect(await client.send(new GetTemplateSummaryCommand({ StackName }))).toMatchObject({
      Parameters: [{
        ParameterKey: 'P', ParameterType: 'String', DefaultValue: 'd', Description: 'a parameter', NoEcho: true, ParameterConstraints: { AllowedValues: ['d', 'e'] },
      }],
      ResourceTypes: ['Custom::Thing'],
    });
    expect(await client.send(new GetTemplateSummaryCommand({ TemplateBody: TWO }))).toMatchObject({ Description: 'the second' });
    await expect(client.send(new GetTemplateSummaryCommand({ TemplateBody: TWO, TemplateURL: 'https://s3.amazonaws.com/a/b' })))
      .rejects.toThrow('Either Template URL or Template Body must be specified.');
    await expect(client.send(new GetTemplateSummaryCommand({}))).rejects.toThrow('Either Template URL or Template Body must be specified.');
  });
});

describe('a stack', () => {
  test('is shown with its tags, its capabilities and its times', async () => {
    const role = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'r', AssumeRolePolicyDocument: {} } };
    const template = (Description: string) => ({ Description, Resources: { R: role } });
    const { world, client } = await created(template('one'), { tags: { team: 'ml' } });
    await world.cloudFormation.deploy(StackName, { ...template('two'), Outputs: { O: { Value: 'o' } } }, { tags: { team: 'ads' } });
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    expect(stack).toMatchObject({
      Description: 'two',
      StackStatus: 'UPDATE_COMPLETE',
      Tags: [{ Key: 'team', Value: 'ads' }],
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
      EnableTerminationProtection: false,
    });
    expect(stack.LastUpdatedTime?.getTime()).toBeGreaterThan(stack.CreationTime?.getTime() ?? Infinity);
    expect(stack).not.toHaveProperty('ParentId');
  });

  test('that is nested names the one around it, and the outermost', async () => {
    const world = new World();
    const around = (template: Values, name: string): Values => {
      world.objects.set(`templates/${name}`, Buffer.from(body(template)));
      return { Resources: { [name]: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: `https://s3.amazonaws.com/templates/${name}` } } } };
    };
    await world.cloudFormation.deploy(StackName, around(around(customs({ A: {} }), 'Inner'), 'Middle'));
    const { Stacks = [] } = await clientOf(world).send(new DescribeStacksCommand({}));
    const [outer, middle, inner] = Stacks;
    expect(Stacks).toHaveLength(3);
    expect(outer).not.toHaveProperty('RootId');
    expect(middle).toMatchObject({ ParentId: outer.StackId, RootId: outer.StackId });
    expect(inner).toMatchObject({ ParentId: middle.StackId, RootId: outer.StackId });
  });

  test('has resources whose metadata is shown', async () => {
    const { client } = await created(customs({ A: { $: { Metadata: { made: 'by hand' } } }, B: {} }));
    const detail = async (LogicalResourceId: string) => {
      const { StackResourceDetail } = await client.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId }));
      return StackResourceDetail;
    };
    expect(await detail('A')).toMatchObject({ Metadata: '{"made":"by hand"}', DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' } });
    expect(await detail('B')).not.toHaveProperty('Metadata');
  });

  test('keeps a parameter that is to have its previous value', async () => {
    const { world, client } = await created(customs({ A: { p: { Ref: 'P' } } }, { Parameters: { P: { Type: 'String', Default: 'd' } } }), { parameters: { P: 'given' } });
    const update = async (parameter: { ParameterValue?: string; UsePreviousValue?: boolean }, x: number) => {
      const template = customs({ A: { p: { Ref: 'P' }, x } }, { Parameters: { P: { Type: 'String', Default: 'd' } } });
      await client.send(new UpdateStackCommand({ StackName, TemplateBody: body(template), Parameters: [{ ParameterKey: 'P', ...parameter }] }));
      await world.cloudFormation.settled(world.cloudFormation.describe(StackName));
      return world.received.at(-1)?.ResourceProperties.p;
    };
    expect(await update({ UsePreviousValue: true }, 1)).toBe('given');
    expect(await update({ ParameterValue: 'other', UsePreviousValue: false }, 2)).toBe('other');
  });
});

describe('change sets', () => {
  test('are shown with what they were given', async () => {
    const { client } = await created();
    const Tags = [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }];
    await client.send(new CreateChangeSetCommand({ StackName, ChangeSetName: 'c', TemplateBody: TWO, Description: 'says why', Tags, OnStackFailure: 'ROLLBACK' }));
    expect(await client.send(new DescribeChangeSetCommand({ StackName, ChangeSetName: 'c' }))).toMatchObject({
      ChangeSetName: 'c',
      Description: 'says why',
      Tags,
      OnStackFailure: 'ROLLBACK',
      IncludeNestedStacks: false,
      Changes: [{ ResourceChange: { Scope: ['Properties'], PhysicalResourceId: 'A-1' } }],
    });
    expect((await client.send(new ListChangeSetsCommand({ StackName }))).Summaries).toMatchObject([{ ChangeSetName: 'c', Description: 'says why' }]);
  });

  test('have a name of their own', async () => {
    const { world, client } = await created();
    const create = async (ChangeSetName: string) => client.send(new CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody: TWO }));
    await create('c');
    await expect(create('c')).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await create('d');
    expect((await client.send(new ListChangeSetsCommand({ StackName }))).Summaries).toMatchObject([{ ChangeSetName: 'c' }, { ChangeSetName: 'd' }]);
    expect(world.cloudFormation.describe(StackName).status).toBe('CREATE_COMPLETE');
  });

  test('are of no stack but their own', async () => {
    const { world, client } = await created();
    await world.cloudFormation.deploy('Other', ONE);
    const ids: (string | undefined)[] = [];
    for (const name of [StackName, 'Other']) ids.push((await client.send(new CreateChangeSetCommand({ StackName: name, ChangeSetName: 'c', TemplateBody: TWO }))).Id);
    expect(await client.send(new DescribeChangeSetCommand({ StackName: 'Other', ChangeSetName: 'c' }))).toMatchObject({ ChangeSetId: ids[1] });
    await expect(client.send(new DescribeChangeSetCommand({ StackName: 'Other', ChangeSetName: 'd' })))
      .rejects.toMatchObject({ name: 'ChangeSetNotFoundException', $metadata: { httpStatusCode: 404 } });
  });

  test('that import are none that there are here', async () => {
    const { client } = await created();
    await expect(client.send(new CreateChangeSetCommand({ StackName, ChangeSetName: 'c', TemplateBody: TWO, ChangeSetType: 'IMPORT' }))).rejects.toThrow('type IMPORT');
  });

  test('are not left by a stack that is created and updated directly', async () => {
    const { world, client } = await created();
    const listed = async () => (await client.send(new ListChangeSetsCommand({ StackName }))).Summaries ?? [];
    await expect(client.send(new UpdateStackCommand({ StackName, TemplateBody: ONE }))).rejects.toThrow('No updates are to be performed.');
    expect(await listed()).toEqual([]);
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: TWO }));
    await world.cloudFormation.settled(world.cloudFormation.describe(StackName));
    expect(await listed()).toEqual([]);
  });
});

test('exports are listed with who exports and who imports them', async () => {
  const { world, client } = await created(customs({ A: {} }, { Outputs: { Out: { Value: 'v', Export: { Name: 'shared' } }, Alone: { Value: 'a' } } }));
  const ExportingStackId = world.cloudFormation.describe(StackName).stackId;
  expect((await client.send(new ListExportsCommand({}))).Exports).toEqual([{ ExportingStackId, Name: 'shared', Value: 'v' }]);
  await client.send(new CreateChangeSetCommand({ StackName: 'Reviewed', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody: ONE }));
  await expect(client.send(new ListImportsCommand({ ExportName: 'shared' }))).rejects.toThrow("Export 'shared' is not imported by any stack.");
  await world.cloudFormation.deploy('Importer', customs({ B: { v: { 'Fn::ImportValue': 'shared' } } }));
  expect((await client.send(new ListImportsCommand({ ExportName: 'shared' }))).Imports).toEqual(['Importer']);
  await world.cloudFormation.delete('Importer');
  await world.cloudFormation.delete(StackName);
  expect((await client.send(new ListExportsCommand({}))).Exports ?? []).toEqual([]);
});

describe('over HTTP', () => {
  const ask = async (world: World, parameters: string, inBody = true) => new CloudFormationApi(world.cloudFormation).handle({
    principal: ROOT,
    method: inBody ? 'POST' : 'GET',
    path: '/',
    headers: {},
    query: new URLSearchParams(inBody ? '' : parameters),
    body: Buffer.from(inBody ? parameters : ''),
  });

  test.each([true, false])('a question is answered in XML, its parameters in the body: %s', async (inBody) => {
    const { world } = await created();
    const { status, headers, body: xml } = await ask(world, 'Action=GetTemplate&StackName=Stack', inBody);
    expect([status, headers]).toEqual([200, { 'content-type': 'text/xml' }]);
    expect(xml).toMatch(new RegExp(
      '^<\\?xml version="1.0" encoding="UTF-8"\\?>\n<GetTemplateResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><GetTemplateResult>' +
      '.*</GetTemplateResult><ResponseMetadata><RequestId>[0-9a-f-]{36}</RequestId></ResponseMetadata></GetTemplateResponse>$',
    ));
  });

  test.each([[400, 'Sender'], [499, 'Sender'], [500, 'Receiver'], [503, 'Receiver']])('an error with status %s is the fault of the %s', async (status, type) => {
    const { world } = await created();
    jest.spyOn(world.cloudFormation, 'allStacks').mockImplementation(() => { throw new AwsError('Oops', 'it broke', status); });
    const answer = await ask(world, 'Action=DescribeStacks');
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(new RegExp(
      '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">' +
      `<Error><Type>${type}</Type><Code>Oops</Code><Message>it broke</Message></Error><RequestId>[0-9a-f-]{36}</RequestId></ErrorResponse>$`,
    ));
  });

  test('what is no error of AWS is passed on', async () => {
    const { world } = await created();
    jest.spyOn(world.cloudFormation, 'allStacks').mockImplementation(() => { throw new TypeError('a bug'); });
    await expect(ask(world, 'Action=DescribeStacks')).rejects.toThrow(TypeError);
  });
});
