import { AwsError } from '../aws';
import { placeholdersOf, RESERVED, type InputTransformer, type TargetInput } from './input';
import { referenceSteps } from '../states/paths';

/** What `PutTargets` takes for one target. */
export interface Target extends TargetInput {
  readonly id: string;
  readonly arn: string;
  /** Who starts a state machine. */
  readonly roleArn?: string;
}

export const FUNCTION = /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?$/;
export const STATE_MACHINE = /^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:[^:]+$/;

const ARN = /^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/;

/** Refuses a target that EventBridge would not keep. */
export function checkTarget(target: Target): void {
  const { id, arn, roleArn, input, inputPath, inputTransformer } = target;
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(id)) throw invalid(`Value '${id}' at 'targets.1.member.id' failed to satisfy constraint: [\\.\\-_A-Za-z0-9]+`);
  if (!ARN.test(arn)) throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  if (STATE_MACHINE.test(arn) && roleArn === undefined) throw invalid(`RoleArn is required for target ${arn}.`);
  if (FUNCTION.test(arn) && roleArn !== undefined) throw invalid(`RoleArn is not supported for target ${arn}.`);
  if ([input, inputPath, inputTransformer].filter((way) => way !== undefined).length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  }
  if (input !== undefined && !isJson(input)) throw invalid(`JSON syntax error in input for target ${id}`);
  if (inputPath !== undefined && !referenceSteps(inputPath)) throw invalid(`InputPath for target ${id} is invalid.`);
  if (inputTransformer !== undefined) checkTransformer(id, inputTransformer);
}

function checkTransformer(id: string, { inputPathsMap = {}, inputTemplate }: InputTransformer): void {
  const names = Object.keys(inputPathsMap);
  if (names.length > 100) throw invalid(`InputPathsMap for target ${id} has more than 100 keys.`);
  const malformed = names.find((name) => !/^[A-Za-z0-9_-]{1,256}$/.test(name) || /^AWS/i.test(name) || !referenceSteps(inputPathsMap[name]));
  if (malformed !== undefined) throw invalid(`InputPathsMap for target ${id} is invalid at '${malformed}'.`);
  const unknown = placeholdersOf(inputTemplate).find((name) => !names.includes(name) && !RESERVED.includes(name));
  if (unknown !== undefined) throw invalid(`InputTemplate for target ${id} contains invalid placeholder ${unknown}.`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
