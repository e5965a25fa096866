/* What the statuses of resources say. */

export function isTraining(status: string): boolean {
  return status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS';
}

export function isBeingDeleted(status: string): boolean {
  return status === 'DELETE_PENDING' || status === 'DELETE_IN_PROGRESS';
}

export function isAlive(status: string): boolean {
  return status === 'ACTIVE' || isTraining(status);
}
