import { indexOf, mapTensor } from '../../tensor.ts';
import { type Evidence, isDiagonal, otherwise } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';
import { type Component, componentsOf, entryOf, isBeyond, type Matrices, matricesOf, rankOf } from '../matrices.ts';

/** What may be wrong, by how the two Jacobians differ; the likeliest first. */
interface Guess {
  readonly cause: string;
  readonly text: string;
}

/**
 * What is likely by how the whole Jacobian of the backward differs from that of the forward: entries that are lost, that are elsewhere,
 * that join what has nothing in common, or that are other numbers of a low rank. A guess: it says what is so, and names what
 * mostly makes it so, several where there are several.
 */
export const connections: Cause = async evidence => {
  const guesses = await guessesOf(evidence);
  return guesses.map(
    (guess): Hypothesis => ({
      ...guess,
      ofAnyRank: true,
      predict: async other => {
        const there = other === evidence ? guesses : await guessesOf(other);
        return there.some(({ cause }) => cause === guess.cause) ? other.claimed : undefined;
      },
    }),
  );
};

interface Entries {
  readonly same: number;
  readonly lost: number;
  readonly extra: number;
  readonly changed: number;
}

async function guessesOf(evidence: Evidence): Promise<readonly Guess[]> {
  const both = await matricesOf(evidence);
  if (!both) return [];
  const entries = { same: 0, lost: 0, extra: 0, changed: 0 };
  for (const [i, column] of both.right.entries()) {
    for (const [m, slope] of column.entries())
      if (slope !== 0 || both.yours[i][m] !== 0) entries[entryOf(both, i, m)]++;
  }
  const { lost, extra, changed } = entries;
  if (lost + extra + changed === 0) return [];
  if (extra + changed === 0) return whereLost(both);
  if (isSelection(both) && isSingle(both) && (await isBlind(evidence))) {
    return [
      {
        cause: 'argument-ignored',
        text: `which elements get something does not depend on "${evidence.primal}", as it should`,
      },
      { cause: 'shifted', text: 'it arrives at other elements than those that were chosen' },
    ];
  }
  return (
    moved(both, entries) ??
    joined(both, entries) ??
    fromElsewhere(evidence, both) ??
    (lost > 0 ? partlyLost(both) : changedOnly(evidence, both))
  );
}

/** Nothing but entries that are 0 and should not be. */
function whereLost(both: Matrices): Guess[] {
  const what = 'all that is wrong is that contributions are lost';
  const [i, m] = [[...both.right.keys()], [...both.outputs.keys()]];
  const kinds = m.map(row => new Set(i.map(at => (both.right[at][row] === 0 ? 'none' : entryOf(both, at, row)))));
  const isWhole = kinds.every(kind => !(kind.has('lost') && kind.has('same')));
  const keptSome = both.right.every((column, at) => {
    const own = m.filter(row => column[row] !== 0).map(row => entryOf(both, at, row));
    return !own.includes('lost') || own.includes('same');
  });
  if (isWhole) {
    const lost = kinds.flatMap((kind, row) => (kind.has('lost') ? [row] : []));
    const first = { cause: 'not-reduced', text: `${what}: those of all outputs but some` };
    const edge = { cause: 'border', text: `${what}: those of the outputs ${some(lost, both.outputs)}` };
    const over = { cause: 'overwritten-not-accumulated', text: `${what}: of those to one element the last ones count` };
    if (keptSome && isLastKept(both)) return [over, first];
    return 2 * lost.length > kinds.length ? [first, edge] : [edge, first];
  }
  const relation = relationOf(both);
  if (relation) return [{ cause: 'diagonal-only', text: `${what}: only those are there that ${relation}` }, MISSING];
  const isMostlyLost = both.right.every((column, at) => {
    const own = m.filter(row => column[row] !== 0).map(row => entryOf(both, at, row));
    const lost = own.filter(kind => kind === 'lost').length;
    return lost === 0 || (lost < own.length && 2 * lost >= own.length);
  });
  const overwritten = {
    cause: 'overwritten-not-accumulated',
    text: `${what}: of several to one element some count, as if each were written over the last`,
  };
  const edge = { cause: 'border', text: `${what}, of some elements to some outputs only` };
  return isMostlyLost ? [overwritten, MISSING] : [edge, overwritten];
}

