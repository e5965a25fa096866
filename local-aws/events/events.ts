import { randomUUID } from 'node:crypto';
import { AwsError, type Principal } from '../aws';
import { RecordedCalls } from '../recorded-calls';
import { Deliveries, type Delivery, type DeliveryProps, type FailedDelivery } from './delivery';
import { parsePattern } from './pattern';
import { entriesOf, eventOf, fault, faultOf, inSeconds, type BusEvent, type Entry, type EntryFault } from './put-events';
import { checkRule, type Rule, type RuleProperties } from './rule';
import { checkTarget, type Target } from './target';

export interface EventBusProperties {
  readonly name: string;
  readonly description?: string;
}

interface EventBus extends EventBusProperties {
  readonly arn: string;
}

interface Bus {
  properties: EventBus;
  readonly events: BusEvent[];
  readonly rules: Map<string, Rule>;
}

/** Which rule, of which bus. */
export interface RuleName {
  readonly rule: string;
  /** Or its ARN. Default: `default`. */
  readonly eventBusName?: string;
}

const DEFAULT = 'default';
const MAX_TARGETS = 5;

/** Amazon EventBridge: buses, rules, and what they deliver to functions and state machines. */
export class EventBridge extends RecordedCalls<'PutEvents'> {
  /** So many of the next entries fail, inside an answer that is a success. */
  failEntries = 0;
  failEntriesWith: 'InternalFailure' | 'ThrottlingException' = 'InternalFailure';

  /** By ARN. */
  private readonly buses = new Map<string, Bus>();
  private readonly deliveries: Deliveries;

  constructor(private readonly props: DeliveryProps) {
    super(props.clock);
    this.deliveries = new Deliveries(props);
    this.addBus({ name: DEFAULT });
  }

  /** One call of the API, with the parameters as they go over the wire. */
  async call(principal: Principal, action: string, parameters: Readonly<Record<string, unknown>>): Promise<object> {
    if (action !== 'PutEvents') throw new AwsError('UnknownOperationException', `The embedded AWS has no events:${action}.`);
    return this.record(action, principal, parameters, () => this.putEvents(principal, entriesOf(parameters)));
  }

  // ---- Events

  /** Every event that a bus accepted, the oldest first. */
  events(busName?: string): BusEvent[] {
    return [...this.bus(busName).events];
  }

  /** What went to targets that this AWS does not have: it keeps all but functions and state machines, and delivers to none of them. */
  undelivered(): readonly Delivery[] {
    return this.deliveries.undelivered;
  }

  /** What functions and state machines did not get, and why. */
  failedDeliveries(): readonly FailedDelivery[] {
    return this.deliveries.failed;
  }

  /** An event of a service of AWS itself: on the default bus, and not kept. */
  emit(event: Omit<BusEvent, 'id' | 'time'>): void {
    this.route(this.bus(DEFAULT), { ...event, id: randomUUID(), time: inSeconds(this.clock.iso()) });
  }

  // ---- Buses

  createEventBus(properties: EventBusProperties): { arn: string } {
    const { name } = properties;
    if (!/^[.\-_A-Za-z0-9]{1,256}$/.test(name)) throw invalid(`Value '${name}' at 'name' failed to satisfy constraint: [/\\.\\-_A-Za-z0-9]+`);
    if (this.buses.has(this.busArn(name))) throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    return this.addBus(properties);
  }

  updateEventBus(properties: EventBusProperties): void {
    const bus = this.bus(properties.name);
    bus.properties = { ...properties, arn: bus.properties.arn };
  }

  /** What does not exist is deleted already. */
  deleteEventBus(name: string): void {
    if (name === DEFAULT) throw invalid('Cannot delete event bus default.');
    const arn = this.busArn(name);
    if ((this.buses.get(arn)?.rules.size ?? 0) > 0) throw invalid(`Event bus ${name} can't be deleted since it has rules.`);
    this.buses.delete(arn);
  }

  /** Also the default one. */
  eventBuses(): EventBus[] {
    return [...this.buses.values()].map(({ properties }) => properties);
  }

  // ---- Rules

  /** The same name again changes the rule and leaves its targets. */
  putRule(properties: RuleProperties): { arn: string } {
    checkRule(properties);
    const { name, eventPattern = '' } = properties;
    const { rules, properties: { name: eventBusName } } = this.bus(properties.eventBusName);
    const { partition, region, accountId } = this.props.account;
    const arn = `arn:${partition}:events:${region}:${accountId}:rule/${eventBusName === DEFAULT ? '' : `${eventBusName}/`}${name}`;
    rules.set(name, { arn, eventBusName, properties, matches: parsePattern(eventPattern), targets: rules.get(name)?.targets ?? new Map() });
    return { arn };
  }

