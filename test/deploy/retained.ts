import type { RetailProps } from './retail';
import type { World } from './world';

/* What stays of a stack. */

/** The audience models that are there. */
export function models({ service }: World): string[] {
  return service.audienceModels().map(({ arn }) => arn);
}

/** The audience models that are there, after a deployment that works. */
export async function deployed(world: World, props: RetailProps): Promise<string[]> {
  const outcome = await world.deploy(props);
  expect(world.reasons(outcome)).toBe('');
  expect(outcome.status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
  return models(world);
}

/** The audience models that are there when the stack has gone. */
export async function deleted(world: World): Promise<string[]> {
  const outcome = await world.delete();
  expect(world.reasons(outcome)).toBe('');
  expect(outcome.status).toBe('DELETE_COMPLETE');
  expect(world.held()).toMatchObject({ configuredAudienceModels: [], policies: [] });
  return models(world);
}
