import { Refusal, ServiceError, Superseded } from './errors';
import type { CustomResourceEvent } from './events';

/** Takes one line. It never sees a ResponseURL. */
export type Log = (line: string) => void;

/** Writes one line for what `work` observed and did, however it ends. */
export async function logged<T>(event: CustomResourceEvent, log: Log, work: (line: object) => Promise<T>): Promise<T> {
  const { RequestType, ResourceType, LogicalResourceId, PhysicalResourceId } = event;
  const line = { RequestType, ResourceType, LogicalResourceId, PhysicalResourceId };
  try {
    return await work(line);
  } catch (error) {
    Object.assign(line, { Error: describe(error) });
    throw error;
  } finally {
    log(JSON.stringify(line));
  }
}

export function describe(error: unknown): unknown {
  if (error instanceof Superseded) return `superseded, nothing done: ${error.message}`;
  if (error instanceof Refusal || error instanceof ServiceError) return error.message;
  // A fault of our own: where it happened is all there is to find it by.
  return error instanceof Error ? error.stack : String(error);
}
