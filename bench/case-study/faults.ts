import { check, conv2d, defineLayer, type Layer, maxPool2d, tanh, type Tensor, type Tensors } from '../../src/index.ts';
import { emptyLike, mapTensor, zerosLike } from '../../src/tensor.ts';
import type { Recipe } from '../../src/network/recipe.ts';

/** A mistake in a backward pass. */
export interface Fault {
  /** As the continuation of "a network in which …". */
  readonly name: string;
  readonly layer: Layer;
  readonly wrong: Layer;
}

type Vjp = (args: Tensors, upstream: Tensors, config: unknown, outputs: Tensors) => Tensors;
type Spoil = (right: Vjp) => Vjp;

/** The layer as the networks use it, with a mistake in its backward, and without what would give that away at once. */
function fault(name: string, layer: Layer, implementation: string, spoil: Spoil): Fault {
  const { examples: _examples, alternatives = {}, ...rest } = layer;
  const chosen = alternatives[implementation];
  const right: Vjp = (...given) => chosen.vjp(...given) as ReturnType<Vjp>;
  return {
    name,
    layer,
    wrong: defineLayer({ ...rest, forward: (args, settings) => chosen.forward(args, settings), vjp: spoil(right) }),
  };
}

/** The network with every layer of the kind replaced. */
export function withFault(recipe: Recipe, { layer, wrong }: Fault): Recipe {
  const nodes = recipe.nodes.map(({ implementation, ...node }) =>
    node.layer === layer ? { ...node, layer: wrong } : { ...node, ...(implementation && { implementation }) },
  );
  return { ...recipe, nodes };
}

const inConv = (name: string, spoil: Spoil) => fault(name, conv2d as Layer, 'simd', spoil);

/** One gradient made from the right one. */
const spoiled =
  (argument: string, change: (gradient: Tensor, args: Tensors) => Tensor): Spoil =>
  right =>
  (args, upstream, config, outputs) => {
    const gradients = right(args, upstream, config, outputs);
    return gradients[argument] ? { ...gradients, [argument]: change(gradients[argument], args) } : gradients;
  };

/** The backward pass of another upstream, for all arguments or some. */
const arriving =
  (change: (upstream: Tensor) => Tensor, ...only: readonly string[]): Spoil =>
  right =>
  (args, upstream, config, outputs) => {
    const wrong = right(args, { output: change(upstream.output) }, config, outputs);
    if (only.length === 0) return wrong;
    const gradients = right(args, upstream, config, outputs);
    return { ...gradients, ...Object.fromEntries(only.map(name => [name, wrong[name]])) };
  };

const zeros = (gradient: Tensor) => zerosLike(gradient);

/** Position of an element on the last axes of its tensor, channels before rows before columns. */
function placeOf({ shape }: Tensor, at: number): { channel: number; row: number; column: number } {
  const [channels, rows, columns] = shape.slice(-3);
  return {
    channel: Math.floor(at / (rows * columns)) % channels,
    row: Math.floor(at / columns) % rows,
    column: at % columns,
  };
}

/** Zero wherever a condition does not hold. */
const kept = (holds: (place: ReturnType<typeof placeOf>, tensor: Tensor) => boolean) => (tensor: Tensor) =>
  mapTensor(tensor, (value, at) => (holds(placeOf(tensor, at), tensor) ? value : 0));

/** Each kernel turned by half a turn. */
function turned(weight: Tensor): Tensor {
  const [rows, columns] = weight.shape.slice(-2);
  const size = rows * columns;
  return mapTensor(weight, (_, at) => weight.data[at - (at % size) + (size - 1 - (at % size))]);
}

/** What belongs to filter o stands at filter o + 1. */
function ofNextFilter(gradient: Tensor): Tensor {
  const size = gradient.data.length / gradient.shape[0];
  const count = gradient.data.length;
  return mapTensor(gradient, (_, at) => gradient.data[(at - size + count) % count]);
}

/** The pool of the networks, two by two, whose gradient goes to other elements of the window: `shares` of top left to bottom right. */
const inPool = (name: string, shares: readonly number[]): Fault => ({
  name,
  layer: maxPool2d as Layer,
  wrong: defineLayer({
    name: maxPool2d.name,
    config: { kernel: 2 },
    args: { input: [2, 3, 4, 6] },
    forward: (args, config) => maxPool2d.forward(args, config),
    vjp: ({ input }, { output }) => {
      const dx = zerosLike(input);
      const [columns] = input.shape.slice(-1);
      for (let at = 0; at < output.data.length; at++) {
        const corner = 2 * Math.floor((2 * at) / columns) * columns + ((2 * at) % columns);
        for (let n = 0; n < 4; n++)
          dx.data[corner + Math.floor(n / 2) * columns + (n % 2)] = shares[n] * output.data[at];
      }
      return { input: dx };
    },
  }),
});

