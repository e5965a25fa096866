import { byName, World } from './world';
import { Settings } from '../../../local-aws/cloudformation/settings';
import { Values } from '../../../local-aws/cloudformation/values';

/* A stack of custom resources that is deployed with rollback disabled. */

export const STACK = 'Stack';
export const NO_ROLLBACK = { rollback: false };

/** A stack after one deployment, without what was asked for it. */
export async function deployed(template: Values, settings: Partial<Settings> = {}): Promise<World> {
  const world = new World(settings);
  world.handler = byName;
  await world.cloudFormation.deploy(STACK, template, NO_ROLLBACK);
  forget(world);
  return world;
}

export function forget({ received, calls }: World): void {
  received.length = 0;
  calls.length = 0;
}

export const physicalIds = (world: World) => [...world.cloudFormation.stack(STACK).resources.values()].map(({ physicalId }) => physicalId);
