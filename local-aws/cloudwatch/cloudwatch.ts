import { AwsError, type Account, type Principal } from '../aws';
import type { Clock } from '../clock';
import type { Iam } from '../iam/iam';
import { RecordedCalls } from '../recorded-calls';
import { checkAlarm, type Alarm, type AlarmProperties } from './alarm';
import { checkDashboard, type Dashboard, type DashboardProperties } from './dashboard';
import { namespaceOf, observationsOf, type Datapoint, type Metric } from './metric-data';

/** Who asks for datapoints names all dimensions: metrics with others, or more of them, are other metrics. */
export type MetricQuery = Omit<Metric, 'dimensions'> & Partial<Metric>;

/** CloudWatch: the metrics that programs put, and the dashboards and alarms of stacks. */
export class CloudWatch extends RecordedCalls<'PutMetricData'> {
  private readonly series = new Map<string, { readonly metric: Metric; readonly datapoints: Datapoint[] }>();
  private readonly dashboardsByName = new Map<string, Dashboard>();
  private readonly alarmsByName = new Map<string, Alarm>();

  constructor(private readonly account: Account, clock: Clock, private readonly iam: Pick<Iam, 'authorize'>) {
    super(clock);
  }

  /** One call of the API, with the parameters as they go over the wire. */
  async call(principal: Principal, action: string, parameters: Readonly<Record<string, unknown>>): Promise<object> {
    if (action !== 'PutMetricData') throw new AwsError('UnknownOperationException', `The embedded AWS has no cloudwatch:${action}.`);
    return this.record(action, principal, parameters, async () => {
      await this.iam.authorize(principal, 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespaceOf(parameters) });
      for (const { datapoint, ...metric } of observationsOf(parameters, this.clock.now())) this.store(metric, datapoint);
      return {};
    });
  }

  // ---- Metrics

  metrics(): Metric[] {
    return [...this.series.values()].map(({ metric }) => metric);
  }

  /** In the order in which they were put. */
  datapoints({ namespace, metricName, dimensions = {} }: MetricQuery): Datapoint[] {
    return [...this.series.get(keyOf({ namespace, metricName, dimensions }))?.datapoints ?? []];
  }

  // ---- Dashboards

  /** The same name again is another body for the same dashboard. */
  putDashboard(dashboard: DashboardProperties): void {
    checkDashboard(dashboard);
    const { partition, accountId } = this.account;
    const arn = `arn:${partition}:cloudwatch::${accountId}:dashboard/${dashboard.dashboardName}`;
    this.dashboardsByName.set(dashboard.dashboardName, { ...dashboard, arn });
  }

  deleteDashboard(dashboardName: string): void {
    if (!this.dashboardsByName.delete(dashboardName)) {
      throw new AwsError('DashboardNotFoundError', `Dashboard ${dashboardName} does not exist`, 404);
    }
  }

  dashboards(): Dashboard[] {
    return [...this.dashboardsByName.values()];
  }

  // ---- Alarms

  /** The same name again replaces the alarm. */
  putMetricAlarm(alarm: AlarmProperties): { arn: string } {
    checkAlarm(alarm);
    const { partition, region, accountId } = this.account;
    const arn = `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${alarm.alarmName}`;
    this.alarmsByName.set(alarm.alarmName, { ...alarm, arn });
    return { arn };
  }

  deleteAlarm(alarmName: string): void {
    if (!this.alarmsByName.delete(alarmName)) throw new AwsError('ResourceNotFound', `Alarm ${alarmName} does not exist`, 404);
  }

  alarms(): Alarm[] {
    return [...this.alarmsByName.values()];
  }

  private store(metric: Metric, datapoint: Datapoint): void {
    const key = keyOf(metric);
    const series = this.series.get(key) ?? { metric, datapoints: [] };
    this.series.set(key, series);
    series.datapoints.push(datapoint);
  }
}

function keyOf({ namespace, metricName, dimensions }: Metric): string {
  return JSON.stringify([namespace, metricName, Object.entries(dimensions).sort()]);
}
