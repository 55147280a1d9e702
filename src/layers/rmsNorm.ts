import { broadcastPositions } from '../broadcast.ts';
import { epsilonOf, epsilonOfCase } from '../kernels/epsilon.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { defineLayer } from '../layer.ts';
import { dtypeOf, emptyLike, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface RmsNormConfig {
  /** The last extents of the input, which are normalised together; those of the weight unless said, else the last one. */
  readonly normalizedShape?: number | readonly number[];
  /** Unless said, or null: the distance from 1 to the next number of the input's dtype, 2^-52 or 2^-23. */
  readonly epsilon?: number | null;
}

/**
 * Every sample divided by its root mean square over its last axes, then scaled element by element. input [...,
 * ...normalizedShape], weight [...normalizedShape], which may be missing; output as the input. Nothing is subtracted. Zeros
 * stay zeros, with gradient w dy / sqrt(epsilon); with epsilon 0 they become NaN.
 */
export const rmsNorm = defineLayer<RmsNormConfig>({
  name: 'rmsNorm',
  formula: 'y[n, i] = w[i] x[n, i] / sqrt(mean over j of x[n, j]^2 + epsilon)',
  source: 'torch.nn.RMSNorm; Zhang and Sennrich 2019, arXiv:1910.07467',
  linear: ['weight'],

  cases: fc =>
    fc
      .record({
        leading: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        normalizedShape: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 2 }),
        hasWeight: fc.boolean(),
        epsilon: fc.constantFrom(undefined, 1e-5, 0.25),
      })
      .map(({ leading, normalizedShape, hasWeight, epsilon }) => ({
        config: { epsilon: epsilonOfCase(sizeOf(normalizedShape), epsilon), ...(!hasWeight && { normalizedShape }) },
        args: { input: [...leading, ...normalizedShape], ...(hasWeight && { weight: normalizedShape }) },
      })),

  forward(args, config) {
    const { input, weight } = args;
    const { sampleOf, parameterOf, rms } = settings(args, config);
    const y = emptyLike(input.data);
    for (let i = 0; i < y.length; i++) {
      y[i] = ((weight ? weight.data[parameterOf[i]] : 1) * input.data[i]) / rms[sampleOf[i]];
    }
    return { output: { shape: input.shape, data: y } };
  },

  /** With z = x / rms and dz = w dy: dx = (dz - z * mean of z dz) / rms, dw = sum of dy z. */
  vjp(args, { output }, config) {
    const { input, weight } = args;
    const { size, sampleOf, parameterOf, rms } = settings(args, config);
    const dy = output.data;
    const meanOfZDz = new Float64Array(rms.length);
    const dw = weight && zerosLike(weight);
    for (let i = 0; i < dy.length; i++) {
      const z = input.data[i] / rms[sampleOf[i]];
      const dz = (weight ? weight.data[parameterOf[i]] : 1) * dy[i];
      meanOfZDz[sampleOf[i]] += (z * dz) / size;
      if (dw) dw.data[parameterOf[i]] += dy[i] * z;
    }
    const dx = emptyLike(dy);
    for (let i = 0; i < dy.length; i++) {
      const n = sampleOf[i];
      const dz = (weight ? weight.data[parameterOf[i]] : 1) * dy[i];
      dx[i] = (dz - (input.data[i] / rms[n]) * meanOfZDz[n]) / rms[n];
    }
    return { input: { shape: input.shape, data: dx }, ...(dw && { weight: dw }) };
  },

  /** With a dot for a tangent: (rms^2). = mean of 2 x x., rms. = (rms^2). / 2 rms, y. = (w. x + w x. - y rms.) / rms. */
  jvp(args, tangents, config) {
    const { input, weight } = args;
    const { size, sampleOf, parameterOf, rms } = settings(args, config);
    const dotX = tangents.input.data;
    const dotSquare = new Float64Array(rms.length);
    for (let i = 0; i < dotX.length; i++) dotSquare[sampleOf[i]] += (2 * input.data[i] * dotX[i]) / size;
    const dotY = emptyLike(dotX);
    for (let i = 0; i < dotX.length; i++) {
      const n = sampleOf[i];
      const w = weight ? weight.data[parameterOf[i]] : 1;
      const dotW = tangents.weight ? tangents.weight.data[parameterOf[i]] : 0;
      const y = (w * input.data[i]) / rms[n];
      dotY[i] = (dotW * input.data[i] + w * dotX[i] - (y * dotSquare[n]) / (2 * rms[n])) / rms[n];
    }
    return { output: { shape: input.shape, data: dotY } };
  },

  alternatives: {
    // Row by row, multiplied by 1 / rms; dx = w dy / rms - c x with c = (sum of w dy x) / (size * rms^3).
    rows: {
      forward(args, config) {
        const { input, weight } = args;
        const { shape, epsilon } = extents(args, config);
        const size = sizeOf(shape);
        const y = emptyLike(input.data);
        for (let start = 0; start < y.length; start += size) {
          const inverse = inverseOf(input.data.subarray(start, start + size), epsilon);
          for (let i = 0; i < size; i++) y[start + i] = input.data[start + i] * inverse * (weight?.data[i] ?? 1);
        }
        return { output: { shape: input.shape, data: y } };
      },
      vjp(args, { output }, config) {
        const { input, weight } = args;
        const { shape, epsilon } = extents(args, config);
        const size = sizeOf(shape);
        const dx = zerosLike(input);
        const dw = weight && zerosLike(weight);
        for (let start = 0; start < dx.data.length; start += size) {
          const x = input.data.subarray(start, start + size);
          const dy = output.data.subarray(start, start + size);
          const inverse = inverseOf(x, epsilon);
          let sum = 0;
          for (let i = 0; i < size; i++) {
            sum += dy[i] * x[i] * (weight?.data[i] ?? 1);
            if (dw) dw.data[i] += dy[i] * x[i] * inverse;
          }
          const c = (sum * inverse ** 3) / size;
          for (let i = 0; i < size; i++) dx.data[start + i] = dy[i] * (weight?.data[i] ?? 1) * inverse - c * x[i];
        }
        return { input: dx, ...(dw && { weight: dw }) };
      },
    },
  },

  examples: [
    {
      name: 'a root mean square of 5',
      source: 'by hand: (1 + 49) / 2 = 25, z = 1/5, 7/5',
      config: { epsilon: 0 },
      args: { input: tensor([1, 2], [1, 7]), weight: tensor([2], [1, -2]) },
      outputs: { output: tensor([1, 2], [0.2, -2.8]) },
      upstream: { output: tensor([1, 2], [5, 1]) },
      gradients: { input: tensor([1, 2], [1.036, -0.148]), weight: tensor([2], [1, 1.4]) },
    },
    {
      name: 'zeros, and epsilon inside the root',
      source: 'by hand: rms = sqrt(4) = 2 and sqrt(5 + 4) = 3',
      config: { normalizedShape: 2, epsilon: 4 },
      args: { input: tensor([2, 2], [0, 0, 1, 3]) },
      outputs: { output: tensor([2, 2], [0, 0, 1 / 3, 1]) },
      upstream: { output: tensor([2, 2], [6, -4, 3, 3]) },
      gradients: { input: tensor([2, 2], [3, -2, 7 / 9, 1 / 3]) },
    },
    {
      name: 'over two axes',
      source: 'by hand: rms = sqrt((1 + 1 + 1 + 1) / 4) = 1',
      config: { epsilon: 0 },
      args: { input: tensor([2, 2], [1, -1, 1, 1]), weight: tensor([2, 2], [1, 2, 3, 4]) },
      outputs: { output: tensor([2, 2], [1, -2, 3, 4]) },
      upstream: { output: tensor([2, 2], [4, 0, 0, 0]) },
      gradients: { input: tensor([2, 2], [3, 1, -1, -1]), weight: tensor([2, 2], [4, 0, 0, 0]) },
    },
  ],
});

