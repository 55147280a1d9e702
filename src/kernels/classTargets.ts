import type * as FastCheck from 'fast-check';
import type { ArgSpec } from '../layer.ts';
import { type Data, describe, emptyLike, sameShape, sizeOf, type Tensor } from '../tensor.ts';
import { type Lane, lanesOf } from './axis.ts';
import { expectShape } from './expectShape.ts';

/** Scores of classes [batch, class, d1, ...], or [class] of one sample: many decisions, each between as many classes. */
export interface Decisions {
  readonly classes: number;
  /** The shape without the axis of classes. */
  readonly shape: readonly number[];
  /** For every decision, in the order of `shape`, where its scores are. */
  readonly lanes: readonly Lane[];
}

/** @throws RangeError when there is no axis of classes; `layer` is the name in the message. */
export function decisionsOf(layer: string, input: Tensor): Decisions {
  if (input.shape.length === 0) {
    throw new RangeError(`${layer} has an input of shape []; give [batch, class, ...] or [class]`);
  }
  const axis = input.shape.length === 1 ? 0 : 1;
  return {
    classes: input.shape[axis],
    shape: input.shape.filter((_, other) => other !== axis),
    lanes: lanesOf(input.shape, axis),
  };
}

/**
 * The class that each decision should be for; -1 where the target is `ignoreIndex`.
 * @throws RangeError when the target has another shape than the decisions, or names a class that there is not.
 */
export function labelsOf(
  layer: string,
  target: Tensor,
  { classes, shape }: Decisions,
  ignoreIndex?: number,
): Int32Array {
  if (!sameShape(target.shape, shape)) {
    throw new RangeError(
      `${layer} has a target of shape [${target.shape.join(', ')}]; its input asks for [${shape.join(', ')}]`,
    );
  }
  return Int32Array.from(target.data, label => {
    if (label === ignoreIndex) return -1;
    if (Number.isInteger(label) && label >= 0 && label < classes) return label;
    throw new RangeError(`${layer} has a target of ${describe(label)}; give a class from 0 to ${classes - 1}`);
  });
}

/**
 * The weight of every class: 1 unless there is a tensor of them.
 * @throws RangeError when that has another shape than [classes].
 */
export function classWeights(layer: string, weight: Tensor | undefined, input: Tensor, classes: number): Data {
  if (!weight) return emptyLike(input.data, classes).fill(1);
  expectShape(layer, 'weight', weight, [classes]);
  return weight.data;
}

/** The arguments of a loss over classes, and the label that counts as ignored. */
export interface ClassCase {
  readonly ignoreIndex?: number;
  readonly args: { readonly input: ArgSpec; readonly target: ArgSpec; readonly weight?: ArgSpec };
}

/**
 * Draws of scores of up to `maxRank` axes, their labels, and weights of classes in half of the draws. With `ignoring` one of
 * several labels is the ignoreIndex, which may be a class itself; never are all.
 */
export function classCases(
  fc: typeof FastCheck,
  { maxRank = 4, ignoring = true }: { maxRank?: number; ignoring?: boolean } = {},
): FastCheck.Arbitrary<ClassCase> {
  const most = 3 ** (maxRank - 1);
  return fc.noBias(
    fc
      .record({
        classes: fc.integer({ min: 1, max: 5 }),
        others: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: maxRank - 1 }),
        labels: fc.array(fc.nat(59), { minLength: most, maxLength: most }),
        ignoreIndex: ignoring ? fc.constantFrom(-100, -1, 1) : fc.constant(undefined),
        ignored: fc.nat(most - 1),
        weighted: fc.boolean(),
      })
      .map(({ classes, others, ignoreIndex, weighted, ...drawn }) => {
        const labels = drawn.labels.slice(0, sizeOf(others)).map(label => label % classes);
        if (ignoreIndex !== undefined && labels.length > 1) labels[drawn.ignored % labels.length] = ignoreIndex;
        if (labels.every(label => label === ignoreIndex)) labels[0] = 0;
        return {
          ignoreIndex,
          args: {
            input: { shape: others.length === 0 ? [classes] : [others[0], classes, ...others.slice(1)] },
            target: { shape: others, integer: true, values: labels },
            ...(weighted && { weight: { shape: [classes], range: [0.5, 2] as const, differentiable: false } }),
          },
        };
      }),
  );
}