/** The derivative of tanh that its author took, from input and output. */
const slope =
  (derivative: (x: number, y: number) => number): Spoil =>
  () =>
  ({ input }, { output: dy }, _config, { output: y }) => {
    const data = emptyLike(input.data);
    for (let i = 0; i < data.length; i++) data[i] = dy.data[i] * derivative(input.data[i], y.data[i]);
    return { input: { shape: input.shape, data } };
  };

export const FAULTS: readonly Fault[] = [
  inConv("the kernel is turned the wrong way in the input's gradient", right => (args, upstream, config, outputs) => ({
    ...right(args, upstream, config, outputs),
    input: right({ ...args, weight: turned(args.weight) }, upstream, config, outputs).input,
  })),
  inConv("the weights' gradient is turned by half a turn", spoiled('weight', turned)),
  inConv("the bias's gradient is missing", spoiled('bias', zeros)),
  inConv("the input's gradient is missing", spoiled('input', zeros)),
  inConv('the last row is lost', arriving(kept(({ row }, { shape }) => row < shape[shape.length - 2] - 1))),
  inConv(
    'every second row and column is skipped, as if the stride were 2',
    arriving(kept(({ row, column }) => row % 2 === 0 && column % 2 === 0)),
  ),
  inConv(
    "the sum over the filters is missing in the input's gradient: the last one's stays",
    arriving(
      kept(({ channel }, { shape }) => channel === shape[shape.length - 3] - 1),
      'input',
    ),
  ),
  inConv("the weights' gradient stands at the next filter", spoiled('weight', ofNextFilter)),
  inConv(
    "the weights' gradient has the wrong sign",
    spoiled('weight', gradient => mapTensor(gradient, value => -value)),
  ),
  inConv(
    "the input's gradient has the wrong sign",
    spoiled('input', gradient => mapTensor(gradient, value => -value)),
  ),
  inConv(
    "the weights' gradient is averaged over the places of the window",
    right => (args, upstream, config, outputs) => {
      const gradients = right(args, upstream, config, outputs);
      const [rows, columns] = outputs.output.shape.slice(-2);
      return { ...gradients, weight: mapTensor(gradients.weight, value => value / (rows * columns)) };
    },
  ),
  inConv(
    "the input's gradient is one column off",
    spoiled('input', gradient =>
      mapTensor(gradient, (_, at) => (placeOf(gradient, at).column === 0 ? 0 : gradient.data[at - 1])),
    ),
  ),
  inPool('max-pool sends its gradient to the first of each window', [1, 0, 0, 0]),
  inPool('max-pool sends its gradient to all four of each window', [1, 1, 1, 1]),
  fault(
    "tanh's derivative is left out",
    tanh as Layer,
    'fromOutput',
    slope(() => 1),
  ),
  fault(
    "tanh's derivative is the sigmoid's, y (1 - y)",
    tanh as Layer,
    'fromOutput',
    slope((_, y) => y * (1 - y)),
  ),
  fault(
    "tanh's derivative is taken at the output, 1 - tanh(y)^2",
    tanh as Layer,
    'fromOutput',
    slope((_, y) => 1 - Math.tanh(y) ** 2),
  ),
];

/** What the harness says of a layer. */
export interface Said {
  readonly verdict: string;
  /** Those whose gradient is called wrong. */
  readonly arguments: readonly string[];
  /** The first cause that is named for the first of them, if there is one. */
  readonly cause?: string;
  /** Of one core: until the verdict, and until all is explained as well. */
  readonly milliseconds: { readonly verdict: number; readonly explained: number };
}

/** Checks the faulty layer as it would be checked by itself. The clock is read when what is compiled at first use is compiled. */
export async function said({ layer, wrong }: Fault): Promise<Said> {
  await check(layer, { cases: 2 });
  const start = performance.now();
  await check(wrong, { explain: false });
  const middle = performance.now();
  const { verdict, findings } = await check(wrong);
  const end = performance.now();
  const failing = findings.filter(finding => finding.verdict === 'fail' && finding.argument !== undefined);
  const blamed = [...new Set(failing.map(({ argument = '' }) => argument))];
  const cause = failing.flatMap(({ argument, diagnoses }) => (argument === blamed[0] ? diagnoses : []))[0]?.text;
  return {
    verdict,
    arguments: blamed,
    ...(cause !== undefined && { cause }),
    milliseconds: { verdict: Math.round(middle - start), explained: Math.round(end - middle) },
  };
}
