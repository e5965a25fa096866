/** What each node stands on. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The nodes that wait for each other, or for nodes that do. */
export function findCycle(graph: Graph): string[] {
  const remaining = new Map([...graph].map(([node, dependencies]) => [node, new Set([...dependencies].filter((other) => graph.has(other)))]));
  for (;;) {
    const free = [...remaining].filter(([, dependencies]) => dependencies.size === 0).map(([node]) => node);
    if (free.length === 0) return [...remaining.keys()];
    for (const node of free) remaining.delete(node);
    for (const dependencies of remaining.values()) free.forEach((node) => dependencies.delete(node));
  }
}

export function reversed(graph: Graph): Graph {
  const result = new Map([...graph.keys()].map((node) => [node, new Set<string>()]));
  for (const [node, dependencies] of graph) {
    for (const dependency of dependencies) result.get(dependency)?.add(node);
  }
  return result;
}

/**
 * Visits each node as soon as all it stands on was visited, independent nodes at the same time.
 * What stands on a node whose visit did not succeed is never visited; once `stopped`, nothing more is.
 */
export async function traverse(graph: Graph, visit: (node: string) => Promise<boolean>, stopped: () => boolean = () => false): Promise<void> {
  const visits = new Map<string, Promise<boolean>>();
  const start = (node: string): Promise<boolean> => {
    const known = visits.get(node);
    if (known) return known;
    const started = (async () => {
      const dependencies = [...graph.get(node) ?? []].filter((other) => graph.has(other));
      const results = await Promise.all(dependencies.map(start));
      return results.every(Boolean) && !stopped() && await visit(node);
    })();
    visits.set(node, started);
    return started;
  };
  await Promise.all([...graph.keys()].map(start));
}

export function merged(a: Graph, b: Graph): Graph {
  return new Map([...a.keys(), ...b.keys()].map((node) => [node, new Set([...a.get(node) ?? [], ...b.get(node) ?? []])]));
}

/** Both, unless they contradict each other: then the first. */
export function combined(a: Graph, b: Graph): Graph {
  const both = merged(a, b);
  return findCycle(both).length > 0 ? a : both;
}
