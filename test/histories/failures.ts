import type { CleanRoomsMl } from '../../local-aws/cleanroomsml/cleanroomsml';

/** Whoever sees that a stack could not be deleted tries again, so often and after so many minutes. */
export const ATTEMPTS = 30;
export const PAUSE = 30;

/** What the service takes, and fails at later. */
interface Failing {
  readonly trainingFails: boolean;
  readonly deletionsFail?: boolean;
}

/** Lets models fail as a step says, until the function that it returns is called. */
export function failModels(
  service: CleanRoomsMl, { trainingFails, deletionsFail = false }: Failing, which: Parameters<CleanRoomsMl['failTraining']>[0] = () => true,
): () => void {
  const heals = [
    ...trainingFails ? [service.failTraining(which, { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' })] : [],
    ...deletionsFail ? [service.failDeletion(which, { statusCode: 'INTERNAL', message: 'as the history asked' })] : [],
  ];
  return () => heals.forEach((heal) => heal());
}
