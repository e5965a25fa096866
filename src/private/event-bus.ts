import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { checkRegion } from './environment';
import { throwIfFaulty } from './errors';
import { check, mismatch } from './faults';
import { eventBusArn, sameAsStack } from './validation';

/** The bus that a state machine puts events on. */
export interface ToldBus {
  readonly name: string;
  readonly arn: string;
}

/** One that was given goes by its ARN: a name is that of a bus in the own account. */
export function toldBus(construct: Construct, bus: events.IEventBus | undefined): ToldBus {
  if (bus) return { name: bus.eventBusArn, arn: bus.eventBusArn };
  const name = 'default';
  return { name, arn: Stack.of(construct).formatArn({ service: 'events', resource: 'event-bus', resourceName: name }) };
}

/** The faults of a bus that is to be told: of any account, but of the same Region, because no call reaches another one. */
export function checkEventBus(property: string, bus: events.IEventBus | undefined, construct: Construct): string[] {
  if (bus === undefined) return [];
  if (typeof bus?.eventBusArn !== 'string') return [mismatch(property, bus, 'an event bus, such as EventBus.fromEventBusArn(…)')];
  return [...check(property, bus.eventBusArn, eventBusArn), ...checkRegion(property, bus, construct)];
}

/** A rule for what a construct tells. It names its bus, and so it must be where that is. */
export function ruleFor(
  construct: Construct, id: string, eventBus: events.IEventBus | undefined, eventPattern: events.EventPattern, options: events.OnEventOptions = {},
): events.Rule {
  const scope = options.crossStackScope ?? construct;
  const { account, region } = Stack.of(scope);
  const advice = 'a rule belongs where its bus is; give a scope of a stack there as crossStackScope';
  throwIfFaulty(construct,
    check('eventBus.account', eventBus?.env.account, sameAsStack(account, advice)),
    check('eventBus.region', eventBus?.env.region, sameAsStack(region, advice)));
  const rule = new events.Rule(scope, id, { ruleName: options.ruleName, description: options.description, eventBus, eventPattern });
  rule.addEventPattern(options.eventPattern);
  rule.addTarget(options.target);
  return rule;
}