const MISSING: Guess = { cause: 'missing-term', text: 'a part of it is missing' };

function some(rows: readonly number[], indices: Matrices['outputs']): string {
  const words = rows.slice(0, 3).map(row => `[${indices[row].join(', ')}]`);
  return rows.length > 3 ? `${words.join(', ')}, …` : words.join(', ');
}

/** Whether of the contributions to every element the last one is kept, and the first is not. */
function isLastKept(both: Matrices): boolean {
  return both.right.every((column, i) => {
    const own = [...column.keys()].filter(m => column[m] !== 0).map(m => entryOf(both, i, m));
    return !own.includes('lost') || (own[0] === 'lost' && own[own.length - 1] === 'same');
  });
}

/** Whether every output is one of the elements, as of a maximum, and some elements are none. */
function isSelection(both: Matrices): boolean {
  const reached = both.outputs.map((_, m) => both.right.filter(column => isBeyond(both, column[m])).length);
  const reaching = both.right.map(column => column.filter(slope => isBeyond(both, slope)).length);
  return reached.every(count => count <= 1) && reaching.includes(0) && reached.includes(1);
}

/** Whether each output goes back to one element at most. */
function isSingle(both: Matrices): boolean {
  return both.outputs.every((_, m) => both.yours.filter(column => isBeyond(both, column[m])).length <= 1);
}

/** Whether yours is the same for other numbers, and should not be. */
async function isBlind({
  args,
  primal,
  upstream,
  claimed,
  truth,
  bound,
  claimedAt,
  truthIn,
}: Evidence): Promise<boolean> {
  const there = { ...args, [primal]: otherwise(args[primal]) };
  const [yours, right] = [await claimedAt(there, upstream), await truthIn({ args: there })];
  const isSame = yours?.every((value, i) => value === claimed[i]) ?? false;
  return isSame && (right?.some((value, i) => Math.abs(value - truth[i]) > 4 * bound) ?? false);
}

/** Whether what is kept are the contributions to outputs of the same index along some axes. */
function relationOf({ right, yours, tolerance, inputs, first }: Matrices): string | undefined {
  for (const a of first[0].keys()) {
    for (const b of inputs[0].keys()) {
      const holds = right.every((column, i) =>
        first.every(
          (index, m) => Math.abs(column[m]) <= tolerance || (yours[i][m] !== 0) === (index[a] === inputs[i][b]),
        ),
      );
      if (holds) return `go from an index along axis ${b} to the same one along axis ${a} of the output`;
    }
  }
  return undefined;
}

