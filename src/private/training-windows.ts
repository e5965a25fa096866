import * as crypto from 'node:crypto';
import { CfnResource, CfnWaitCondition, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { CfnTrainingDataset } from 'aws-cdk-lib/aws-cleanroomsml';
import { Construct } from 'constructs';
import { canonicalJson } from './canonical-json';
import { ResourceType, windowLengths } from './contract';
import { render, Rendering } from './rendering';
import { REPLACING } from './replacement';

/** What there is between the end of a window's part of the wait and the end of CloudFormation's patience. */
const MARGIN_MINUTES = 13;

/** Of hexadecimal digits. */
const HASH_LENGTH = 12;

/** Of a logical id, in CloudFormation. */
const LONGEST_ID = 255;

/**
 * The chain of wait conditions in which a deployment waits for a training. They are waited for only when they are created, so their
 * logical ids must be new whenever a training is: they carry a hash of all in the template that trains the model anew.
 */
export class TrainingWindows {
  /** The logical ids, in order. */
  public readonly logicalIds: string[];
  private readonly windows: CfnWaitCondition[];

  /** @param model is asked for during synthesis, when all that can change has changed */
  constructor(scope: Construct, minutes: number, model: () => CfnResource) {
    const validation = validations(scope);
    const hash = remembered(validation, () => hashOf([minutes, trainingOf(model())]));
    this.windows = windowLengths(minutes).map((length, index) => {
      const name = `Window${index + 1}`;
      const window = new CfnWaitCondition(scope, name);
      const timeout = Duration.minutes(length + MARGIN_MINUTES).toIsoString();
      window.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout } };
      const logicalId = remembered(validation, () => windowId(Stack.of(scope).resolve(model().logicalId) as string, `${name}${hash()}`));
      // While references are looked for, and while it is rendered what a window is made of, the window does not ask for that.
      window.overrideLogicalId(Lazy.uncachedString({ produce: ({ preparing }) => preparing ? name : logicalId() }));
      return window;
    });
    this.logicalIds = this.windows.map(({ logicalId }) => logicalId);
  }

  /** Puts the wait between what begins the training and what needs it, under the condition that the former has when all is said. */
  public standBetween(begin: CfnResource, end: CfnResource): void {
    [...this.windows, end].reduce((before, after) => {
      after.node.addDependency(before);
      after.addOverride('Condition', Lazy.uncachedAny({ produce: () => begin.cfnOptions.condition?.logicalId }));
      return after;
    }, begin);
  }
}

/** How often the tree was validated. Nothing below the construct changes then, until it is synthesized again. */
function validations(construct: Construct): () => number {
  let count = 0;
  construct.node.addValidation({
    validate: () => {
      count += 1;
      return [];
    },
  });
  return () => count;
}

/** Every reference to a window asks, so what is final is found out once. */
function remembered(validation: () => number, find: () => string): () => string {
  let known: { readonly validation: number; readonly text: string } | undefined;
  return () => {
    if (validation() === 0) return find();
    if (known?.validation !== validation()) known = { validation: validation(), text: find() };
    return known.text;
  };
}

/**
 * Begins as the model's logical id, not as the construct's path has it, which changes where a construct is moved and the model's id is kept.
 */
function windowId(modelId: string, end: string): string {
  return `${modelId.slice(0, LONGEST_ID - end.length)}${end}`;
}

function hashOf(value: unknown): string {
  return crypto.createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, HASH_LENGTH);
}

type Properties = Rendering['properties'];

/** What replaces a training dataset, by its type: ours, and CloudFormation's own. */
const REPLACING_DATASET: Readonly<Record<string, (properties: Properties) => object>> = {
  [ResourceType.TRAINING_DATASET]: REPLACING[ResourceType.TRAINING_DATASET],
  [CfnTrainingDataset.CFN_RESOURCE_TYPE_NAME]: ({ RoleArn, TrainingData, Description }) => ({ RoleArn, TrainingData, Description }),
};

/** All in the template whose change trains a model anew: what replaces the model, and what replaces its dataset, if that is in the same stack. */
function trainingOf(model: CfnResource): unknown {
  const rendering = render(model);
  const { logicalId, properties } = rendering;
  const datasets = datasetsOf(rendering, Stack.of(model)).map((dataset) => {
    const { properties: inputs } = render(dataset);
    return { Name: inputs.Name, ...REPLACING_DATASET[dataset.cfnResourceType](inputs) };
  });
  return [logicalId, { Name: properties.Name, ...REPLACING[ResourceType.AUDIENCE_MODEL](properties) }, datasets];
}

/** The training datasets of the stack that a model is trained with, as the template has it. */
function datasetsOf({ properties: { TrainingDatasetArn: arn }, references }: Rendering, stack: Stack): CfnResource[] {
  if (typeof arn !== 'object') return [];
  const text = JSON.stringify(arn);
  const words = new Set(text.match(/[A-Za-z0-9]+/g));
  const isMeant = (node: unknown): node is CfnResource => CfnResource.isCfnResource(node) && node.cfnResourceType in REPLACING_DATASET
    && node.stack === stack && words.has(stack.resolve(node.logicalId) as string);
  const known = references.filter(isMeant);
  // An escape hatch may name one by hand.
  return known.length > 0 || !text.includes('Fn::GetAtt') ? known : stack.node.findAll().filter(isMeant);
}
