/** What the handlers import as `@aws-sdk/client-cleanroomsml` where the real package is not installed. */
import { EXCEPTIONS } from './exceptions';

export { CleanRoomsMLClient, type CleanRoomsMLClientConfig } from './client';
export * from './commands';
export { CleanRoomsMLServiceException } from './exceptions';
export const {
  AccessDeniedException, ConflictException, ResourceNotFoundException, ServiceQuotaExceededException, ThrottlingException, ValidationException,
} = EXCEPTIONS;
