import { constraint, validationError } from './errors';
import { Query } from './query';
import { S3Service } from './services';

/** How many bytes of a template a request may bring along: larger ones have to be in S3. */
const LARGEST_BODY = 51_200;

/** The template that a request brings along, or that it says where to find. */
export function templateOf(query: Query, s3: Pick<S3Service, 'getObject'>): string {
  const body = query.get('TemplateBody');
  const url = query.get('TemplateURL');
  if ((body === undefined) === (url === undefined)) throw validationError('Either Template URL or Template Body must be specified.');
  if (url !== undefined) return templateAt(url, s3);
  if (body !== undefined && Buffer.byteLength(body) > LARGEST_BODY) {
    throw constraint(body, 'templateBody', `Member must have length less than or equal to ${LARGEST_BODY}`);
  }
  return body ?? '';
}

/** The template that is to be found there. */
export function templateAt(url: string, s3: Pick<S3Service, 'getObject'>): string {
  const { bucket, key } = objectAt(url);
  try {
    return s3.getObject(bucket, key).toString();
  } catch {
    throw validationError('S3 error: The specified key does not exist.');
  }
}

/** Bucket and key of an S3 URL, with the bucket in the path or in the host. */
function objectAt(url: string): { bucket: string; key: string } {
  if (!URL.canParse(url)) throw validationError(`TemplateURL must be a supported URL: ${url}`);
  const { hostname, pathname } = new URL(url);
  const path = decodeURIComponent(pathname.slice(1));
  const inHost = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  if (inHost !== undefined) return { bucket: inHost, key: path };
  const slash = path.indexOf('/');
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}
