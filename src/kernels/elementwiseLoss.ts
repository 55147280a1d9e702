import type * as FastCheck from 'fast-check';
import { type ArgSpec, type CaseSpec, defineLayer, type Implementation, type Layer } from '../layer.ts';
import { mapTensor } from '../tensor.ts';
import { expectSameShape } from './expectSameShape.ts';
import { type LossConfig, reduceTerms, scaleOverInput, spreadUpstream } from './lossReduction.ts';

/** One term of a loss, from an element of the input and the one of the target, under settings S. */
export interface Term<S> {
  readonly value: (x: number, t: number, settings: S) => number;
  /** The derivative by x. At a kink it is the slope that the layer takes there. */
  readonly slope: (x: number, t: number, settings: S) => number;
}

export interface ElementwiseLossDefinition<C, S>
  extends Term<S>,
    Pick<Layer<C>, 'name' | 'formula' | 'source' | 'cases' | 'kinks' | 'examples'> {
  /** Whether the terms are functions of x - t: then the target has a gradient too, the input's with the other sign. */
  readonly ofResidual?: boolean;
  /**
   * The settings of a config, with its defaults; the config itself unless said.
   * @throws RangeError when one of them is not what it should be.
   */
  readonly settings?: (config: C) => S;
  /** The term in mathjs's language, of `input` and `target`; its branches meet where the term's do. */
  readonly expression: (settings: S) => string;
  /** Other ways to the same values and slopes. */
  readonly alternatives?: Readonly<Record<string, Term<S>>>;
}

/** A loss with a term for every element of `input` and `target`, which have one shape, whatever it is. */
export function elementwiseLoss<C extends LossConfig, S = C>(definition: ElementwiseLossDefinition<C, S>): Layer<C> {
  const { value, slope, ofResidual = false, settings, expression, alternatives = {}, ...rest } = definition;
  const settingsOf = settings ?? ((config: C) => config as unknown as S);
  const termwise = ({ value, slope }: Term<S>): Implementation<C> => ({
    forward({ input, target }, config) {
      expectSameShape(rest.name, { input, target });
      const own = settingsOf(config);
      return {
        loss: reduceTerms(
          mapTensor(input, (x, i) => value(x, target.data[i], own)),
          config.reduction,
        ),
      };
    },
    vjp({ input, target }, { loss }, config) {
      const own = settingsOf(config);
      const dTerms = spreadUpstream(loss, input.shape, config.reduction);
      const dInput = mapTensor(dTerms, (d, i) => d * slope(input.data[i], target.data[i], own));
      return { input: dInput, ...(ofResidual && { target: mapTensor(dInput, dx => -dx) }) };
    },
  });
  return defineLayer<C>({
    ...rest,
    ...termwise({ value, slope }),
    constants: ofResidual ? [] : ['target'],
    expression: { of: config => expression(settingsOf(config)), scale: scaleOverInput },
    alternatives: Object.fromEntries(Object.entries(alternatives).map(([name, other]) => [name, termwise(other)])),
  });
}

/** What is known of an argument besides its shape. */
type Kind = Omit<ArgSpec, 'shape'>;

/** A case of such a loss, whose arguments a loss of more may add to. */
export interface LossCase<C> extends CaseSpec<C> {
  readonly args: { readonly input: ArgSpec; readonly target: ArgSpec };
}

/** Targets from 0 to 1: soft ones, or hard ones of 0 and 1. */
export function softOrHard(fc: typeof FastCheck): FastCheck.Arbitrary<Kind> {
  return fc.constantFrom<Kind[]>({ range: [0, 1] }, { range: [0, 1], integer: true });
}

/** A scalar, and several elements of every rank: mostly more than one sample, and another number of elements. */
const SHAPES = [[], [4], [2, 3], [3, 2], [3, 1], [1, 3], [4, 2], [2, 1, 3], [3, 2, 2], [2, 2, 3]];

/** Cases of such a loss, under configurations drawn from `config`. */
export function lossCases<C>(
  fc: typeof FastCheck,
  config: FastCheck.Arbitrary<C>,
  target: FastCheck.Arbitrary<Kind> = fc.constant({}),
  input: Kind = {},
): FastCheck.Arbitrary<LossCase<C>> {
  return fc.record({ config, target, shape: fc.constantFrom(...SHAPES) }).map(drawn => ({
    config: drawn.config,
    args: { input: { ...input, shape: drawn.shape }, target: { ...drawn.target, shape: drawn.shape } },
  }));
}
