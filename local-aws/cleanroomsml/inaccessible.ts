import { StatusDetails } from './lifecycle';

/** The service could not get at what it needs. A call answers it as an error, a training or a job ends with it. */
export class Inaccessible extends Error {
  constructor(readonly statusCode: string, message: string) {
    super(message);
  }
}

/** What keeps a training or a job from being done, if it is the customer's data or roles. */
export async function obstacleTo(work: Promise<void>): Promise<StatusDetails | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Inaccessible) return { statusCode: error.statusCode, message: error.message };
    throw error;
  }
}
