import type * as FastCheck from 'fast-check';
import { broadcastPositions, broadcastShape } from '../broadcast.ts';
import type { ArgSpec, CaseSpec } from '../layer.ts';
import { type Data, mapTensor, sameShape, type Tensor } from '../tensor.ts';
import type { LossCase } from './elementwiseLoss.ts';

/**
 * The weight of every element of an input: from a tensor that broadcasts to its shape, or 1 where there is none.
 * @throws RangeError when the tensor does not broadcast to it; `layer` and `name` are the names in the message.
 */
export function elementWeights(layer: string, name: string, weight: Tensor | undefined, input: Tensor): Data {
  if (!weight) return mapTensor(input, () => 1).data;
  if (!sameShape(broadcastShape(layer, input.shape, weight.shape), input.shape)) {
    throw new RangeError(
      `${layer} has an input of shape [${input.shape.join(', ')}] and a ${name} of shape [${weight.shape.join(', ')}], which does not broadcast to it`,
    );
  }
  const positions = broadcastPositions(weight.shape, input.shape);
  return mapTensor(input, (_, i) => weight.data[positions[i]]).data;
}

/** Cases with such weights by these names added, each of them in half of the draws. */
export function weightedCases<C>(
  fc: typeof FastCheck,
  cases: FastCheck.Arbitrary<LossCase<C>>,
  names: readonly string[],
): FastCheck.Arbitrary<CaseSpec<C>> {
  return cases.chain(({ config, args }) => {
    const weights = Object.fromEntries(names.map(name => [name, weightSpecs(fc, args.input.shape)]));
    return fc.record(weights, { requiredKeys: [] }).map(drawn => ({ config, args: { ...args, ...drawn } }));
  });
}

/** Draws of weights from 1/2 to 2 for an input of a shape, stretched along some of its axes or lacking the first ones. */
function weightSpecs(fc: typeof FastCheck, shape: readonly number[]): FastCheck.Arbitrary<ArgSpec> {
  const stretched = fc.array(fc.constantFrom(false, false, true), { minLength: shape.length, maxLength: shape.length });
  return fc.noBias(fc.record({ stretched, missing: fc.constantFrom(0, 0, 1, 2) })).map(drawn => ({
    shape: shape.map((extent, axis) => (drawn.stretched[axis] ? 1 : extent)).slice(drawn.missing),
    range: [0.5, 2],
    differentiable: false,
  }));
}