  /** What does not exist is deleted already. */
  deleteRule({ rule, eventBusName }: RuleName): void {
    const { rules } = this.bus(eventBusName);
    if ((rules.get(rule)?.targets.size ?? 0) > 0) throw invalid("Rule can't be deleted since it has targets.");
    rules.delete(rule);
  }

  rules(): Rule[] {
    return [...this.buses.values()].flatMap(({ rules }) => [...rules.values()]);
  }

  /** The same id again replaces the target. */
  async putTargets({ targets, ...ruleName }: RuleName & { readonly targets: readonly Target[] }): Promise<void> {
    targets.forEach(checkTarget);
    const { arn } = this.rule(ruleName);
    for (const { roleArn } of targets) {
      if (roleArn !== undefined) await this.deliveries.checkRole(arn, roleArn);
    }
    this.setTargets(ruleName, new Map([...this.rule(ruleName).targets, ...targets.map((target): [string, Target] => [target.id, target])]));
  }

  removeTargets({ ids, ...ruleName }: RuleName & { readonly ids: readonly string[] }): void {
    this.setTargets(ruleName, new Map([...this.rule(ruleName).targets].filter(([id]) => !ids.includes(id))));
  }

  // ---- Inside

  /** Who may not put one of the events puts none of them. */
  private async putEvents(principal: Principal, entries: readonly Entry[]): Promise<object> {
    for (const { EventBusName, Source, DetailType } of entries) {
      const context = { ...Source !== undefined && { 'events:source': [Source] }, ...DetailType !== undefined && { 'events:detail-type': [DetailType] } };
      await this.props.iam.authorize(principal, 'events:PutEvents', this.busArn(EventBusName), context);
    }
    const results = entries.map((entry) => this.accept(entry));
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  private accept(entry: Entry): EntryFault | { readonly EventId: string } {
    if (this.failEntries > 0) {
      this.failEntries--;
      return fault(this.failEntriesWith, 'The embedded AWS was told to fail this entry.');
    }
    const wrong = faultOf(entry);
    if (wrong) return wrong;
    const bus = this.buses.get(this.busArn(entry.EventBusName));
    // AWS answers with an event id and drops the event (github.com/aws/aws-sdk/issues/186); here the mistake shows.
    if (!bus) return fault('ResourceNotFoundException', `Event bus ${entry.EventBusName} does not exist.`);
    const event = eventOf(entry, randomUUID(), this.clock.iso());
    bus.events.push(event);
    this.route(bus, event);
    return { EventId: event.id };
  }

  private route({ rules }: Bus, event: BusEvent): void {
    const envelope = this.deliveries.envelope(event);
    for (const rule of rules.values()) {
      if (rule.properties.state === 'DISABLED' || !rule.matches(envelope)) continue;
      for (const target of rule.targets.values()) this.deliveries.deliver(rule, target, event);
    }
  }

  private addBus(properties: EventBusProperties): { arn: string } {
    const arn = this.busArn(properties.name);
    this.buses.set(arn, { properties: { ...properties, arn }, events: [], rules: new Map() });
    return { arn };
  }

  private setTargets(ruleName: RuleName, targets: ReadonlyMap<string, Target>): void {
    if (targets.size > MAX_TARGETS) throw new AwsError('LimitExceededException', `The requested resource exceeds the maximum number allowed: ${MAX_TARGETS} targets per rule.`);
    const rule = this.rule(ruleName);
    this.bus(rule.eventBusName).rules.set(rule.properties.name, { ...rule, targets });
  }

  private rule({ rule, eventBusName }: RuleName): Rule {
    const { rules, properties: { name } } = this.bus(eventBusName);
    const found = rules.get(rule);
    if (!found) throw new AwsError('ResourceNotFoundException', `Rule ${rule} does not exist on EventBus ${name}.`);
    return found;
  }

  private bus(nameOrArn?: string): Bus {
    const found = this.buses.get(this.busArn(nameOrArn));
    if (!found) throw new AwsError('ResourceNotFoundException', `Event bus ${nameOrArn} does not exist.`);
    return found;
  }

  /** Of a bus given by name or ARN, whether or not there is one. */
  private busArn(nameOrArn: string = DEFAULT): string {
    const { partition, region, accountId } = this.props.account;
    return nameOrArn.startsWith('arn:') ? nameOrArn : `arn:${partition}:events:${region}:${accountId}:event-bus/${nameOrArn}`;
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
