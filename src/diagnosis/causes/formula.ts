import { type Data, mapTensor, sameShape, sizeOf, type Tensor, type Tensors } from '../../tensor.ts';
import { random } from '../../numeric/random.ts';
import { dependsOn, type Evidence, isDiagonal } from '../evidence.ts';
import { type Cause, type Hypothesis, wrongOf } from '../hypothesis.ts';

/** Slopes in terms of the input that are confused with the right one. */
const SLOPES: Readonly<Record<string, (x: number) => number>> = {
  'x (1 - x)': x => x * (1 - x),
  '1 - x^2': x => 1 - x ** 2,
  x: x => x,
  '1 for x > 0, else 0': x => (x > 0 ? 1 : 0),
  'exp x': Math.exp,
  '1 / x': x => 1 / x,
};

/**
 * The formula of the slope is wrong, and no index: each element of yours depends on the numbers at its own place alone and not on
 * where that is, as it should. Where some elements are right, one piece of a function that has several is wrong, or begins elsewhere.
 */
export const formula: Cause = async evidence => {
  const { claimed, truth, args, primal, upstream } = evidence;
  if (sizeOf(evidence.shape) < 3 || !(isElementwise(evidence) || upstream.length === 1)) return [];
  const named =
    isElementwise(evidence) && isDiagonal(evidence)
      ? Object.entries(SLOPES).map(
          ([form, slope]): Hypothesis => ({
            cause: 'another-derivative',
            text: `the derivative is ${form}`,
            everywhere: true,
            ofAnyRank: true,
            predict: other => other.upstream.map((u, i) => u * slope(other.args[other.primal].data[i])),
          }),
        )
      : [];
  const [i] = wrongOf(evidence);
  const example = `where "${primal}" is ${args[primal].data[i].toPrecision(3)} it is ${(claimed[i] / truth[i]).toPrecision(3)} times what it should be`;
  const isPartly = await someAreRight(evidence);
  const isFixed = (isElementwise(evidence) || (await moved(evidence))) && (await isConstant(evidence));
  const fixed = async (other: Evidence) => ((await isConstant(other)) ? other.claimed : undefined);
  return [
    ...named,
    ...(isFixed && isRemembered(evidence)
      ? [
          {
            cause: 'stale-forward',
            text: `it does not depend on "${primal}" itself, as it should, and is another multiple of the upstream at each element: what it goes by was computed in an earlier call`,
            everywhere: true,
            ofAnyRank: true,
            predict: fixed,
          },
        ]
      : []),
    ...(isFixed
      ? [
          {
            cause: 'missing-activation-derivative',
            text: `it does not depend on "${primal}" itself, as it should: a derivative is left out; ${example}`,
            everywhere: true,
            ofAnyRank: true,
            predict: fixed,
          },
        ]
      : []),
    isPartly
      ? {
          cause: 'wrong-branch',
          text: `each element depends on its own numbers alone, as it should, but some are wrong: another piece of the function is taken there, or its derivative is another; ${example}`,
          everywhere: true,
          ofAnyRank: true,
          predict: moved,
        }
      : {
          cause: 'another-derivative',
          text: `each element depends on its own numbers alone, as it should: the formula of the derivative is wrong, not an index; ${example}`,
          everywhere: true,
          ofAnyRank: true,
          predict: moved,
        },
  ];
};

/** Whether elements that have nothing of their own but the primal's number have different multiples of the upstream. */
function isRemembered({ claimed, upstream, args, primal, bound }: Evidence): boolean {
  if (claimed.length !== upstream.length || Object.keys(args).some(name => name !== primal)) return false;
  return upstream.some(
    (u, i) => Math.abs(claimed[i] * upstream[0] - claimed[0] * u) > 4 * bound * Math.abs(upstream[0]),
  );
}

/** Whether yours does not depend on the primal, and the finite differences do. */
async function isConstant(evidence: Evidence): Promise<boolean> {
  const depends = await dependsOn(evidence, evidence.primal);
  return depends?.right === true && !depends.yours;
}

