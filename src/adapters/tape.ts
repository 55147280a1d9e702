import { argSpec, defineLayer, type Layer } from '../layer.ts';
import { sizeOf, type Tensor, type Tensors } from '../tensor.ts';
import { fromFormat, type Numbers, toFormat } from './numbers.ts';
import { primalsOf, type Specs } from './specs.ts';

/** How an engine that records its operations is used. */
export interface TapeOptions<Node> {
  /** The layer's name in reports; the function's own unless said. */
  readonly name?: string;
  /** What the function takes, in order. */
  readonly args: Specs;
  /** A leaf that gets a gradient, from a number, or from nested arrays. */
  readonly leaf: (numbers: never) => Node;
  /** Whether a leaf holds one number, so that an argument is nested arrays of them (micrograd), or a whole tensor. */
  readonly holds?: 'numbers' | 'tensors';
  /** Numbers of a node, and of its gradient; `.data` and `.grad` unless said. */
  readonly value?: (node: Node) => unknown;
  readonly gradient?: (node: Node) => unknown;
  /**
   * Goes back from all output nodes, each with its upstream. Unless said, a node of one number is multiplied by its upstream, all are
   * added (`.mul`, `.add`), and `.backward()` of the sum is called; a node of a whole tensor gets `.backward(upstream)`.
   */
  readonly backward?: (outputs: readonly Node[], upstream: readonly Numbers[]) => void;
}

/** As much of a node as is used where nothing else is said. */
interface Usual {
  readonly data: unknown;
  readonly grad: unknown;
  mul(factor: unknown): Usual;
  add(other: Usual): Usual;
  backward(upstream?: unknown): void;
}

/**
 * A layer from a function on the nodes of an engine with `.backward()`. Every call makes fresh leaves. What such an engine is wrong in
 * is often seen only where a node is used twice.
 */
export function fromTape<Node>(f: (...args: never[]) => unknown, options: TapeOptions<Node>): Layer {
  const { args: specs, name = f.name || 'tape', holds = 'numbers' } = options;
  const { value = (node: Node) => (node as Usual).data, gradient = (node: Node) => (node as Usual).grad } = options;
  const { backward = holds === 'numbers' ? addUp : each } = options;
  const names = Object.keys(specs);
  const leaf = options.leaf as (numbers: Numbers) => Node;

  /** The leaves of every argument, and what the function makes of them. */
  const run = (args: Tensors): { readonly leaves: Readonly<Record<string, Node[]>>; readonly returned: unknown } => {
    const leaves: Record<string, Node[]> = {};
    const wrapped = names.map(key => {
      const nested = toFormat(args[key], 'nested');
      leaves[key] = [];
      const wrap = (part: Numbers): unknown => {
        if (holds === 'numbers' && Array.isArray(part)) return part.map(wrap);
        const node = leaf(part);
        leaves[key].push(node);
        return node;
      };
      return wrap(nested);
    });
    return { leaves, returned: (f as (...all: unknown[]) => unknown)(...wrapped) };
  };
  const tensorOf = (returned: unknown, what: string): Tensor => {
    const unwrap = (part: unknown): unknown => (Array.isArray(part) ? part.map(unwrap) : value(part as Node));
    return fromFormat(unwrap(returned), what);
  };

  return defineLayer({
    name,
    args: specs,
    forward: args => ({ output: tensorOf(run(args).returned, `what ${name} returns`) }),
    vjp(args, { output }) {
      const { leaves, returned } = run(args);
      const nodes = flat(returned) as Node[];
      const upstream: Numbers[] = holds === 'numbers' ? [...output.data] : [toFormat(output, 'nested')];
      (backward as (outputs: readonly Node[], above: readonly Numbers[]) => void)(nodes, upstream);
      return Object.fromEntries(
        primalsOf(specs).map(key => {
          const { shape } = argSpec(specs[key]);
          const numbers = leaves[key].map(node => gradient(node) as Numbers);
          const what = `the gradient of "${key}" of ${name}`;
          return [key, fromFormat(sizeOf(shape) === 0 ? [] : numbers, what, shape)] as const;
        }),
      );
    },
  });
}

function flat(part: unknown): unknown[] {
  return Array.isArray(part) ? part.flatMap(flat) : [part];
}

/** sum of y_i u_i, from which it goes back once. */
function addUp(outputs: readonly unknown[], upstream: readonly Numbers[]): void {
  const terms = (outputs as readonly Usual[]).map((node, at) => node.mul(upstream[at]));
  terms.reduce((sum, term) => sum.add(term)).backward();
}

function each(outputs: readonly unknown[], upstream: readonly Numbers[]): void {
  for (const [at, node] of (outputs as readonly Usual[]).entries()) node.backward(upstream[at]);
}
