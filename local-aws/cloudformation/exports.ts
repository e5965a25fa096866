import { validationError } from './errors';
import { Stack, StackOutput } from './stack';

/** What stacks export and which stacks hold on to it. */
export class Exports {
  constructor(private readonly stacks: () => readonly Stack[]) {}

  value(name: string): string {
    const found = this.all().find(({ output }) => output.exportName === name);
    if (!found) throw validationError(`No export named ${name} found.`);
    return found.output.value;
  }

  all(): { readonly stack: Stack; readonly output: StackOutput }[] {
    return this.stacks().flatMap((stack) => stack.outputs.filter(({ exportName }) => exportName !== undefined).map((output) => ({ stack, output })));
  }

  importers(name: string): Stack[] {
    return this.stacks().filter((stack) => stack.blueprint?.imported.has(name) ?? false);
  }

  /** Why a stack cannot change its outputs to these. */
  fault(stack: Stack, outputs: readonly StackOutput[]): string | undefined {
    for (const { exportName } of outputs) {
      if (exportName === undefined) continue;
      const other = this.all().find(({ stack: owner, output }) => owner !== stack && output.exportName === exportName);
      if (other) return `Export with name ${exportName} is already exported by stack ${other.stack.stackName}.`;
    }
    for (const { exportName, value } of stack.outputs) {
      if (exportName === undefined) continue;
      const users = this.importers(exportName).filter((user) => user !== stack).map((user) => user.stackName);
      const kept = outputs.find((output) => output.exportName === exportName);
      if (users.length > 0 && kept?.value !== value) {
        return `Export ${exportName} cannot be ${kept ? 'updated' : 'deleted'} as it is in use by ${users.join(', ')}`;
      }
    }
    return undefined;
  }
}
