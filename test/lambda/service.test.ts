import { ServiceError } from '../../lambda/errors';
import { ifFound, pagesOf, unless } from '../../lambda/service';

const error = (code: string) => new ServiceError('GetAudienceModel', code, 'gone', 400);

test('what is there is what the call answers', async () => {
  expect(await ifFound(Promise.resolve(1))).toBe(1);
  expect(await unless('ValidationError', Promise.resolve(1))).toBe(1);
});

test('what is not there is undefined, and any other error is one', async () => {
  expect(await ifFound(Promise.reject(error('ResourceNotFoundException')))).toBeUndefined();
  expect(await unless('ValidationError', Promise.reject(error('ValidationError')))).toBeUndefined();
  await expect(ifFound(Promise.reject(error('ConflictException')))).rejects.toThrow('GetAudienceModel: ConflictException: gone');
  await expect(unless('ValidationError', Promise.reject(error('ResourceNotFoundException')))).rejects.toThrow('ResourceNotFoundException');
  await expect(ifFound(Promise.reject(Object.assign(new Error('bug'), { code: 'ResourceNotFoundException' })))).rejects.toThrow('bug');
});

test('a list has all its pages, one after the other', async () => {
  const pages: Record<string, { readonly nextToken?: string; readonly items: string[] }> = {
    first: { nextToken: 'second', items: ['a'] }, second: { nextToken: 'third', items: [] }, third: { items: ['b'] },
  };
  const asked: (string | undefined)[] = [];
  const answer = await pagesOf(async (nextToken) => {
    asked.push(nextToken);
    return pages[nextToken ?? 'first'];
  });
  expect(asked).toEqual([undefined, 'second', 'third']);
  expect(answer.flatMap(({ items }) => items)).toEqual(['a', 'b']);
});
