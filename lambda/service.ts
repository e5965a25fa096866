import type * as ml from '@aws-sdk/client-cleanroomsml';
import type * as cloudFormation from '@aws-sdk/client-cloudformation';
import type * as iam from '@aws-sdk/client-iam';
import type * as s3 from '@aws-sdk/client-s3';
import type * as sfn from '@aws-sdk/client-sfn';
import { ServiceError } from './errors';

type CleanRoomsMlOperations = {
  [Name in keyof typeof ml as Name extends `${infer Operation}Command` ? Exclude<Operation, ''> : never]:
  (typeof ml)[Name] extends new (input: infer Input) => ml.Command<infer _, infer Output> ? [Input, Output] : never;
};

/** The operations that the handlers call, each with what it takes and what it answers. */
export interface Operations extends CleanRoomsMlOperations {
  DescribeStacks: [cloudFormation.DescribeStacksCommandInput, cloudFormation.DescribeStacksOutput];
  DescribeStackResource: [cloudFormation.DescribeStackResourceCommandInput, cloudFormation.DescribeStackResourceOutput];
  ListExports: [cloudFormation.ListExportsCommandInput, cloudFormation.ListExportsOutput];
  ListImports: [cloudFormation.ListImportsCommandInput, cloudFormation.ListImportsOutput];
  SignalResource: [cloudFormation.SignalResourceCommandInput, object];
  StartExecution: [sfn.StartExecutionCommandInput, sfn.StartExecutionOutput];
  ListExecutions: [sfn.ListExecutionsCommandInput, sfn.ListExecutionsOutput];
  DescribeExecution: [sfn.DescribeExecutionCommandInput, sfn.DescribeExecutionOutput];
  StopExecution: [sfn.StopExecutionCommandInput, sfn.StopExecutionOutput];
  HeadBucket: [s3.HeadBucketCommandInput, s3.HeadBucketOutput];
  GetRole: [iam.GetRoleCommandInput, iam.GetRoleResponse];
}

/** What the handlers need of AWS. Throws a `ServiceError` where the call fails. */
export interface Service {
  call<Name extends keyof Operations>(operation: Name, input: Operations[Name][0]): Promise<Operations[Name][1]>;
}

/** What a call answers; undefined where there is no such thing. */
export async function unless<T>(code: string, answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === code) return undefined;
    throw error;
  });
}

/** What there is; undefined where there is none. To delete what is not there succeeds. */
export async function ifFound<T>(answer: Promise<T>): Promise<T | undefined> {
  return unless('ResourceNotFoundException', answer);
}

/** All pages of a list. */
export async function pagesOf<Page extends { readonly nextToken?: string }>(list: (nextToken?: string) => Promise<Page>): Promise<Page[]> {
  const pages: Page[] = [];
  let nextToken: string | undefined;
  do {
    const page = await list(nextToken);
    pages.push(page);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return pages;
}
