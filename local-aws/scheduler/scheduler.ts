import { AwsError } from '../aws';
import { checkRole, makeAttempt, type Attempt, type AttemptProps, type Invocation } from './attempt';
import { checkName, checkSchedule, nextInvocation, type Schedule, type ScheduleProperties } from './schedule';

/** Which schedule, of which group. */
export interface ScheduleName {
  readonly name: string;
  /** Default: `default`. */
  readonly groupName?: string;
}

export interface ScheduleGroup {
  readonly name: string;
  readonly arn: string;
  readonly state: 'ACTIVE';
  readonly creationDate: Date;
}

/** Something to do at a time. */
interface Due {
  readonly at: number;
  run(): Promise<void>;
}

const DEFAULT = 'default';

/**
 * Amazon EventBridge Scheduler, for state machines.
 *
 * Nothing fires by itself, not even in `npm run local-aws`: the clock skips ahead whenever all that is left to do is wait, and a
 * schedule that always waits for its next time would make it skip forever. Time passes for schedules in `runUntil` and `runFor`
 * only. What fell due outside of them is not made up for, but the beginning of a new rate.
 */
export class Scheduler {
  /** Every attempt to invoke a target, in order. */
  readonly invocations: Invocation[] = [];
  /** Scheduler promises to deliver at least once. This is how often it does. */
  deliveries = 1;

  private readonly groups = new Map<string, ScheduleGroup>();
  private readonly schedulesByArn = new Map<string, Schedule>();
  private retries: { readonly at: number; readonly attempt: Attempt }[] = [];
  /** Aborted when there may be something to do earlier than was thought. */
  private changed = new AbortController();

  constructor(private readonly props: AttemptProps) {
    this.addGroup(DEFAULT);
  }

  // ---- Schedules

  async createSchedule(properties: ScheduleProperties): Promise<{ arn: string }> {
    const arn = this.arnOf(properties);
    if (this.schedulesByArn.has(arn)) throw new AwsError('ConflictException', `Schedule ${properties.name} already exists.`, 409);
    return this.put(arn, properties, properties.startDate === undefined);
  }

  /** Everything that it does not name is as in a new schedule. */
  async updateSchedule(properties: ScheduleProperties): Promise<{ arn: string }> {
    return this.put(this.getSchedule(properties).arn, properties, false);
  }

  deleteSchedule(name: ScheduleName): void {
    this.schedulesByArn.delete(this.getSchedule(name).arn);
  }

  getSchedule(name: ScheduleName): Schedule {
    const found = this.schedulesByArn.get(this.arnOf(name));
    if (!found) throw new AwsError('ResourceNotFoundException', `Schedule ${name.name} does not exist.`, 404);
    return found;
  }

  schedules(): Schedule[] {
    return [...this.schedulesByArn.values()];
  }

  // ---- Groups

  createScheduleGroup(name: string): ScheduleGroup {
    checkName(name);
    if (this.groups.has(name)) throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, 409);
    return this.addGroup(name);
  }

  /** With its schedules. */
  deleteScheduleGroup(name: string): void {
    if (name === DEFAULT) throw new AwsError('ValidationException', 'The default schedule group cannot be deleted.');
    this.group(name);
    this.groups.delete(name);
    for (const { arn } of this.schedules().filter(({ groupName }) => groupName === name)) this.schedulesByArn.delete(arn);
  }

  /** Also the default one. */
  scheduleGroups(): ScheduleGroup[] {
    return [...this.groups.values()];
  }

  // ---- Time

  async runFor(milliseconds: number): Promise<void> {
    await this.runUntil(this.props.clock.now() + milliseconds);
  }

  /** Lets time pass, in which schedules fire. What they start goes on by itself. */
  async runUntil(time: number): Promise<void> {
    const { clock } = this.props;
    for (const schedule of this.schedules()) schedule.doneUntil = Math.max(schedule.doneUntil, clock.now() - 1);
    for (;;) {
      const due = this.nextDue(time);
      const wakeAt = due?.at ?? time;
      if (wakeAt > clock.now()) await clock.sleep(wakeAt - clock.now(), this.changed.signal);
      else if (due) await clock.busy(() => due.run());
      else return;
    }
  }

  private nextDue(until: number): Due | undefined {
    const retries = this.retries.map((retry): Due => ({
      at: retry.at,
      run: async () => {
        this.retries = this.retries.filter((other) => other !== retry);
        await this.attempt(retry.attempt);
      },
    }));
    const invocations = this.schedules().flatMap((schedule): Due[] => {
      const at = nextInvocation(schedule);
      return at === undefined ? [] : [{ at, run: () => this.fire(schedule, at) }];
    });
    return [...retries, ...invocations].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }

  private async fire(schedule: Schedule, scheduledTime: number): Promise<void> {
    schedule.doneUntil = Math.max(schedule.doneUntil, scheduledTime);
    schedule.isNew = false;
    for (let delivery = 1; delivery <= this.deliveries; delivery++) await this.attempt({ schedule, scheduledTime, delivery, number: 1 });
  }

  /** A schedule that was deleted meanwhile makes no further attempts; one that was updated does. */
  private async attempt(attempt: Attempt): Promise<void> {
    if (!this.schedulesByArn.has(attempt.schedule.arn)) return;
    const { invocation, nextAt } = await makeAttempt(attempt, this.group(attempt.schedule.groupName).arn, this.props);
    this.invocations.push(invocation);
    if (nextAt !== undefined) this.retries.push({ at: nextAt, attempt: { ...attempt, number: attempt.number + 1 } });
  }

  // ---- Inside

  private async put(arn: string, properties: ScheduleProperties, beginsAtOnce: boolean): Promise<{ arn: string }> {
    const now = this.props.clock.now();
    const group = this.group(properties.groupName);
    const expression = checkSchedule(properties, now);
    await checkRole(this.props, properties.target.roleArn, group.arn);
    const isNew = beginsAtOnce && expression.type === 'rate';
    this.schedulesByArn.set(arn, { arn, groupName: group.name, properties, expression, since: now, doneUntil: now, isNew });
    this.changed.abort();
    this.changed = new AbortController();
    return { arn };
  }

  private addGroup(name: string): ScheduleGroup {
    const group: ScheduleGroup = { name, arn: this.arn(`schedule-group/${name}`), state: 'ACTIVE', creationDate: new Date(this.props.clock.now()) };
    this.groups.set(name, group);
    return group;
  }

  private group(name: string = DEFAULT): ScheduleGroup {
    const found = this.groups.get(name);
    if (!found) throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404);
    return found;
  }

  private arnOf({ name, groupName = DEFAULT }: ScheduleName): string {
    return this.arn(`schedule/${groupName}/${name}`);
  }

  private arn(resource: string): string {
    const { partition, region, accountId } = this.props.account;
    return `arn:${partition}:scheduler:${region}:${accountId}:${resource}`;
  }
}
