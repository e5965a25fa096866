import { Refusal, ServiceError } from './errors';
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
export async function mustNotBeImported({ service, note }: Step, values: readonly string[]): Promise<void> {
  try {
    const pages = await pagesOf(async (NextToken) => {
      const page = await service.call('ListExports', { NextToken });
      return { ...page, nextToken: page.NextToken };
    });
    for (const { Name: name, Value: value } of pages.flatMap(({ Exports = [] }) => Exports)) {
      if (name === undefined || value === undefined || !values.includes(value)) continue;
      // That nobody imports it is an error.
      const imports = (await unless('ValidationError', service.call('ListImports', { ExportName: name })))?.Imports ?? [];
      if (imports.length > 0) {
        throw new Refusal(`the change replaces ${value}, which ${imports.join(', ')} imports as ${name}, and AWS CloudFormation would refuse that after the training: `
          + 'undo it, or have it imported by a weak reference first (CrossStackReferences)');
      }
    }
  } catch (error) {
    if (!(error instanceof ServiceError && error.status === 403)) throw error;
    note(`not looked at: ${error.message}`);
  }
}

/** What the template replaces, by all that may be exported of it. */
export async function replacedBy(service: Service, { previous, properties, identity }: Request, oldArns: readonly string[]): Promise<string[]> {
  if (previous === undefined) return [];
  const { TrainingDatasetArn: old } = previous.properties;
  const dataset = typeof old === 'string' && old !== properties.TrainingDatasetArn ? [old, await nameOf(service, old)] : [];
  const model = previous.identity.name === identity.name ? oldArns : [previous.identity.name, ...oldArns];
  return [...model, ...dataset].filter((value) => value !== undefined);
}

async function nameOf(service: Service, trainingDatasetArn: string): Promise<string | undefined> {
  return (await ifFound(service.call('GetTrainingDataset', { trainingDatasetArn })))?.name;
}