/** Where right numbers are in wrong places: by how far along each axis, in the row of the Jacobian or in its column. */
interface Displaced {
  readonly by: readonly number[];
  /** The index at the other side. */
  readonly at: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The right numbers in wrong places. */
function moved(both: Matrices, entries: Entries): Guess[] | undefined {
  if (entries.extra === 0 && entries.lost > 0) return undefined;
  const inRows = displaced(both, false);
  const inColumns = displaced(both, true);
  if (inRows) return placed(both, entries, inRows, both.inputs, 'arrive at other elements', false);
  return inColumns && placed(both, entries, inColumns, both.outputs, 'come from other outputs', true);
}

/** Every wrong entry of yours and the nearest place where it would be right; undefined where there is none. */
function displaced(both: Matrices, isColumn: boolean): Displaced[] | undefined {
  const { right, yours, tolerance, inputs, outputs } = both;
  const found: Displaced[] = [];
  for (const [i, column] of yours.entries()) {
    for (const [m, value] of column.entries()) {
      if (Math.abs(value) <= tolerance || entryOf(both, i, m) === 'same') continue;
      const [indices, own] = isColumn ? [outputs, m] : [inputs, i];
      let best: Displaced | undefined;
      for (const from of indices.keys()) {
        const there = isColumn ? right[i][from] : right[from][m];
        if (from === own || !(Math.abs(there - value) <= tolerance)) continue;
        const by = indices[own].map((at, axis) => at - indices[from][axis]);
        if (!best || far(by) < far(best.by)) {
          best = { by, at: isColumn ? inputs[i] : outputs[m], from: indices[from], to: indices[own] };
        }
      }
      if (!best) return undefined;
      found.push(best);
    }
  }
  return found.length > 0 ? found : undefined;
}

function far(by: readonly number[]): number {
  return by.filter(one => one !== 0).length + Math.hypot(...by) / 1e3;
}

function placed(
  both: Matrices,
  { same, lost }: Entries,
  found: readonly Displaced[],
  indices: Matrices['inputs'],
  where: string,
  isColumn: boolean,
): Guess[] {
  const axes = indices[0].map((_, axis) => axis).filter(axis => found.some(({ by }) => by[axis] !== 0));
  const text = `the numbers are right, but ${where} along ${axes.map(axis => `axis ${axis}`).join(' and ')}`;
  const guess = (...causes: readonly string[]): Guess[] => causes.map(cause => ({ cause, text }));
  const isOne = new Set(found.map(({ by }) => by.join())).size === 1;
  const windows = isSelection(both) ? axes.some(axis => axis >= 2) : axes.every(axis => isWindow(both, axis, isColumn));
  const rows = both.outputs.map((_, m) => both.right.filter(column => isBeyond(both, column[m])).length);
  const columns = both.right.map(column => column.filter(slope => isBeyond(both, slope)).length);
  const isBroadcast = rows.every(count => count === 1) && columns.every(count => count > 1);
  if (isOne) return 4 * same < lost ? guess('shifted', 'another-config') : guess('another-config', 'shifted');
  if (isBroadcast) return guess('wrongly-reduced', 'wrong-channel');
  if (!windows) return guess('wrong-channel', 'misplaced');
  // What is moved at one end of the window or column: as one, mirrored, or drawn apart.
  const ends = new Map<string, Displaced[]>();
  for (const one of found) ends.set(one.at.join(), [...(ends.get(one.at.join()) ?? []), one]);
  const each = [...ends.values()];
  const isMirrored = each.every(([first, ...others]) =>
    others.every(one => axes.every(axis => one.from[axis] + one.to[axis] === first.from[axis] + first.to[axis])),
  );
  if (isMirrored && lost === 0 && each.some(({ length }) => length > 1))
    return guess('flipped-kernel', 'another-config');
  const isApart = each.some(ones => ones.some(({ by }) => by.join() !== ones[0].by.join()));
  const atOrigin = found.some(({ at }) => at.every(index => index === 0));
  return isApart || !atOrigin ? guess('another-config', 'shifted') : guess('shifted', 'another-config');
}

/** Whether an axis is one along which a window goes: what hangs together reaches other parts of it. */
function isWindow(both: Matrices, axis: number, isColumn: boolean): boolean {
  const { right, inputs, outputs } = both;
  if (axis >= 2) return true;
  const parts = componentsOf(both).filter(({ inputs: i, outputs: m }) => i.length > 1 && m.length > 1);
  return parts.some(({ inputs: is, outputs: ms }) => {
    const spans = isColumn
      ? is.map(i => ms.filter(m => isBeyond(both, right[i][m])).map(m => outputs[m][axis]))
      : ms.map(m => is.filter(i => isBeyond(both, right[i][m])).map(i => inputs[i][axis]));
    return new Set(spans.map(span => [...new Set(span)].toSorted((a, b) => a - b).join())).size > 1;
  });
}

/** Entries between what has nothing in common. */
function joined(both: Matrices, { extra, lost, changed, same }: Entries): Guess[] | undefined {
  if (extra === 0) return undefined;
  const single = both.outputs.every((_, m) => both.right.filter(column => isBeyond(both, column[m])).length <= 1);
  if (single && changed > 0) {
    const text = 'each output depends on one element, but goes back to several';
    const [derivative, config, mean] = ['another-derivative', 'another-config', 'missing-mean-term'].map(cause => ({
      cause,
      text,
    }));
    return isSelection(both) ? [derivative, config] : [config, mean];
  }
  const extras = both.outputs.flatMap((_, m) =>
    [...both.right.keys()].flatMap(i => (entryOf(both, i, m) === 'extra' ? [[i, m] as const] : [])),
  );
  const isOnDiagonal = both.right.length === both.outputs.length && extras.every(([i, m]) => i === m);
  const parts = componentsOf(both);
  const bothSides = (part: Component | undefined) =>
    part !== undefined && part.inputs.length > 0 && part.outputs.length > 0;
  const joins = extras.some(
    ([i, m]) =>
      bothSides(parts.find(({ inputs }) => inputs.includes(i))) &&
      bothSides(parts.find(({ outputs }) => outputs.includes(m))),
  );
  if (isOnDiagonal) {
    const text = 'an output goes back to its own element where that has no influence on it';
    return [
      { cause: 'wrong-branch', text },
      { cause: 'another-derivative', text },
    ];
  }
  if (lost + changed === 0 && !joins) {
    const text = `it goes from outputs to elements that they do not depend on${same > 0 ? ', and is right elsewhere' : ''}`;
    return [
      { cause: 'wrong-branch', text },
      { cause: 'another-config', text },
    ];
  }
  const text =
    'elements get something of outputs that do not depend on them: a sum goes over too much, or along another axis';
  return [
    { cause: 'wrongly-reduced', text },
    { cause: 'missing-mean-term', text },
    { cause: 'missing-variance-term', text },
  ];
}

/**
 * The entries are values of another argument, as of a layer that is linear in the primal: which of them yours are, and which they
 * should be.
 */
function fromElsewhere({ args, primal }: Evidence, both: Matrices): Guess[] | undefined {
  const { right, yours, tolerance } = both;
  for (const [name, { shape, data }] of Object.entries(args)) {
    if (name === primal || data.length < 3) continue;
    const placeOf = (entry: number) => {
      const at = data.findIndex(value => Math.abs(value - entry) <= tolerance);
      return at < 0 ? undefined : indexOf(at, shape);
    };
    const all = right.flatMap((column, i) => [...column.keys()].map(m => [yours[i][m], column[m]] as const));
    const changed = all.filter(([is, should]) => Math.abs(is - should) > tolerance);
    const used = changed.flatMap(([is]) => (isBeyond(both, is) ? [placeOf(is)] : []));
    const meant = changed.flatMap(([, should]) => (isBeyond(both, should) ? [placeOf(should)] : []));
    if (used.length < 3 || [...used, ...meant].includes(undefined)) continue;
    const pairs = changed.flatMap(([is, should]) =>
      isBeyond(both, is) && isBeyond(both, should) ? [[placeOf(is), placeOf(should)] as [number[], number[]]] : [],
    );
    const axes = shape.flatMap((_, axis) => (pairs.some(([a, b]) => a[axis] !== b[axis]) ? [axis] : []));
    const text = `its numbers are those of "${name}", but of other elements of it along ${axes.map(axis => `axis ${axis}`).join(' and ')}`;
    const isSpatial = axes.some(axis => axis >= 2);
    return isSpatial
      ? [
          { cause: 'another-config', text },
          { cause: 'wrong-channel', text },
        ]
      : [
          { cause: 'wrong-channel', text },
          { cause: 'transposed', text },
        ];
  }
  return undefined;
}

/** Some entries are 0 that should not be, others are other numbers. */
function partlyLost(both: Matrices): Guess[] {
  const { right, yours, outputs } = both;
  const isAverage = outputs.every((_, m) => {
    const [own, there] = [yours, right].map(of => of.map(column => column[m]).filter(value => isBeyond(both, value)));
    return [own, there].every(values => values.every(value => !isBeyond(both, value - values[0])));
  });
  const text = 'some of its contributions are lost, others are other numbers';
  return isAverage
    ? [
        { cause: 'stride-remainder', text: `${text}: it averages over other elements than forward` },
        { cause: 'another-config', text },
      ]
    : [
        { ...MISSING, text },
        { cause: 'overwritten-not-accumulated', text },
      ];
}

/** The entries are where they should be, but are other numbers. */
async function changedOnly(evidence: Evidence, both: Matrices): Promise<readonly Guess[]> {
  const parts = componentsOf(both).filter(({ inputs, outputs }) => inputs.length > 1 && outputs.length > 1);
  const lowRank = parts.filter(part => part.inputs.length > 2);
  if (lowRank.length > 0) {
    const differences = lowRank.map(part => difference(both, part));
    const ranks = differences.map(rows => rankOf(rows, 16 * both.tolerance));
    const isFull = lowRank.every(({ inputs, outputs }) => Math.min(inputs.length, outputs.length) > 2);
    if (isFull && ranks.every(rank => rank <= 1)) return ofRankOne(evidence, lowRank, differences);
    if (ranks.every((rank, k) => rank <= 2 && lowRank[k].inputs.length > 3 && lowRank[k].outputs.length > 3)) {
      const text = 'the error is of rank 2 in what hangs together: a sum over the others is wrong, and a second one';
      return [
        { cause: 'missing-variance-term', text },
        { cause: 'missing-mean-term', text },
      ];
    }
  }
  return dependence(evidence);
}

function difference({ right, yours }: Matrices, { inputs, outputs }: Component): number[][] {
  return outputs.map(m => inputs.map(i => yours[i][m] - right[i][m]));
}

/** One sum over the others is missing or wrong: which, by how much of it each element gets. */
function ofRankOne(evidence: Evidence, parts: readonly Component[], differences: readonly number[][][]): Guess[] {
  const x = evidence.args[evidence.primal].data;
  const y = Object.values(evidence.outputs).flatMap(({ data }) => [...data]);
  const along = (test: (part: Component, row: readonly number[], column: readonly number[]) => boolean) =>
    parts.every((part, k) => {
      const row = differences[k].reduce((best, other) => (Math.hypot(...other) > Math.hypot(...best) ? other : best));
      const at = row.reduce((best, value, i) => (Math.abs(value) > Math.abs(row[best]) ? i : best), 0);
      return (
        Math.hypot(...row) === 0 ||
        test(
          part,
          row,
          differences[k].map(other => other[at]),
        )
      );
    });
  const centred = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map(value => value - mean);
  };
  const isVariance = along(
    ({ inputs }, row) =>
      parallel(row, centred(inputs.map(i => x[i]))) ||
      parallel(
        row,
        inputs.map(i => x[i]),
      ),
  );
  const isEven = along((_, row) =>
    parallel(
      row,
      row.map(() => 1),
    ),
  );
  const isShared = along((_, _row, column) =>
    parallel(
      column,
      column.map(() => 1),
    ),
  );
  const isWeighted = along(({ outputs }, _, column) =>
    parallel(
      column,
      outputs.map(m => y[m]),
    ),
  );
  const text = 'the error is one sum over what hangs together, of which each element gets a share';
  const mean = { cause: 'missing-mean-term', text: `${text}: the sum over the others is missing or wrong` };
  const variance = {
    cause: 'missing-variance-term',
    text: `${text}: the term of the variance or norm is missing or wrong`,
  };
  const term = { ...MISSING, text };
  if (isVariance) return [variance, mean];
  return isEven || isShared || isWeighted ? [mean, term] : [term, mean];
}

