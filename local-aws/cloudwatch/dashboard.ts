import { AwsError } from '../aws';

export interface DashboardProperties {
  readonly dashboardName: string;
  /** JSON. */
  readonly dashboardBody: string;
}

export interface Dashboard extends DashboardProperties {
  readonly arn: string;
}

type Fields = Readonly<Record<string, unknown>>;
interface Fault {
  readonly dataPath: string;
  readonly message: string;
}

const COLUMNS = 24;
const MAX_HEIGHT = 1000;
const MAX_WIDGETS = 500;

/** What each type of widget cannot do without. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  alarm: ['alarms'],
  custom: ['endpoint'],
  explorer: ['metrics'],
  log: ['region', 'query'],
  metric: ['region'],
  text: ['markdown'],
};

/** Refuses, as `PutDashboard` does, what cannot be shown. */
export function checkDashboard({ dashboardName, dashboardBody }: DashboardProperties): void {
  if (!/^[\w-]{1,255}$/.test(dashboardName)) throw invalid(`The value ${dashboardName} for field DashboardName is invalid.`);
  const faults = faultsOf(parsed(dashboardBody));
  if (faults.length > 0) throw invalid(`The dashboard body is invalid, there are ${faults.length} validation errors: ${JSON.stringify(faults)}`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid('The field DashboardBody must be a valid JSON object');
  }
}

function faultsOf(body: unknown): Fault[] {
  if (!isFields(body)) return [{ dataPath: '', message: 'Should be object' }];
  const { widgets } = body;
  if (!Array.isArray(widgets)) return [{ dataPath: '', message: "Should have required property 'widgets'" }];
  if (widgets.length > MAX_WIDGETS) return [{ dataPath: '/widgets', message: `Should not have more than ${MAX_WIDGETS} items` }];
  return widgets.flatMap((widget, index) => widgetFaults(widget, `/widgets/${index}`));
}

/** AWS finds a place and a size for a widget that names none. CDK always names them, so that one without is a mistake. */
function widgetFaults(widget: unknown, at: string): Fault[] {
  if (!isFields(widget)) return [{ dataPath: at, message: 'Should be object' }];
  const { type, x, y, width, height, properties } = widget;
  if (!Object.hasOwn(REQUIRED, String(type))) return [{ dataPath: `${at}/type`, message: 'Should be equal to one of the allowed values' }];
  return [
    ...range(x, 0, COLUMNS - 1, `${at}/x`),
    ...range(y, 0, Infinity, `${at}/y`),
    ...range(width, 1, COLUMNS, `${at}/width`),
    ...range(height, 1, MAX_HEIGHT, `${at}/height`),
    ...isFields(properties) ? propertyFaults(String(type), properties, `${at}/properties`) : [{ dataPath: at, message: "Should have required property 'properties'" }],
  ];
}

function propertyFaults(type: string, properties: Fields, at: string): Fault[] {
  const lacking = REQUIRED[type].filter((name) => properties[name] === undefined);
  return [
    ...lacking.map((name) => ({ dataPath: at, message: `Should have required property '${name}'` })),
    ...type === 'metric' ? metricFaults(properties, at) : [],
  ];
}

function metricFaults({ metrics, annotations }: Fields, at: string): Fault[] {
  if (metrics === undefined && annotations === undefined) return [{ dataPath: at, message: "Should have required property 'metrics' or 'annotations'" }];
  const isList = metrics === undefined || (Array.isArray(metrics) && metrics.every((line) => Array.isArray(line) && line.length > 0));
  return isList ? [] : [{ dataPath: `${at}/metrics`, message: 'Should be a list of lists' }];
}

function range(value: unknown, least: number, most: number, dataPath: string): Fault[] {
  const isInside = Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  return isInside ? [] : [{ dataPath, message: `Should be an integer from ${least} to ${most}` }];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): AwsError {
  return new AwsError('DashboardInvalidInputError', message);
}
