import { combined, findCycle, Graph, merged, reversed, traverse } from '../../../local-aws/cloudformation/graph';

function graphOf(edges: Record<string, string[]>): Graph {
  return new Map(Object.entries(edges).map(([node, dependencies]) => [node, new Set(dependencies)]));
}

describe('findCycle', () => {
  test('finds none in a diamond', () => {
    expect(findCycle(graphOf({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] }))).toEqual([]);
  });

  test('finds two nodes that wait for each other, and a node that waits for itself', () => {
    expect(findCycle(graphOf({ a: ['b'], b: ['a'], c: [] }))).toEqual(['a', 'b']);
    expect(findCycle(graphOf({ a: ['a'] }))).toEqual(['a']);
  });
});

test('findCycle names what waits for a cycle too, and not what it stands on', () => {
  expect(findCycle(graphOf({ a: [], b: ['c', 'a'], c: ['b'], d: ['c'] }))).toEqual(['b', 'c', 'd']);
});

test('what is not in the graph stands in nobody\'s way', async () => {
  const graph = graphOf({ a: ['gone'], b: ['a', 'gone'] });
  const visited: string[] = [];
  await traverse(graph, async (node) => visited.push(node) > 0);
  expect(findCycle(graph)).toEqual([]);
  expect(visited).toEqual(['a', 'b']);
  expect(reversed(graph)).toEqual(graphOf({ a: ['b'], b: [] }));
});

describe('two graphs', () => {
  const edges: Record<string, string[]>[] = [{ a: [], b: ['a'] }, { b: [], c: ['b'] }, { a: ['b'], b: [] }];
  const [ab, bc, ba] = edges.map(graphOf);

  test('are one where they do not contradict each other', () => {
    const both = graphOf({ a: [], b: ['a'], c: ['b'] });
    expect(merged(ab, bc)).toEqual(both);
    expect(combined(ab, bc)).toEqual(both);
  });

  test('are the first where they do', () => {
    expect(combined(ab, ba)).toBe(ab);
    expect(combined(ba, ab)).toBe(ba);
  });
});

describe('traverse', () => {
  test('visits what a node stands on before it, and each node once', async () => {
    const visited: string[] = [];
    await traverse(graphOf({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [] }), async (node) => visited.push(node) > 0);
    expect(visited).toHaveLength(4);
    expect(visited[0]).toBe('a');
    expect(visited[3]).toBe('d');
  });

  test('visits independent nodes at the same time', async () => {
    let atOnce = 0;
    let most = 0;
    await traverse(graphOf({ a: [], b: [] }), async () => {
      most = Math.max(most, ++atOnce);
      await Promise.resolve();
      atOnce--;
      return true;
    });
    expect(most).toBe(2);
  });

  test('never visits what stands on a failure, but goes on elsewhere', async () => {
    const visited: string[] = [];
    await traverse(graphOf({ a: [], b: ['a'], c: ['b'], d: [] }), async (node) => {
      visited.push(node);
      return node !== 'a';
    });
    expect(visited.sort()).toEqual(['a', 'd']);
  });

  test('visits nothing more once stopped', async () => {
    const visited: string[] = [];
    await traverse(graphOf({ a: [], b: ['a'] }), async (node) => visited.push(node) > 0, () => visited.length > 0);
    expect(visited).toEqual(['a']);
  });

  test('goes the other way round on the reversed graph', async () => {
    const visited: string[] = [];
    await traverse(reversed(graphOf({ a: [], b: ['a'], c: ['b'] })), async (node) => visited.push(node) > 0);
    expect(visited).toEqual(['c', 'b', 'a']);
  });
});
