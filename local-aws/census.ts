import type { LocalAws } from './local-aws';

/** The name of everything that a stack can make, so that two censuses tell what came or went in between. */
export function census(aws: LocalAws): string[] {
  const { cleanRoomsMl, cloudWatch, events, glue, iam, kms, lambda, logs, s3, scheduler, states } = aws;
  return [
    ...cleanRoomsMl.trainingDatasets().map(({ arn }) => arn),
    ...cleanRoomsMl.audienceModels().map(({ arn }) => arn),
    ...cleanRoomsMl.configuredAudienceModels().map(({ arn }) => arn),
    ...cleanRoomsMl.audienceGenerationJobs().map(({ arn }) => arn),
    ...cleanRoomsMl.audienceExportJobs().map(({ name, job }) => `audience export job ${name} of ${job.arn}`),
    ...Object.keys(cleanRoomsMl.policies()).map((arn) => `resource policy of ${arn}`),
    ...iam.roles().flatMap(({ arn, inlinePolicies }) => [arn, ...[...inlinePolicies.keys()].map((name) => `policy ${name} of ${arn}`)]),
    ...lambda.functionNames().map((name) => `function ${name}`),
    ...states.stateMachines().map(({ arn }) => arn),
    ...states.executions().filter(({ status }) => status === 'RUNNING').map(({ arn }) => arn),
    ...logs.logGroups().map(({ logGroupName }) => `log group ${logGroupName}`),
    ...s3.buckets().map(({ bucketName }) => `bucket ${bucketName}`),
    ...glue.databases().map(({ name }) => glue.databaseArn(name)),
    ...glue.tables().map(({ databaseName, name }) => glue.tableArn(databaseName, name)),
    ...kms.keys().map(({ arn }) => arn),
    ...cloudWatch.dashboards().map(({ arn }) => arn),
    ...cloudWatch.alarms().map(({ arn }) => arn),
    ...events.eventBuses().filter(({ name }) => name !== 'default').map(({ arn }) => arn),
    ...events.rules().map(({ arn }) => arn),
    ...scheduler.schedules().map(({ arn }) => arn),
    ...scheduler.scheduleGroups().filter(({ name }) => name !== 'default').map(({ arn }) => arn),
  ];
}
