import type { Stack } from '@aws-sdk/client-cloudformation';
import type { Summary } from './detail';
import { inGrace, NotYet, Refusal, ServiceError } from './errors';
import type { Request } from './request';
import { ifFound, pagesOf, Service, unless } from './service';
import { describeStackResource } from './stack';
import type { Step } from './step';

/* What would make a deployment fail that has trained for days is refused before. */

/** The deployment waits in windows that are still to come, and only in those. */
export async function mustBeWaitedFor({ service, request }: Step, [window]: readonly string[]): Promise<void> {
  const state = window === undefined ? undefined : await describeStackResource(service, request.stackId, window);
  if (!state || !/^(CREATE|UPDATE)_COMPLETE$/.test(state.status)) return;
  throw new Refusal(`the deployment would not wait for the training: its wait conditions (${window}, …) are those of an earlier one, because what is changed `
    + 'shows in the deployment only, and not in the template: change generation in the same deployment, and there are new ones');
}

/** CloudFormation does not let go of what another stack imports: the new ARN would be refused after the training. */
export async function mustNotBeImported({ service, request, note, elapsed }: Step, replaced: readonly string[]): Promise<void> {
  try {
    const pages = await pagesOf(async (NextToken) => {
      const page = await service.call('ListExports', { NextToken });
      return { ...page, nextToken: page.NextToken };
    });
    const exports = pages.flatMap(({ Exports = [] }) => Exports).filter(({ Value: value }) => value !== undefined && replaced.includes(value));
    // What other stacks export of it stays as it is, and a value may be the same by chance.
    const own = exports.length > 0 ? await withParents(service, request.stackId) : [];
    for (const { Name: name = '', Value: value } of exports.filter(({ ExportingStackId = '' }) => own.includes(ExportingStackId))) {
      // That nobody imports it is an error.
      const imports = (await unless('ValidationError', service.call('ListImports', { ExportName: name })))?.Imports ?? [];
      if (imports.length === 0) continue;
      throw new Refusal(`the change replaces ${value}, which ${imports.join(', ')} imports as ${name}, and AWS CloudFormation would refuse that after the training: `
        + 'undo it, or have it imported by a weak reference first (CrossStackReferences)');
    }
  } catch (error) {
    if (!(error instanceof ServiceError && error.status === 403)) throw error;
    // The permission may be so new that it is not known everywhere.
    if (inGrace(elapsed())) throw new NotYet(error.message);
    note(`not looked at: ${error.message}`);
  }
}

/** A stack, and those that it is nested in. */
async function withParents(service: Service, stackId: string): Promise<string[]> {
  const { Stacks: [{ ParentId, RootId } = {}] = [] } = await service.call('DescribeStacks', { StackName: stackId }) as { Stacks?: Partial<Stack>[] };
  return [stackId, ParentId, RootId].filter((id) => id !== undefined);
}

/** What the template replaces, by all that may be exported of it. */
export async function replacedBy(
  service: Service, { previous, properties, identity, physicalId }: Request, models: readonly Summary[],
): Promise<string[]> {
  if (previous === undefined) return [];
  // An update that failed may have asked for another one than CloudFormation has.
  const names = [previous.identity.name, physicalId].filter((name) => name !== identity.name);
  const arns = models.filter(({ name }) => name === previous.identity.name || name === physicalId).map(({ arn }) => arn);
  const { TrainingDatasetArn: old } = previous.properties;
  const dataset = typeof old === 'string' && old !== properties.TrainingDatasetArn ? [old, await nameOf(service, old)] : [];
  return [...names, ...arns, ...dataset].filter((value) => value !== undefined);
}

async function nameOf(service: Service, trainingDatasetArn: string): Promise<string | undefined> {
  return (await ifFound(service.call('GetTrainingDataset', { trainingDatasetArn })))?.name;
}