function parallel(a: readonly number[], b: readonly number[]): boolean {
  const dot = a.reduce((sum, value, k) => sum + value * b[k], 0);
  return Math.abs(dot) >= (1 - 1e-5) * Math.hypot(...a) * Math.hypot(...b);
}

/** What yours depends on and what it should depend on, by what changes when an argument is another. */
async function dependence(evidence: Evidence): Promise<readonly Guess[]> {
  const { args, primal, claimed, truth, bound, upstream, gradients } = evidence;
  const found: Guess[] = [];
  const others: Guess[] = [];
  for (const [name, tensor] of Object.entries(args)) {
    if (!gradients[name] && tensor.data.every(Number.isInteger)) continue;
    const there = { ...args, [name]: otherwise(tensor) };
    const [yours, right] = [await evidence.claimedAt(there, upstream), await evidence.truthIn({ args: there })];
    if (!yours || !right) continue;
    const differs = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).some((value, i) => Math.abs(value - b[i]) > 4 * bound);
    const [isYours, isRight] = [differs(yours, claimed), differs(right, truth)];
    if (!isYours && isRight) {
      found.push(
        name === primal
          ? { cause: 'missing-activation-derivative', text: `it does not depend on "${name}" itself, as it should` }
          : { cause: 'argument-ignored', text: `it does not depend on "${name}", as it should` },
      );
    }
    if (isYours && !isRight)
      others.push({ cause: 'another-derivative', text: `it depends on "${name}", and should not` });
  }
  const text = 'the numbers are where they should be, and are others';
  const left = {
    cause: 'missing-activation-derivative',
    text: 'the error is gone where all arguments are small: the derivative of a function that is nearly straight there is left out inside',
  };
  const derivative = { cause: 'another-derivative', text };
  const rest: Guess[] = isDiagonal(evidence)
    ? [derivative, { cause: 'wrong-branch', text }]
    : (await vanishes(evidence))
      ? [left, derivative]
      : Object.keys(gradients).length > 1
        ? [{ ...MISSING, text }, derivative]
        : [derivative, { ...MISSING, text }];
  const own = found.toSorted((a, b) => Number(b.cause !== 'argument-ignored') - Number(a.cause !== 'argument-ignored'));
  return [...own, ...others, ...rest];
}

