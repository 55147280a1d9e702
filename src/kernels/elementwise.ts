import { defineLayer, type Example, type Implementation, type Layer } from '../layer.ts';
import { emptyLike, tensor } from '../tensor.ts';

/** A function of one number and its derivative, under settings S. */
export interface Curve<S> {
  readonly value: (x: number, settings: S) => number;
  /** dy/dx, where `y` is the value at x. At a kink it is the slope that the layer takes there. */
  readonly slope: (x: number, settings: S, y: number) => number;
}

/** A worked example of vectors: one number of each for every x. */
export interface Row<C> {
  readonly name: string;
  /** "by hand" unless said. */
  readonly source?: string;
  readonly config?: C;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly upstream: readonly number[];
  readonly gradient: readonly number[];
}

export interface ElementwiseDefinition<C, S>
  extends Curve<S>,
    Pick<Layer<C>, 'name' | 'formula' | 'source' | 'cases' | 'kinks' | 'linear'> {
  /**
   * The settings of a config, with its defaults; the config itself unless said.
   * @throws RangeError when one of them is not what it should be.
   */
  readonly settings?: (config: C) => S;
  /** The formula in mathjs's language, of `input`; its branches meet where the curve's do. */
  readonly expression: (settings: S) => string;
  /** Other ways to the same values or the same slopes. */
  readonly alternatives?: Readonly<Record<string, Partial<Curve<S>>>>;
  readonly examples: readonly Row<C>[];
}

/** A layer that maps one tensor `input` of any shape to `output`, each element by itself. */
export function elementwise<C = object, S = Required<C>>(definition: ElementwiseDefinition<C, S>): Layer<C> {
  const { value, slope, settings, expression, alternatives = {}, examples, ...rest } = definition;
  const settingsOf = settings ?? ((config: C) => config as unknown as S);
  // Nothing is read after a loop: V8 would leave code that it optimised within the first, long one at its end, every time.
  const implementationOf = (curve: Curve<S>): Implementation<C> => ({
    forward({ input }, config) {
      const own = settingsOf(config);
      const { shape, data: x } = input;
      const y = emptyLike(x);
      for (let i = 0; i < x.length; i++) y[i] = curve.value(x[i], own);
      return { output: { shape, data: y } };
    },
    vjp({ input }, { output: upstream }, config, { output }) {
      const own = settingsOf(config);
      const { shape, data: x } = input;
      const y = output.data;
      const dy = upstream.data;
      const dx = emptyLike(x);
      for (let i = 0; i < x.length; i++) dx[i] = dy[i] * curve.slope(x[i], own, y[i]);
      return { input: { shape, data: dx } };
    },
  });
  return defineLayer<C>({
    ...rest,
    ...implementationOf({ value, slope }),
    expression: { of: config => expression(settingsOf(config)) },
    alternatives: Object.fromEntries(
      Object.entries(alternatives).map(([name, other]) => [name, implementationOf({ value, slope, ...other })]),
    ),
    examples: examples.map(exampleOf),
  });
}

function exampleOf<C>({ name, source = 'by hand', config, input, output, upstream, gradient }: Row<C>): Example<C> {
  const vector = (numbers: readonly number[]) => tensor([numbers.length], numbers);
  return {
    name,
    source,
    config: config ?? ({} as C),
    args: { input: vector(input) },
    outputs: { output: vector(output) },
    upstream: { output: vector(upstream) },
    gradients: { input: vector(gradient) },
  };
}
