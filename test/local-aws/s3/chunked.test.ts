import { decodeChunked } from '../../../local-aws/s3/chunked';

test.each([
  ['nothing', '0\r\n\r\n', ''],
  ['one chunk', 'a\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
  ['a size of two hexadecimal digits', '1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n', 'abcdefghijklmnopqrstuvwxyz'],
  ['line breaks within a chunk', '4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n'],
  ['signatures and trailers', '3;chunk-signature=ab\r\nabc\r\n0;chunk-signature=cd\r\nx-amz-checksum-crc32:AA==\r\n\r\n', 'abc'],
])('a body with %s is decoded', (_, encoded, decoded) => {
  expect(decodeChunked(Buffer.from(encoded)).toString()).toBe(decoded);
});

test.each(['', '0', '3\r\nabc\r\n', '3\r\nabc', 'xyz\r\nabc\r\n'])('a body that is not whole is refused: %j', (encoded) => {
  expect(() => decodeChunked(Buffer.from(encoded))).toThrow(expect.objectContaining({ code: 'IncompleteBody', status: 400 }));
});
