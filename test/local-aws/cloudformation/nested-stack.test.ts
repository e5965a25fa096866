import { byName, customs, World } from './world';
import { AwsError } from '../../../local-aws/aws';
import type { Stack } from '../../../local-aws/cloudformation/stack';
import { Values } from '../../../local-aws/cloudformation/values';

const STACK = 'Outer';

let world: World;
beforeEach(() => {
  world = new World();
  world.handler = byName;
});

/** Has a template at a URL of its own: CDK names it by its content. */
function at(template: Values): string {
  const key = `${JSON.stringify(template).length}-${world.objects.size}.json`;
  world.objects.set(`templates/${key}`, Buffer.from(JSON.stringify(template)));
  return `https://s3.us-east-1.amazonaws.com/templates/${key}`;
}

/** A stack with `A` in it, by which it is known outside. */
function inner(name: string, more: Values = {}): string {
  return at(customs({ A: { name, ...more } }, { Outputs: { Name: { Value: { 'Fn::GetAtt': ['A', 'Name'] } } } }));
}

/** Uses what is nested by its output. */
function outer(url: string, b: Values = {}): Values {
  const { Resources } = customs({ B: { name: { 'Fn::GetAtt': ['Nested', 'Outputs.Name'] }, ...b } });
  return { Resources: { ...Resources as Values, Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url } } } };
}

const deploy = async (template: Values, options = {}) => world.cloudFormation.deploy(STACK, template, options);
const nested = (): Stack => world.cloudFormation.allStacks().find(({ parent }) => parent !== undefined)!;
const nestedStatuses = () => world.statuses(nested().stackId);

