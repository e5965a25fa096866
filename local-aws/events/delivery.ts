import { randomUUID } from 'node:crypto';
import { AwsError, type Account, type Principal } from '../aws';
import type { Clock } from '../clock';
import { inputOf } from './input';
import type { BusEvent } from './put-events';
import type { Rule } from './rule';
import { FUNCTION, STATE_MACHINE, type Target } from './target';
import type { Iam } from '../iam/iam';
import type { Lambda } from '../lambda/lambda';
import type { Json, JsonObject } from '../states/json';
import type { StepFunctions } from '../states/states';

export const EVENTS = 'events.amazonaws.com';

export interface DeliveryProps {
  readonly account: Account;
  readonly clock: Clock;
  readonly iam: Pick<Iam, 'authorize' | 'assumeRoleForService'>;
  readonly lambda: Pick<Lambda, 'resourcePolicy' | 'invokeAsync'>;
  readonly states: Pick<StepFunctions, 'startExecution'>;
}

/** An event on its way to a target. */
export interface Delivery {
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly event: BusEvent;
  readonly input: Json;
}

/** One that did not arrive. */
export interface FailedDelivery extends Omit<Delivery, 'input'> {
  readonly time: Date;
  readonly error: AwsError;
}

/** Takes events from rules to their targets. */
export class Deliveries {
  /** What went to targets that this AWS does not have, such as topics and queues. */
  readonly undelivered: Delivery[] = [];
  /** AWS tries again for a day where the target is only throttled; what fails here fails for good, as a missing permission does. */
  readonly failed: FailedDelivery[] = [];

  constructor(private readonly props: DeliveryProps) {}

  /** Refuses a role that EventBridge could not act as. */
  async checkRole(ruleArn: string, roleArn: string): Promise<void> {
    try {
      await this.assume(ruleArn, roleArn);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError('ValidationException', `Provided role '${roleArn}' cannot be assumed by principal '${EVENTS}'.`);
    }
  }

  /** No time passes meanwhile, and whoever put the event does not wait for it. */
  deliver(rule: Rule, target: Target, event: BusEvent): void {
    void this.props.clock.busy(async () => {
      try {
        await this.send(rule, target, event);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        this.failed.push({ ruleArn: rule.arn, targetArn: target.arn, event, time: new Date(this.props.clock.now()), error });
      }
    });
  }

  private async send(rule: Rule, target: Target, event: BusEvent): Promise<void> {
    const input = inputOf(target, this.envelope(event), { arn: rule.arn, name: rule.properties.name });
    if (FUNCTION.test(target.arn)) await this.invoke(rule.arn, target.arn, input);
    else if (STATE_MACHINE.test(target.arn)) await this.start(rule.arn, target, event.id, input);
    else this.undelivered.push({ ruleArn: rule.arn, targetArn: target.arn, event, input });
  }

  private async invoke(ruleArn: string, functionArn: string, input: Json): Promise<void> {
    const { account: { accountId }, iam, lambda } = this.props;
    const service: Principal = { arn: EVENTS, accountId };
    const context = { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': accountId };
    await iam.authorize(service, 'lambda:InvokeFunction', functionArn, context, lambda.resourcePolicy(functionArn));
    lambda.invokeAsync(functionArn, input);
  }

  private async start(ruleArn: string, { arn, roleArn = '' }: Target, eventId: string, input: Json): Promise<void> {
    const { iam, states } = this.props;
    await iam.authorize(await this.assume(ruleArn, roleArn), 'states:StartExecution', arn);
    states.startExecution(arn, JSON.stringify(input), `${eventId}_${randomUUID()}`);
  }

  private async assume(ruleArn: string, roleArn: string): Promise<Principal> {
    return this.props.iam.assumeRoleForService(roleArn, EVENTS, { sourceArn: ruleArn, sourceAccount: this.props.account.accountId });
  }

  /** The event as rules see it and targets get it. */
  envelope({ id, source, detailType, detail, resources, time }: BusEvent): JsonObject {
    const { accountId: account, region } = this.props.account;
    return { 'version': '0', id, 'detail-type': detailType, source, account, time, region, 'resources': [...resources], detail };
  }
}
