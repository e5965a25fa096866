import { AwsError } from '../aws';

/**
 * Undoes the `aws-chunked` content encoding: chunks that start with their size in hexadecimal (and perhaps a
 * signature), an empty last one, and trailers that are of no interest here.
 */
export function decodeChunked(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let position = 0; ;) {
    const start = body.indexOf('\r\n', position) + 2;
    const size = parseInt(body.toString('latin1', position, start), 16);
    if (start < 2 || !(size <= body.length - start)) throw new AwsError('IncompleteBody', 'The aws-chunked body is not whole.');
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(body.subarray(start, start + size));
    position = start + size + 2;
  }
}
