/**
 * A network of one's own that reads digits.
 *
 *     npx gradcheck train examples/small-network.ts
 */
import { crossEntropy, linear, relu } from 'gradcheck';

export const network = {
  name: 'small',
  input: [1024],
  nodes: [
    {
      name: 'fc1',
      layer: linear,
      config: { inFeatures: 1024, outFeatures: 32 },
      implementation: 'simd',
      args: { weight: [32, 1024], bias: [32] },
    },
    { name: 'relu', layer: relu },
    {
      name: 'fc2',
      layer: linear,
      config: { inFeatures: 32, outFeatures: 10 },
      args: { weight: [10, 32], bias: [10] },
    },
  ],
  loss: { layer: crossEntropy, config: { reduction: 'sum' }, target: 'label' },
  settings: {
    optimizer: { name: 'adam', learningRate: 1e-3 },
    batch: 20,
    reduction: 'mean',
    initialiser: 'he',
    scale: 'standard',
  },
};
