import { type Layer, maxPool2d, relu, sigmoid, tanh, tensor } from '../../src/index.ts';
import { pair } from '../../src/kernels/pair.ts';
import { mapTensor, type Tensors, zerosLike } from '../../src/tensor.ts';
import { elementwise, wrong } from './fault.ts';

/** Layers that are right in another way than the built-in ones, and must not be called faults. */
export const rightByOtherConventions: readonly { name: string; layer: Layer }[] = [
  {
    name: 'relu has slope 1 at zero',
    layer: wrong(relu, {
      vjp: ({ input }, { output }) => ({ input: mapTensor(output, (dy, i) => (input.data[i] >= 0 ? dy : 0)) }),
    }),
  },
  {
    name: 'relu has slope 1/2 at zero',
    layer: wrong(relu, {
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, i) => (dy * (1 + Math.sign(input.data[i]))) / 2),
      }),
    }),
  },
  { name: 'of equal maxima the last wins', layer: pooledBy(winners => [winners[winners.length - 1]]) },
  { name: 'equal maxima share the gradient', layer: pooledBy(winners => winners) },
  {
    name: 'the slope of tanh is 1 - y^2, whatever cancels',
    layer: wrong(tanh, {
      vjp: (_args, { output: dy }, _config, { output: y }) => ({
        input: mapTensor(dy, (value, i) => value * (1 - y.data[i] ** 2)),
      }),
    }),
  },
  {
    name: 'the slope of sigmoid is y (1 - y), whatever cancels',
    layer: wrong(sigmoid, {
      vjp: (_args, { output: dy }, _config, { output: y }) => ({
        input: mapTensor(dy, (value, i) => value * y.data[i] * (1 - y.data[i])),
      }),
    }),
  },
  {
    name: 'a kink is declared where only the second derivative jumps',
    layer: elementwise(
      'elu',
      x => (x > 0 ? x : Math.expm1(x)),
      x => (x > 0 ? 1 : Math.exp(x)),
      { args: { input: { shape: [6], values: [0, -2, -1, 1, 0.5, -0.25] } }, kinks: 'input = 0' },
    ),
  },
  {
    name: 'one side of a kink is curved',
    layer: elementwise(
      'selu',
      x => 1.05 * (x > 0 ? x : 1.67 * Math.expm1(x)),
      x => 1.05 * (x > 0 ? 1 : 1.67 * Math.exp(x)),
      { args: { input: { shape: [6], values: [0, -2, -1, 1, 0.5, -0.25] } }, kinks: 'input = 0' },
    ),
  },
  {
    name: 'a slope is infinite at the edge of the domain',
    layer: elementwise('root', Math.sqrt, (_x, y) => 0.5 / y, { args: { input: [2] } }),
  },
  {
    name: 'forward is exact on whole numbers and backward rounds',
    layer: elementwise(
      'fourFold',
      x => 4 * x,
      () => 4,
      { args: { input: [8] }, linear: ['input'], vjp: (_args, { output }) => ({ input: thereAndBack(output) }) },
    ),
  },
  {
    name: 'the gradient is the upstream itself, where the slope is 1',
    layer: wrong(relu as Layer, {
      kinks: undefined,
      expression: undefined,
      forward: ({ input }) => ({ output: input }),
      vjp: (_args, { output }) => ({ input: output }),
    }),
  },
];

/** Four times a vector, by way of its Fourier transform. */
function thereAndBack({ shape, data }: Tensors[string]): Tensors[string] {
  const size = data.length;
  const result = tensor(shape);
  for (let k = 0; k < size; k++) {
    let [real, imaginary] = [0, 0];
    for (let n = 0; n < size; n++) {
      real += data[n] * Math.cos((2 * Math.PI * k * n) / size);
      imaginary -= data[n] * Math.sin((2 * Math.PI * k * n) / size);
    }
    for (let n = 0; n < size; n++) {
      const angle = (2 * Math.PI * k * n) / size;
      result.data[n] += ((real * Math.cos(angle) - imaginary * Math.sin(angle)) * 4) / size;
    }
  }
  return result;
}

/** A max pool whose gradient is shared evenly by those of the equal maxima that `choose` names. */
function pooledBy(choose: (winners: number[]) => readonly number[]): Layer {
  return wrong(maxPool2d as Layer, {
    cases: [
      { config: { kernel: 2 }, args: { input: [2, 2, 4, 6] } },
      { config: { kernel: 3, stride: 1 }, args: { input: [1, 2, 4, 5] } },
    ],
    vjp: ({ input }: Tensors, { output }: Tensors, config) => {
      const dx = zerosLike(input);
      const [kernel] = pair('kernel', config.kernel);
      const [stride] = pair('stride', config.stride ?? kernel);
      const [, , rows, columns] = input.shape;
      const [, , outRows, outColumns] = output.shape;
      for (let at = 0; at < output.data.length; at++) {
        const map = Math.floor(at / (outRows * outColumns));
        const [r, s] = [Math.floor(at / outColumns) % outRows, at % outColumns];
        const covered = Array.from({ length: kernel * kernel }, (_, k) => {
          const row = r * stride + Math.floor(k / kernel);
          return (map * rows + row) * columns + s * stride + (k % kernel);
        });
        const best = Math.max(...covered.map(position => input.data[position]));
        const chosen = choose(covered.filter(position => input.data[position] === best));
        for (const position of chosen) dx.data[position] += output.data[at] / chosen.length;
      }
      return { input: dx };
    },
  });
}
