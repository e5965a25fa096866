import { Account } from '../aws';
import { CreationPolicy, parseCreationPolicy } from './creation-policy';
import { validationError } from './errors';
import { findCycle, Graph } from './graph';
import { evaluate, placeholder, placeholders, Scope, StackOutputReference, truth } from './intrinsics';
import { ParameterValues } from './parameters';
import { checkRules } from './rules';
import { OutputDefinition, ResourceDefinition, Template } from './template';
import { Value, Values } from './values';

/** What a reference to a resource of the stack finds. */
export interface ResourceLookup {
  ref(logicalId: string): Value;
  getAtt(logicalId: string, attribute: string): Value;
}

export interface StackIdentity {
  readonly stackId: string;
  readonly stackName: string;
  readonly account: Account;
}

/** The value of an export, by name; throws where nobody exports it. */
export type ImportLookup = (name: string) => Value;

/** The value of an output of another stack; throws where there is none. */
export type StackOutputLookup = (reference: StackOutputReference) => Value;

export interface BlueprintProps {
  readonly template: Template;
  readonly parameters: ParameterValues;
  readonly identity: StackIdentity;
  readonly imports: ImportLookup;
  readonly stackOutputs: StackOutputLookup;
}

const PLACEHOLDERS: ResourceLookup = { ref: (logicalId) => placeholder(logicalId), getAtt: placeholder };

/** What a stack should be: a template whose parameters and conditions are resolved. */
export class Blueprint {
  readonly template: Template;
  readonly parameters: ParameterValues;
  /** The resources and outputs whose condition holds. */
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: ReadonlyMap<string, OutputDefinition>;
  /** The properties with placeholders for what only exists once the stack does. */
  readonly drafts: ReadonlyMap<string, Values>;
  /** Of the resources that wait for signals. */
  readonly creationPolicies: ReadonlyMap<string, CreationPolicy>;
  readonly graph: Graph;
  readonly imported: ReadonlySet<string>;
  /** The names of the stacks whose outputs are read. Nothing holds on to those. */
  readonly read: ReadonlySet<string>;
  private readonly outputsRead = new Map<string, Value>();

  constructor(private readonly props: BlueprintProps) {
    const { template, parameters } = props;
    this.template = template;
    this.parameters = parameters;
    const foreign = { imported: new Set<string>(), read: new Set<string>() };
    this.imported = foreign.imported;
    this.read = foreign.read;
    this.resources = new Map(Object.entries(template.resources).filter(([, { condition }]) => this.holds(condition)));
    this.outputs = new Map(Object.entries(template.outputs).filter(([, { condition }]) => this.holds(condition)));
    checkRules(template.rules, this.scope(PLACEHOLDERS));
    const scope = this.scope(PLACEHOLDERS, foreign);
    this.drafts = new Map([...this.resources].map(([logicalId, { properties }]) => [logicalId, resolve(properties, scope)]));
    this.creationPolicies = new Map([...this.resources].flatMap(([logicalId, { creationPolicy }]) => (
      creationPolicy === undefined ? [] : [[logicalId, parseCreationPolicy(evaluate(creationPolicy, scope), logicalId)]]
    )));
    for (const [name, { value, exportName }] of this.outputs) {
      this.refuseInactive(evaluate(value, scope) ?? '', 'Outputs');
      if (placeholders(evaluate(exportName ?? '', scope) ?? '').length > 0) {
        throw validationError(`Template format error: Output ${name} is malformed. The Name of its Export cannot depend on a resource.`);
      }
    }
    this.graph = new Map([...this.resources.keys()].map((logicalId) => [logicalId, this.dependenciesOf(logicalId)]));
    const cycle = findCycle(this.graph);
    if (cycle.length > 0) throw validationError(`Circular dependency between resources: [${cycle.join(', ')}]`);
  }

  properties(logicalId: string, lookup: ResourceLookup): Values {
    return resolve(this.resources.get(logicalId)?.properties ?? {}, this.scope(lookup));
  }

  evaluate(value: Value, lookup: ResourceLookup): Value | undefined {
    return evaluate(value, this.scope(lookup));
  }

  /** What this blueprint says of an output before anything exists. */
  draftOutput(output: OutputDefinition): Value {
    return [this.evaluate(output.value, PLACEHOLDERS) ?? null, this.evaluate(output.exportName ?? null, PLACEHOLDERS) ?? null];
  }

  private dependenciesOf(logicalId: string): Set<string> {
    const draft = this.drafts.get(logicalId) ?? {};
    this.refuseInactive(draft, 'Resources');
    const dependsOn = (this.resources.get(logicalId)?.dependsOn ?? []).filter((other) => this.resources.has(other));
    return new Set([...placeholders(draft).map((reference) => reference.logicalId), ...dependsOn]);
  }

  private refuseInactive(value: Value, block: string): void {
    const inactive = placeholders(value).map((reference) => reference.logicalId).filter((logicalId) => !this.resources.has(logicalId));
    if (inactive.length > 0) {
      throw validationError(
        `Template format error: Unresolved resource dependencies [${[...new Set(inactive)].join(', ')}] in the ${block} block of the template`,
      );
    }
  }

  private holds(condition: string | undefined): boolean {
    return condition === undefined || truth({ Condition: condition }, this.scope(PLACEHOLDERS));
  }

  private scope(lookup: ResourceLookup, foreign?: { readonly imported: Set<string>; readonly read: Set<string> }): Scope {
    const { template, parameters, identity, imports, stackOutputs } = this.props;
    const pseudo = pseudoParameters(identity);
    const scope: Scope = {
      ref: (name) => {
        if (name in parameters) return parameters[name].value;
        return name in pseudo ? pseudo[name] : lookup.ref(name);
      },
      getAtt: (logicalId, attribute) => lookup.getAtt(logicalId, attribute),
      condition: (name) => truth(template.conditions[name], scope),
      importValue: (name) => {
        foreign?.imported.add(name);
        return imports(name);
      },
      stackOutput: (reference) => {
        foreign?.read.add(reference.stackName);
        // Read once: a rollback goes back to what the output was.
        const key = JSON.stringify(reference);
        const value = this.outputsRead.get(key) ?? stackOutputs(reference);
        this.outputsRead.set(key, value);
        return value;
      },
      mappings: template.mappings,
      region: identity.account.region,
    };
    return scope;
  }
}

function resolve(properties: Values, scope: Scope): Values {
  return Object.fromEntries(Object.entries(properties)
    .map(([name, value]) => [name, evaluate(value, scope)] as const)
    .filter((entry): entry is readonly [string, Value] => entry[1] !== undefined));
}

function pseudoParameters({ stackId, stackName, account }: StackIdentity): Record<string, Value | undefined> {
  return {
    'AWS::AccountId': account.accountId,
    'AWS::NoValue': undefined,
    'AWS::NotificationARNs': [],
    'AWS::Partition': account.partition,
    'AWS::Region': account.region,
    'AWS::StackId': stackId,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': account.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
}
