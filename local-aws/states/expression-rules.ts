/** What Step Functions refuses in an expression before it is ever evaluated. */

/** What `$states` has only in some places. */
export type Result = 'result' | 'errorOutput';

type Node = Readonly<Record<string, unknown>>;

/** Parts of a node that are evaluated against another value than the node itself. */
const NESTED = ['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete'];

/** The first fault in a parsed expression; nothing if there is none. */
export function faultIn(ast: unknown, results: readonly Result[]): string | undefined {
  return visit(ast, false);

  /** At the top, `$` and plain names would mean an input document, and Step Functions gives none. */
  function visit(value: unknown, isNested: boolean): string | undefined {
    if (Array.isArray(value)) return first(value, (item) => visit(item, isNested));
    if (!isNode(value)) return undefined;
    return faultOf(value, isNested) ?? first(Object.entries(value), ([key, part]) => {
      if (value.type === 'path' && key === 'steps') return first(part as unknown[], (step, index) => visit(step, isNested || index > 0));
      return visit(part, isNested || NESTED.includes(key));
    });
  }

  function faultOf(node: Node, isNested: boolean): string | undefined {
    switch (node.type) {
      case 'variable':
        if (node.value === '$') return 'uses $$, which does not exist; use $states.input';
        if (node.value === '' && !isNested) return 'uses $ at the top level; use $states.input';
        return node.value === 'eval' ? 'uses $eval, which does not exist; use $parse' : undefined;
      case 'name':
      case 'wildcard':
      case 'descendant':
        return isNested ? undefined : `uses '${String(node.value)}' at the top level; use $states.input`;
      case 'path': {
        const [root, step] = node.steps as Node[];
        const missing = ['result', 'errorOutput'].find((name) => isStates(root) && step?.value === name && !results.includes(name as Result));
        return missing && `uses $states.${missing}, which does not exist here`;
      }
      default:
        return undefined;
    }
  }
}

function isStates(node: Node): boolean {
  const inner = node.expressions as Node[] | undefined;
  return (node.type === 'variable' && node.value === 'states') || (node.type === 'block' && inner?.length === 1 && isStates(inner[0]));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !(value instanceof RegExp);
}

function first<T>(items: readonly T[], fault: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = fault(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
