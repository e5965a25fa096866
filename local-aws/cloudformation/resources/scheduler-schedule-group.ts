import { NativeDefinition, text } from '../native-type';

export const SCHEDULE_GROUP: NativeDefinition = {
  type: 'AWS::Scheduler::ScheduleGroup',
  service: 'Scheduler',
  properties: { optional: ['Name', 'Tags'], replacement: ['Name'] },
  attributes: ['Arn', 'CreationDate', 'LastModificationDate', 'State'],
  create({ services, properties, generatedName }) {
    const name = text(properties.Name) ?? generatedName(64);
    const { arn, creationDate, state } = services.scheduler.createScheduleGroup(name);
    const date = creationDate.toISOString();
    return { physicalId: name, attributes: { Arn: arn, CreationDate: date, LastModificationDate: date, State: state } };
  },
  update() {
    // Of its tags, the only thing that can change, nothing is kept.
  },
  delete({ services, physicalId }) {
    services.scheduler.deleteScheduleGroup(physicalId);
  },
};