/** Whether there are elements with a slope that are right, all of them to more digits than the others are looked at. */
export async function someAreRight(evidence: Evidence): Promise<boolean> {
  const { claimed, truth, bound } = evidence;
  const wrong = new Set(wrongOf(evidence));
  const steep = Array.from(truth.keys()).filter(i => Math.abs(truth[i]) > 1e3 * bound && !wrong.has(i));
  const looked = steep.slice(0, LOOKED_AT);
  const precise = await evidence.truthIn({}, looked, true);
  return (
    looked.length > 0 && looked.every(i => precise && Math.abs(claimed[i] - precise[i]) <= 1e-8 * Math.abs(precise[i]))
  );
}

/** Whether there is an output for every element, and it depends on no other. */
function isElementwise(evidence: Evidence): boolean {
  const [output, ...others] = Object.values(evidence.outputs);
  return others.length === 0 && sameShape(output.shape, evidence.shape) && isDiagonal(evidence);
}

/** What yours is where all numbers stand one place further on, moved back again; undefined where an element depends on others. */
async function moved(evidence: Evidence): Promise<Data | undefined> {
  const { args, upstream, bound } = evidence;
  const elementwise = isElementwise(evidence);
  const uniform = withoutOthers(evidence);
  if (!uniform) return undefined;
  // What is wrong must not be which of the numbers of another shape is taken.
  const wrong = wrongOf(evidence);
  const stream = random(`${evidence.layer.name}/${evidence.primal}/half`);
  const stays = Array.from(evidence.truth, (_, i) => i === wrong[0] || stream.uniform() < 1 / 2);
  const other = stays.indexOf(false);
  if (other < 0) return undefined;
  const some = wrong.filter(i => stays[i]).slice(0, LOOKED_AT);
  const [yours, right] = [await evidence.claimedAt(uniform, upstream), await evidence.truthIn({ args: uniform }, some)];
  if (!yours || !right?.some((value, i) => Math.abs(value - yours[i]) > 4 * bound)) return undefined;
  const beside = (data: Data) =>
    data.map((value, i) => (stays[i] ? value : Number.isInteger(value) ? data[other] : (value + data[other]) / 2));
  const changed = alike(evidence, uniform, beside);
  const [yoursThen, rightThen] = [
    await evidence.claimedAt(changed, upstream),
    await evidence.truthIn({ args: changed }, some),
  ];
  const isOwn = (now: Data | undefined, before: Data) =>
    now?.every((value, i) => !stays[i] || Number.isNaN(value) || Math.abs(value - before[i]) <= bound) ?? false;
  if (!isOwn(yoursThen, yours) || !isOwn(rightThen, right)) return undefined;
  const along = (data: Data) => data.map((_, i) => data[(i + 1) % data.length]);
  const further = await evidence.claimedAt(alike(evidence, args, along), elementwise ? along(upstream) : upstream);
  return further?.map((_, i) => further[(i - 1 + further.length) % further.length]);
}

/** Wrong elements that are looked at where forwards are needed for each. */
const LOOKED_AT = 4;

/** The arguments with those that are not of the primal's shape replaced by one number; undefined where they are labels. */
function withoutOthers({ args, shape, gradients }: Evidence): Tensors | undefined {
  const changed: Record<string, Tensor> = { ...args };
  for (const [name, tensor] of Object.entries(args)) {
    if (sameShape(tensor.shape, shape) || sizeOf(tensor.shape) < 2) continue;
    if (!gradients[name] && tensor.data.every(Number.isInteger)) return undefined;
    changed[name] = mapTensor(tensor, () => tensor.data[0]);
  }
  return changed;
}

/** All arguments of the primal's shape changed in the same way. */
function alike({ shape }: Evidence, args: Tensors, change: (data: Data) => Data): Tensors {
  return Object.fromEntries(
    Object.entries(args).map(([name, tensor]) => [
      name,
      sameShape(tensor.shape, shape) ? { shape: tensor.shape, data: change(tensor.data) } : tensor,
    ]),
  );
}