/** The root mean square of every sample; which sample an element is in, and which weight it has. */
function settings(args: Tensors, config: RmsNormConfig) {
  const { input } = args;
  const { shape, epsilon } = extents(args, config);
  const size = sizeOf(shape);
  const leading = input.shape.slice(0, input.shape.length - shape.length);
  const sampleOf = broadcastPositions([...leading, ...shape.map(() => 1)], input.shape);
  const rms = new Float64Array(sizeOf(leading));
  for (let i = 0; i < input.data.length; i++) rms[sampleOf[i]] += input.data[i] ** 2;
  for (let n = 0; n < rms.length; n++) rms[n] = Math.sqrt(rms[n] / size + epsilon);
  return { size, sampleOf, parameterOf: broadcastPositions(shape, input.shape), rms };
}

/** The extents that are normalised together, with which all arguments agree, and epsilon. */
function extents({ input, weight }: Tensors, config: RmsNormConfig) {
  const { normalizedShape = weight?.shape ?? input.shape.slice(-1) } = config;
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  if (shape.length === 0) {
    throw new RangeError(
      `rmsNorm has an input of shape [${input.shape.join(', ')}] and no axis to normalise over; give normalizedShape one extent or more`,
    );
  }
  expectShape('rmsNorm', 'input', input, ['...', ...shape]);
  if (weight) expectShape('rmsNorm', 'weight', weight, shape);
  const epsilon = config.epsilon ?? (dtypeOf(input.data) === 'float32' ? 2 ** -23 : 2 ** -52);
  return { shape, epsilon: epsilonOf('rmsNorm', epsilon) };
}

function inverseOf(x: Float64Array, epsilon: number): number {
  return 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + epsilon);
}
