import { AwsError } from '../../aws';
import { NativeDefinition, required, text } from '../native-type';

export const DASHBOARD: NativeDefinition = {
  type: 'AWS::CloudWatch::Dashboard',
  service: 'CloudWatch',
  properties: { required: ['DashboardBody'], optional: ['DashboardName'], replacement: ['DashboardName'] },
  create({ services, properties, generatedName }) {
    const dashboardName = text(properties.DashboardName) ?? generatedName();
    if (services.cloudWatch.dashboards().some((other) => other.dashboardName === dashboardName)) {
      throw new AwsError('AlreadyExistsException', `${dashboardName} already exists.`);
    }
    services.cloudWatch.putDashboard({ dashboardName, dashboardBody: required(properties.DashboardBody) });
    return { physicalId: dashboardName, attributes: {} };
  },
  update({ services, properties, physicalId }) {
    services.cloudWatch.putDashboard({ dashboardName: physicalId, dashboardBody: required(properties.DashboardBody) });
  },
  delete({ services, physicalId }) {
    services.cloudWatch.deleteDashboard(physicalId);
  },
};
