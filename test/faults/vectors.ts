import { convolutionByProducts } from '../../src/kernels/convolutionByProducts.ts';
import type { Engine, Kernels } from '../../src/kernels/kernels.ts';
import { simd } from '../../src/kernels/simd.ts';
import { conv2d, type Layer } from '../../src/index.ts';
import type { Conv2dConfig } from '../../src/layers/conv2d.ts';
import type { Data } from '../../src/tensor.ts';
import type { Fault } from './fault.ts';

/** A convolution with a right reference, whose alternative is made with a wrong engine. */
const by = (engine: Engine): Layer<Conv2dConfig> => ({
  ...conv2d,
  cases: [
    {
      config: { inChannels: 2, outChannels: 3, kernel: [2, 3] },
      args: { input: [2, 2, 4, 5], weight: [3, 2, 2, 3], bias: [3] },
    },
  ],
  examples: [],
  alternatives: { simd: convolutionByProducts('conv2d', 2, engine) },
});

/** The engine with other kernels than its own. */
const withKernels =
  (change: (kernels: Kernels) => Partial<Kernels>): Engine =>
  (inputs, sizes, scratch, work) =>
    simd(inputs, sizes, scratch, (kernels, ...arrays) => work({ ...kernels, ...change(kernels) }, ...arrays));

const fail = { verdict: 'fail', check: 'agreement', implementation: 'simd', code: 'mismatch' } as const;

/** Kernels that work on vectors, or in a memory of their own, as they go wrong. */
export const vectors: readonly Fault[] = [
  {
    name: 'the numbers of a row that fill no vector are lost when the padding is taken off',
    layer: by(
      withKernels(({ col2im }) => ({
        col2im(matrix, windows, image, at) {
          const before = image.slice();
          col2im(matrix, windows, image, at);
          const { size } = windows.columns;
          for (let i = size - 1; i < image.length; i += size) image[i] = before[i];
        },
      })),
    ),
    expected: { ...fail, argument: 'input', wrong: { count: 16, index: [1, 0, 2, 4] }, causes: ['border', 'zero'] },
  },
  {
    name: 'what the last call left in the memory is added',
    layer: by(withLeftovers()),
    expected: {
      verdict: 'fail',
      check: 'contract',
      implementation: 'simd',
      code: 'nondeterministic',
      causes: ['accumulates-across-calls', 'nondeterministic'],
    },
  },
  {
    name: 'products with a transposed matrix, such as dW, are rounded to float32',
    layer: by(
      withKernels(({ matmul }) => ({
        matmul(rows, inner, columns, a, orderA, b, orderB, c) {
          matmul(rows, inner, columns, a, orderA, b, orderB, c);
          if (orderB === 'transposed' && columns > 1) c.set(c.map(Math.fround));
        },
      })),
    ),
    expected: { ...fail, argument: 'weight', causes: ['precision-loss'] },
  },
];

/** An engine that clears an array only before the first call that has one of that size. */
function withLeftovers(): Engine {
  const left = new Map<number, Data>();
  return (inputs, sizes, scratch, work) => {
    const results = simd(inputs, sizes, scratch, work);
    for (const result of results) {
      const before = left.get(result.length);
      left.set(result.length, result.slice());
      if (before) for (let i = 0; i < result.length; i++) result[i] += before[i];
    }
    return results;
  };
}
