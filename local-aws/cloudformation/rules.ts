import { validationError } from './errors';
import { Scope, truth } from './intrinsics';
import { isObject, Values } from './values';

/** Checks the assertions of the Rules section, for example CDK's `CheckBootstrapVersion`. */
export function checkRules(rules: Values, scope: Scope): void {
  for (const [name, rule] of Object.entries(rules)) {
    if (!isObject(rule) || !Array.isArray(rule.Assertions)) {
      throw validationError(`Template format error: Every Rules object must contain an Assertions list. [/Rules/${name}]`);
    }
    if (rule.RuleCondition !== undefined && !truth(rule.RuleCondition, scope)) continue;
    for (const assertion of rule.Assertions) {
      if (!isObject(assertion) || assertion.Assert === undefined) {
        throw validationError(`Template format error: Every Assertions member must contain an Assert object. [/Rules/${name}]`);
      }
      if (!truth(assertion.Assert, scope)) {
        throw validationError(`Rules validation failed: ${typeof assertion.AssertDescription === 'string' ? assertion.AssertDescription : name}`);
      }
    }
  }
}
