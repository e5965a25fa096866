import { isTransient, ServiceError } from '../../lambda/errors';

const error = (code: string, status?: number, message = 'message') => new ServiceError('CreateAudienceModel', code, message, status);

test.each([
  ['ThrottlingException', 429],
  ['Throttling', 400],
  ['TooManyRequestsException', 400],
  ['RequestLimitExceeded', 400],
  ['ExecutionLimitExceeded', 400],
  // It was listed, or its name is taken.
  ['ExecutionDoesNotExist', 400],
  ['ServiceQuotaExceededException', 402],
  ['ConflictException', 409],
  ['InternalServerException', 500],
  ['ServiceUnavailable', 503],
  ['RequestTimeout', 408],
  ['ECONNRESET', undefined],
  ['TimeoutError', undefined],
  ['AbortError', undefined],
])('%s (%p) may pass, however late', (code, status) => {
  expect(isTransient(error(code, status), 0)).toBe(true);
  expect(isTransient(error(code, status), 3_600_000)).toBe(true);
});

test.each([
  ['AccessDeniedException', 403, 'User is not authorized to perform iam:PassRole'],
  ['AccessDeniedException', 400, 'User is not authorized to perform: states:StartExecution'],
  ['AccessDenied', 403, 'User is not authorized to perform: cloudformation:DescribeStacks'],
  ['ExpiredTokenException', 403, 'expired'],
  ['ResourceNotFoundException', 404, 'no such dataset'],
  ['ValidationException', 400, 'The role cannot be assumed'],
  ['ValidationException', 400, 'Unable to assume arn:aws:iam::111122223333:role/x'],
  ['ValidationException', 400, 'Invalid principal in policy'],
  ['ValidationException', 400, 'Role is not ready'],
  ['ValidationException', 400, 'Assuming it failed'],
  ['ValidationException', 400, 'Principal is not known'],
])('%s (%p: %s) may pass for a minute', (code, status, message) => {
  expect(isTransient(error(code, status, message), 59_999)).toBe(true);
  expect(isTransient(error(code, status, message), 60_000)).toBe(false);
});

test.each([
  ['ValidationException', 400, 'name must not be blank'],
  ['ValidationException', 400, 'the enrolment is controlled'],
  ['SerializationException', 400, 'not JSON'],
  ['ValidationError', 400, 'Stack does not exist'],
  ['InvalidName', 400, 'Invalid Name'],
])('%s (%p: %s) does not pass', (code, status, message) => {
  expect(isTransient(error(code, status, message), 0)).toBe(false);
});

test('the message has the operation, the code and what the service said', () => {
  expect(error('ConflictException', 409, 'in use').message).toBe('CreateAudienceModel: ConflictException: in use');
});
