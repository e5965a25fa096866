import { isObject, type Json, type JsonObject } from './json';

/** A variable that a state must not assign, because it exists outside of the Map or Parallel state around it. */
export interface Shadowing {
  readonly name: string;
  readonly at: string;
}

/** The fields of a state that assign variables. */
export function assignments(state: JsonObject): [assign: Json, at: string][] {
  const nested = ['Choices', 'Catch'].flatMap((list) => {
    const items = state[list];
    return Array.isArray(items) ? items.flatMap((item, index): [Json, string][] => (isObject(item) ? [[item.Assign, `/${list}[${index}]/Assign`]] : [])) : [];
  });
  return [[state.Assign, '/Assign'] as [Json, string], ...nested].filter(([assign]) => isObject(assign));
}

/** The names that a template assigns, in whatever language. */
export function assignedNames(assign: Json): string[] {
  return Object.keys(isObject(assign) ? assign : {}).map((key) => key.replace(/\.\$$/, ''));
}

/** A variable exists in a scope if any state of the scope assigns it, whenever. */
export function shadowings(machine: Json, at = '', outer: ReadonlySet<string> = new Set()): Shadowing[] {
  const states = Object.entries(isObject(machine) && isObject(machine.States) ? machine.States : {})
    .flatMap(([name, state]) => (isObject(state) ? [{ state, at: `${at}/States/${name}` }] : []));
  const own = states.flatMap(({ state, at: here }) => assignments(state).flatMap(([assign, where]) => (
    assignedNames(assign).map((name) => ({ name, at: `${here}${where}/${name}` }))
  )));
  const known = new Set([...outer, ...own.map(({ name }) => name)]);
  return [
    ...own.filter(({ name }) => outer.has(name)),
    ...states.flatMap(({ state, at: here }) => machinesIn(state).flatMap(([inner, where]) => shadowings(inner, `${here}${where}`, known))),
  ];
}

function machinesIn(state: JsonObject): [machine: Json, at: string][] {
  const branches = Array.isArray(state.Branches) ? state.Branches.map((branch, index): [Json, string] => [branch, `/Branches[${index}]`]) : [];
  return [...branches, ...['ItemProcessor', 'Iterator'].map((field): [Json, string] => [state[field], `/${field}`])];
}