describe('a nested stack', () => {
  test('is created as a part of the one around it, which uses its outputs', async () => {
    expect(await deploy(outer(inner('one')))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(nested()).toMatchObject({ parent: { stackName: STACK }, stackName: expect.stringMatching(/^Outer-Nested-[A-Z0-9]{12}$/) });
    expect(nestedStatuses()).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
    expect(world.received.map(({ StackId, LogicalResourceId }) => [StackId, LogicalResourceId]))
      .toEqual([[nested().stackId, 'A'], [world.cloudFormation.stack(STACK).stackId, 'B']]);
    expect(world.received[1].ResourceProperties.name).toBe('one');
  });

  test('lets go of what it replaced only when the one around it does, users first', async () => {
    await deploy(outer(inner('one')));
    world.received.length = 0;
    expect(await deploy(outer(inner('two')))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.story).toEqual(['Update A A-one', 'Update B B-one', 'Delete B B-one', 'Delete A A-one']);
    expect(nestedStatuses().slice(2)).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE']);
    expect(nested().lastUpdatedTime).toBeDefined();
  });

  test('is left alone where only the one around it changes', async () => {
    const url = inner('one');
    await deploy(outer(url));
    const before = nestedStatuses();
    expect(await deploy(outer(url, { x: 1 }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await deploy(outer(url, { x: 2, fail: 'Update' }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(nestedStatuses()).toEqual(before);
    expect(nested().lastUpdatedTime).toBeUndefined();
  });

  test('goes back with the one around it, although it has succeeded itself', async () => {
    await deploy(outer(inner('one')));
    world.received.length = 0;
    expect(await deploy(outer(inner('two'), { fail: 'Update' }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.story).toEqual(['Update A A-one', 'Update B B-one', 'Update A A-two', 'Update B B-two', 'Delete B B-two', 'Delete A A-two']);
    expect(nestedStatuses().slice(2)).toEqual([
      'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect(nested().outputs).toMatchObject([{ value: 'one' }]);
    expect(await deploy(outer(inner('three')))).toMatchObject({ status: 'UPDATE_COMPLETE' });
  });

  test('that cannot be updated fails the one around it', async () => {
    await deploy(outer(inner('one')));
    const outcome = await deploy(outer(inner('two', { fail: 'Update' })));
    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(outcome.failures[0].reason).toBe(
      `Embedded stack ${nested().stackId} was not successfully updated: The following resource(s) failed to update: [A].`,
    );
    expect(nestedStatuses().slice(2)).toEqual([
      'UPDATE_IN_PROGRESS', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE',
    ]);
  });

  test('that cannot be created is deleted with the one around it', async () => {
    const outcome = await deploy(outer(inner('one', { fail: 'Create' })));
    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(nestedStatuses()).toEqual(['CREATE_IN_PROGRESS', 'CREATE_FAILED', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
    expect(world.story).toEqual(['Create A', 'Delete A A-one']);
  });

  test('is given up with the one around it', async () => {
    await deploy(outer(inner('one')));
    world.handler = (event) => (event.RequestType === 'Update' && event.ResourceProperties.name === 'two' ? undefined : byName(event));
    const update = deploy(outer(inner('two')));
    await world.clock.sleep(60_000);
    world.cloudFormation.cancelUpdate(STACK);
    expect(await update).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(nestedStatuses().at(-1)).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  test('stays as it is where a failure is to be left', async () => {
    await deploy(outer(inner('one')));
    expect(await deploy(outer(inner('two', { fail: 'Update' })), { rollback: false })).toMatchObject({ status: 'UPDATE_FAILED' });
    expect(nested().status).toBe('UPDATE_FAILED');
    expect(await deploy(outer(inner('two')), { rollback: false })).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(nested().status).toBe('UPDATE_COMPLETE');
  });

  test('goes with the one around it, after what uses it', async () => {
    await deploy(outer(inner('one')));
    world.received.length = 0;
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story).toEqual(['Delete B B-one', 'Delete A A-one']);
    expect(nested()).toMatchObject({ status: 'DELETE_COMPLETE', deletionTime: expect.any(String) });
  });

  test('that cannot be deleted holds up the one around it', async () => {
    await deploy(outer(inner('one', { fail: 'Delete' })));
    const outcome = await world.cloudFormation.delete(STACK);
    expect(outcome).toMatchObject({ status: 'DELETE_FAILED' });
    expect(outcome.failures[0].reason).toMatch(/was not successfully deleted: The following resource\(s\) failed to delete: \[A\]/);
  });

  test('may be gone already when the one around it goes', async () => {
    await deploy(outer(inner('one')));
    await world.cloudFormation.delete(nested().stackId);
    const before = nestedStatuses();
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(nestedStatuses()).toEqual(before);
  });

  test('has a name that fits, whatever those of the stack and the resource', async () => {
    const [stackName, logicalId] = ['S'.repeat(128), 'L'.repeat(255)];
    const Nested = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: inner('one') } };
    expect(await world.cloudFormation.deploy(stackName, { Resources: { [logicalId]: Nested } })).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(nested().stackName).toHaveLength(128);
  });

  test('goes when it is removed, once all else has succeeded', async () => {
    await deploy(outer(inner('one')));
    expect(await deploy(customs({ B: { name: 'alone' } }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(nested().status).toBe('DELETE_COMPLETE');
  });

  test('has the tags of the one around it, and its own', async () => {
    const template = outer(inner('one'));
    ((template.Resources as Values).Nested as { Properties: Values }).Properties.Tags = [{ Key: 'team', Value: 'inner' }];
    await deploy(template, { tags: { team: 'outer', cost: '7' } });
    expect(nested().tags).toEqual([{ key: 'team', value: 'inner' }, { key: 'cost', value: '7' }]);
  });

  test('takes parameters as strings', async () => {
    const url = at(customs({ A: { name: { Ref: 'Name' } } }, { Parameters: { Name: { Type: 'String' } } }));
    await deploy({ Resources: { Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url, Parameters: { Name: 7 } } } } });
    expect(world.received[0].ResourceProperties.name).toBe('7');
  });
});

test.each<[string, Values, string]>([
  ['without a template', {}, 'required key [TemplateURL] not found'],
  ['with what it does not know', { TemplateURL: 'https://s3.us-east-1.amazonaws.com/a/b', Template: 'x' }, 'extraneous key [Template] is not permitted'],
  ['with a template that is not there', { TemplateURL: 'https://s3.us-east-1.amazonaws.com/a/b' }, 'The specified key does not exist'],
])('a nested stack %s is refused', async (_, Properties, reason) => {
  const outcome = await deploy({ Resources: { Nested: { Type: 'AWS::CloudFormation::Stack', Properties } } });
  expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ reason: expect.stringContaining(reason) }] });
});

test('a nested stack with a parameter that its template does not have is refused', async () => {
  const outcome = await deploy({ Resources: { Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: inner('one'), Parameters: { Other: 'x' } } } } });
  expect(outcome.failures[0].reason).toBe('Parameters: [Other] do not exist in the template');
});

test.each([['CreateStack', 'ROLLBACK_COMPLETE'], ['UpdateStack', 'UPDATE_ROLLBACK_FAILED']])('whoever deploys must be allowed to %s', async (action, status) => {
  if (action === 'UpdateStack') await deploy(outer(inner('one')));
  world.denied.add(`cloudformation:${action}`);
  const outcome = await deploy(outer(inner('two')));
  expect(outcome).toMatchObject({ status });
  expect(outcome.failures[0].reason).toMatch(new RegExp(`not authorized to perform: cloudformation:${action} on resource: arn:aws:cloudformation:.*Outer-Nested-`));
});

test('whoever deletes must be allowed to delete what is nested', async () => {
  await deploy(outer(inner('one')));
  world.denied.add('cloudformation:DeleteStack');
  const outcome = await world.cloudFormation.delete(STACK);
  expect(outcome).toMatchObject({ status: 'DELETE_FAILED', failures: [{ logicalId: 'Nested' }] });
  expect(outcome.failures[0].reason).toContain('not authorized to perform: cloudformation:DeleteStack');
  expect(nestedStatuses().at(-1)).toBe('CREATE_COMPLETE');
});

test('only an output is an attribute of a nested stack', async () => {
  const template = outer(inner('one'), { other: { 'Fn::GetAtt': ['Nested', 'Name'] } });
  await expect(deploy(template)).rejects.toThrow(AwsError);
});
