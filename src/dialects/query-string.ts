const MAX_PARAMETERS = 200;
const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/u;

interface Branch {
  [key: string]: string | Branch | (string | Branch)[];
}

/**
 * A query string as an object of texts: `a=1` is `{a: '1'}`, `filter[name]=x` is `{filter: {name: 'x'}}`, `ids[]=x` is
 * `{ids: ['x']}`. Of a name given twice the last counts; brackets that do not pair are part of the name.
 */
export function parseQueryString(search: string): Branch {
  const root = emptyBranch();
  let count = 0;
  for (const [name, value] of new URLSearchParams(search)) {
    count += 1;
    if (count > MAX_PARAMETERS) break;
    const [head, steps] = stepsOf(name);
    put(root, head, steps, value);
  }
  return root;
}

/** Without a prototype `__proto__` is a name like any other. */
function emptyBranch(): Branch {
  return Object.create(null) as Branch;
}

function stepsOf(name: string): [string, string[]] {
  const [, head, brackets] = KEY.exec(name) ?? [];
  if (head === undefined || brackets === undefined || brackets === '') return [name, []];
  // Deeper than any query language needs only a stranger's query goes.
  const steps = brackets.slice(1, -1).split('][');
  return steps.length > 4 ? [name, []] : [head, steps];
}

function put(branch: Branch, key: string, steps: readonly string[], value: string): void {
  const [step, ...rest] = steps;
  if (step === undefined) {
    branch[key] = value;
    return;
  }
  const there = branch[key];
  if (step === '') {
    const list = Array.isArray(there) ? there : [];
    list.push(value);
    branch[key] = list;
    return;
  }
  const below = typeof there === 'object' && !Array.isArray(there) ? there : emptyBranch();
  branch[key] = below;
  put(below, step, rest, value);
}
