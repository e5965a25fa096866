import { defined, NativeDefinition, number, object, required, text } from '../native-type';
import { Values } from '../values';

export const SCHEDULE: NativeDefinition = {
  type: 'AWS::Scheduler::Schedule',
  service: 'Scheduler',
  properties: {
    required: ['FlexibleTimeWindow', 'ScheduleExpression', 'Target'],
    optional: ['Description', 'EndDate', 'GroupName', 'KmsKeyArn', 'Name', 'ScheduleExpressionTimezone', 'StartDate', 'State'],
    // A change of the group is an update as well, and fails: there is no such schedule in the new group.
    replacement: ['Name'],
  },
  attributes: ['Arn'],
  async create({ services, properties, generatedName }) {
    const name = text(properties.Name) ?? generatedName(64);
    const { arn } = await services.scheduler.createSchedule(schedule(name, properties));
    return { physicalId: name, attributes: { Arn: arn } };
  },
  async update({ services, properties, physicalId }) {
    await services.scheduler.updateSchedule(schedule(physicalId, properties));
  },
  delete({ services, properties, physicalId }) {
    services.scheduler.deleteSchedule(defined({ name: physicalId, groupName: text(properties.GroupName) }));
  },
};

function schedule(name: string, properties: Values) {
  const { Mode, MaximumWindowInMinutes } = object(properties.FlexibleTimeWindow);
  return defined({
    name,
    groupName: text(properties.GroupName),
    scheduleExpression: required(properties.ScheduleExpression),
    scheduleExpressionTimezone: text(properties.ScheduleExpressionTimezone),
    flexibleTimeWindow: defined({ mode: required(Mode), maximumWindowInMinutes: number(MaximumWindowInMinutes) }),
    state: text(properties.State),
    startDate: text(properties.StartDate),
    endDate: text(properties.EndDate),
    description: text(properties.Description),
    kmsKeyArn: text(properties.KmsKeyArn),
    target: target(object(properties.Target)),
  });
}

function target({ Arn, RoleArn, Input, RetryPolicy, DeadLetterConfig }: Values) {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = object(RetryPolicy);
  return defined({
    arn: required(Arn),
    roleArn: required(RoleArn),
    input: text(Input),
    retryPolicy: defined({ maximumRetryAttempts: number(MaximumRetryAttempts), maximumEventAgeInSeconds: number(MaximumEventAgeInSeconds) }),
    deadLetterArn: text(object(DeadLetterConfig).Arn),
  });
}