/** How small arguments are made, and how nearly yours is then a multiple of what it should be. */
const SMALL = 1 / 64;
const NEARLY = 0.02;

/** Whether yours is one multiple of what it should be where all arguments are small, and is not where they are not. */
async function vanishes({
  args,
  gradients,
  upstream,
  claimed,
  truth,
  bound,
  claimedAt,
  truthIn,
}: Evidence): Promise<boolean> {
  const small = Object.fromEntries(
    Object.entries(args).map(([name, tensor]) => [name, gradients[name] ? mapTensor(tensor, x => SMALL * x) : tensor]),
  );
  const [yours, right] = [await claimedAt(small, upstream), await truthIn({ args: small })];
  if (!yours || !right) return false;
  const isMultiple = (is: ArrayLike<number>, of: ArrayLike<number>, floor: number) => {
    const size = Math.max(...Array.from(of, Math.abs).filter(Number.isFinite));
    const own = Array.from(of, (value, i) => [is[i], value] as const).filter(
      ([, value]) => Math.abs(value) > Math.max(floor, NEARLY * size),
    );
    const factors = own.map(([a, b]) => a / b).toSorted((a, b) => a - b);
    const middle = factors[factors.length >> 1];
    return (
      own.length > 1 && Math.abs(middle) > 1e-3 && factors.every(factor => Math.abs(factor / middle - 1) <= NEARLY)
    );
  };
  return isMultiple(yours, right, 0) && !isMultiple(claimed, truth, 8 * bound);
}
