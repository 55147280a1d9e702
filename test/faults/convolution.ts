import { type CaseSpec, conv2d, tensor, type Tensors } from '../../src/index.ts';
import type { Conv2dConfig } from '../../src/layers/conv2d.ts';
import { pair } from '../../src/kernels/pair.ts';
import { sidesOf } from '../../src/kernels/padding.ts';
import { type Data, mapTensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs, wrong } from './fault.ts';

/** The extents of a convolution whose padding is not 'same'. */
interface Sizes {
  readonly batch: number;
  readonly inChannels: number;
  readonly rows: number;
  readonly columns: number;
  readonly outChannels: number;
  readonly groupIn: number;
  readonly groupOut: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly outRows: number;
  readonly outColumns: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  readonly dilationRows: number;
  readonly dilationColumns: number;
  readonly top: number;
  readonly left: number;
}

/** One product of a convolution: W[o, i, p, q] x[n, channel, row, column] goes into y[n, o, r, s]. */
interface Tap {
  readonly n: number;
  readonly o: number;
  readonly i: number;
  readonly p: number;
  readonly q: number;
  readonly r: number;
  readonly s: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

/** What a backward pass works on: the numbers of the arguments, of the upstream, and gradients that are zero so far. */
interface Work extends Sizes {
  readonly x: Data;
  readonly W: Data;
  readonly dy: Data;
  readonly dx: Data;
  readonly dW: Data;
  readonly db: Data;
  /** Flat positions. */
  readonly xAt: (n: number, channel: number, row: number, column: number) => number;
  readonly WAt: (o: number, i: number, p: number, q: number) => number;
  readonly yAt: (n: number, o: number, r: number, s: number) => number;
}

function sizes({ input, weight }: Tensors, config: Conv2dConfig): Sizes {
  const [batch, inChannels, rows, columns] = input.shape;
  const [outChannels, groupIn, kernelRows, kernelColumns] = weight.shape;
  const [strideRows, strideColumns] = pair('stride', config.stride ?? 1);
  const [dilationRows, dilationColumns] = pair('dilation', config.dilation ?? 1);
  const [top, left, bottom, right] = sidesOf(config.padding ?? 0) as readonly number[];
  return {
    batch,
    inChannels,
    rows,
    columns,
    outChannels,
    groupIn,
    groupOut: outChannels / (config.groups ?? 1),
    kernelRows,
    kernelColumns,
    outRows: Math.floor((top + rows + bottom - dilationRows * (kernelRows - 1) - 1) / strideRows) + 1,
    outColumns: Math.floor((left + columns + right - dilationColumns * (kernelColumns - 1) - 1) / strideColumns) + 1,
    strideRows,
    strideColumns,
    dilationRows,
    dilationColumns,
    top,
    left,
  };
}

/** Every product of the convolution, those with the padding left out. */
function everyTap(of: Sizes, visit: (tap: Tap) => void): void {
  for (let n = 0; n < of.batch; n++) {
    for (let o = 0; o < of.outChannels; o++) {
      for (let r = 0; r < of.outRows; r++) {
        for (let s = 0; s < of.outColumns; s++) {
          for (let i = 0; i < of.groupIn; i++) {
            for (let p = 0; p < of.kernelRows; p++) {
              for (let q = 0; q < of.kernelColumns; q++) {
                const channel = Math.floor(o / of.groupOut) * of.groupIn + i;
                const row = r * of.strideRows + p * of.dilationRows - of.top;
                const column = s * of.strideColumns + q * of.dilationColumns - of.left;
                if (row < 0 || row >= of.rows || column < 0 || column >= of.columns) continue;
                visit({ n, o, i, p, q, r, s, channel, row, column });
              }
            }
          }
        }
      }
    }
  }
}

type Backward = (work: Work) => void;

/** The faulty backward pass that `backward` writes into dx, dW and db. */
function backwardPass(backward: Backward) {
  return (args: Tensors, { output }: Tensors, config: Conv2dConfig): Tensors => {
    const { input, weight, bias } = args;
    const [dx, dW] = [zerosLike(input), zerosLike(weight)];
    const db = bias && zerosLike(bias);
    const of = sizes(args, config);
    backward({
      ...of,
      x: input.data,
      W: weight.data,
      dy: output.data,
      dx: dx.data,
      dW: dW.data,
      db: db ? db.data : new Float64Array(of.outChannels),
      xAt: (n, channel, row, column) => ((n * of.inChannels + channel) * of.rows + row) * of.columns + column,
      WAt: (o, i, p, q) => ((o * of.groupIn + i) * of.kernelRows + p) * of.kernelColumns + q,
      yAt: (n, o, r, s) => ((n * of.outChannels + o) * of.outRows + r) * of.outColumns + s,
    });
    return { input: dx, weight: dW, ...(db && { bias: db }) };
  };
}

/** The right gradients, for a fault to leave those alone that it does not concern. */
const inputGradient: Backward = work =>
  everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
    work.dx[work.xAt(n, channel, row, column)] += work.dy[work.yAt(n, o, r, s)] * work.W[work.WAt(o, i, p, q)];
  });
const weightGradient: Backward = work =>
  everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
    work.dW[work.WAt(o, i, p, q)] += work.dy[work.yAt(n, o, r, s)] * work.x[work.xAt(n, channel, row, column)];
  });
const biasGradient: Backward = ({ batch, outChannels, outRows, outColumns, dy, db, yAt }) => {
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outChannels; o++) {
      for (let r = 0; r < outRows; r++) for (let s = 0; s < outColumns; s++) db[o] += dy[yAt(n, o, r, s)];
    }
  }
};

/** A conv2d whose backward does these in turn, in the given settings. */
function faulty(cases: readonly CaseSpec<Conv2dConfig>[], ...passes: readonly Backward[]) {
  return wrong(conv2d, { cases, vjp: backwardPass(work => passes.forEach(pass => pass(work))) });
}

/** A setting with the shapes that follow from it. */
function setting(
  config: Conv2dConfig,
  {
    batch = 3,
    rows = 5,
    columns = 6,
    hasBias = true,
  }: { batch?: number; rows?: number; columns?: number; hasBias?: boolean } = {},
): CaseSpec<Conv2dConfig> {
  const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
  return {
    config: { ...config, hasBias },
    args: {
      input: [batch, config.inChannels, rows, columns],
      weight: [config.outChannels, config.inChannels / (config.groups ?? 1), kernelRows, kernelColumns],
      ...(hasBias && { bias: [config.outChannels] }),
    },
  };
}

const plain = setting({ inChannels: 2, outChannels: 3, kernel: [3, 2] });
const square = setting({ inChannels: 2, outChannels: 2, kernel: 3 }, { batch: 2, rows: 4, columns: 4 });
/** (5 - 2) mod 2 = 1 row and (6 - 3) mod 2 = 1 column that no window reaches. */
const remainder = setting({ inChannels: 2, outChannels: 2, kernel: [2, 3], stride: 2 }, { batch: 2 });
const dilated = setting({ inChannels: 1, outChannels: 2, kernel: 2, stride: 1, dilation: 2 }, { batch: 2 });
const grouped = setting({ inChannels: 4, outChannels: 4, kernel: 2, groups: 2 }, { batch: 2, rows: 3, columns: 4 });
const padded = setting(
  { inChannels: 2, outChannels: 2, kernel: 3, padding: [1, 2] },
  { batch: 2, rows: 3, columns: 4 },
);

const fail = { verdict: 'fail', check: 'exact' } as const;

/** Convolutions that are wrong. */
export const convolution: readonly Fault[] = [
  {
    name: 'dx is laid out for the rows and columns that the windows cover, where the stride leaves a remainder',
    layer: faulty([remainder], weightGradient, biasGradient, work => {
      const coveredRows = (work.outRows - 1) * work.strideRows + work.kernelRows;
      const coveredColumns = (work.outColumns - 1) * work.strideColumns + work.kernelColumns;
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        const at = ((n * work.inChannels + channel) * coveredRows + row) * coveredColumns + column;
        work.dx[at] += work.dy[work.yAt(n, o, r, s)] * work.W[work.WAt(o, i, p, q)];
      });
    }),
    expected: { ...fail, argument: 'input', causes: ['stride-remainder'] },
  },
  {
    name: 'stride and dilation are swapped in backward',
    layer: faulty([dilated], biasGradient, work => {
      const swapped = {
        ...work,
        strideRows: work.dilationRows,
        strideColumns: work.dilationColumns,
        dilationRows: work.strideRows,
        dilationColumns: work.strideColumns,
      };
      inputGradient(swapped);
      weightGradient(swapped);
    }),
    expected: { ...fail, argument: ['input', 'weight'], causes: ['another-config'] },
  },
  {
    name: 'the stride is forgotten in dx',
    layer: faulty([remainder], weightGradient, biasGradient, work =>
      inputGradient({ ...work, strideRows: 1, strideColumns: 1 }),
    ),
    expected: { ...fail, argument: 'input', causes: ['another-config'] },
  },
  {
    name: 'the dilation is forgotten in dW',
    layer: faulty([dilated], inputGradient, biasGradient, work =>
      weightGradient({ ...work, dilationRows: 1, dilationColumns: 1 }),
    ),
    expected: { ...fail, argument: 'weight', causes: ['another-config'] },
  },
  {
    name: 'every group of filters takes dW from the channels of the first',
    layer: faulty([plain, grouped], inputGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, row, column }) => {
        work.dW[work.WAt(o, i, p, q)] += work.dy[work.yAt(n, o, r, s)] * work.x[work.xAt(n, i, row, column)];
      }),
    ),
    expected: { ...fail, argument: 'weight', causes: ['wrong-channel'] },
  },
  {
    name: 'dx goes to the group of the filter modulo the groups, not divided by their size',
    layer: faulty([grouped], weightGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, row, column }) => {
        const group = o % (work.inChannels / work.groupIn);
        const at = work.xAt(n, group * work.groupIn + i, row, column);
        work.dx[at] += work.dy[work.yAt(n, o, r, s)] * work.W[work.WAt(o, i, p, q)];
      }),
    ),
    expected: { ...fail, argument: 'input', causes: ['wrong-channel'] },
  },
  {
    name: 'the depthwise path ignores the stride',
    layer: faulty(
      [setting({ inChannels: 3, outChannels: 3, kernel: 2, groups: 3, stride: 2 }, { batch: 2, rows: 4 })],
      inputGradient,
      biasGradient,
      work => {
        const depthwise = work.groupIn === 1 && work.groupOut === 1;
        weightGradient(depthwise ? { ...work, strideRows: 1, strideColumns: 1 } : work);
      },
    ),
    expected: { ...fail, argument: 'weight', causes: ['another-config'] },
  },
  {
    name: 'dW is divided by batch and places',
    layer: faulty([plain], inputGradient, weightGradient, biasGradient, ({ batch, outRows, outColumns, dW }) => {
      for (let i = 0; i < dW.length; i++) dW[i] /= batch * outRows * outColumns;
    }),
    expected: { ...fail, argument: 'weight', causes: ['scaled'] },
  },
  {
    name: 'the channel is taken where the filter is meant',
    layer: faulty([square], weightGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        work.dx[work.xAt(n, channel, row, column)] += work.dy[work.yAt(n, i, r, s)] * work.W[work.WAt(o, i, p, q)];
      }),
    ),
    expected: { ...fail, argument: 'input', causes: ['wrong-channel'] },
  },
  {
    name: 'the kernel is not turned by 180 degrees in dx',
    layer: faulty([plain], weightGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        const turned = work.WAt(o, i, work.kernelRows - 1 - p, work.kernelColumns - 1 - q);
        work.dx[work.xAt(n, channel, row, column)] += work.dy[work.yAt(n, o, r, s)] * work.W[turned];
      }),
    ),
    expected: { ...fail, argument: 'input', causes: ['flipped-kernel'] },
  },
  {
    name: 'where windows overlap, dx is overwritten',
    layer: faulty([plain], weightGradient, biasGradient, work => {
      for (let n = 0; n < work.batch; n++) {
        for (let r = 0; r < work.outRows; r++) {
          for (let s = 0; s < work.outColumns; s++) {
            for (let c = 0; c < work.inChannels; c++) {
              for (let p = 0; p < work.kernelRows; p++) {
                for (let q = 0; q < work.kernelColumns; q++) {
                  let sum = 0;
                  for (let o = 0; o < work.outChannels; o++) {
                    sum += work.dy[work.yAt(n, o, r, s)] * work.W[work.WAt(o, c, p, q)];
                  }
                  work.dx[work.xAt(n, c, r + p, s + q)] = sum;
                }
              }
            }
          }
        }
      }
    }),
    expected: { ...fail, argument: 'input', causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'the last row of the upstream is lost',
    layer: faulty([plain], biasGradient, work => {
      const places = { ...work, outRows: work.outRows - 1 };
      inputGradient(places);
      weightGradient(places);
    }),
    expected: { ...fail, argument: ['input', 'weight'], causes: ['border'] },
  },
  {
    name: 'the first row of dx stays zero',
    layer: faulty([plain], weightGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        if (row < 1) return;
        work.dx[work.xAt(n, channel, row, column)] += work.dy[work.yAt(n, o, r, s)] * work.W[work.WAt(o, i, p, q)];
      }),
    ),
    expected: { ...fail, argument: 'input', causes: ['border', 'zero'] },
  },
  {
    name: 'one corner of dx stays zero',
    layer: faulty(
      [setting({ inChannels: 1, outChannels: 4, kernel: 3 }, { batch: 1, rows: 32, columns: 33 })],
      inputGradient,
      weightGradient,
      biasGradient,
      ({ dx }) => {
        dx[dx.length - 1] = 0;
      },
    ),
    expected: { ...fail, argument: 'input', wrong: { count: 1, index: [0, 0, 31, 32] }, causes: ['border', 'zero'] },
  },
  {
    name: 'channels are taken two by two, and an odd one is left over',
    layer: faulty(
      [setting({ inChannels: 3, outChannels: 2, kernel: 2 }, { batch: 2, rows: 3 })],
      inputGradient,
      biasGradient,
      work => {
        for (let i = 0; i + 1 < work.groupIn; i += 2) {
          everyTap(work, tap => {
            if (tap.i !== i && tap.i !== i + 1) return;
            const x = work.x[work.xAt(tap.n, tap.channel, tap.row, tap.column)];
            work.dW[work.WAt(tap.o, tap.i, tap.p, tap.q)] += work.dy[work.yAt(tap.n, tap.o, tap.r, tap.s)] * x;
          });
        }
      },
    ),
    expected: { ...fail, argument: 'weight', causes: ['zero', 'border'] },
  },
  {
    name: 'dx is cut out of the padded image at its corner, not behind the padding',
    layer: faulty([padded], weightGradient, biasGradient, work => {
      const paddedColumns = work.columns + 2 * work.left;
      const image = new Float64Array(work.batch * work.inChannels * (work.rows + 2 * work.top) * paddedColumns);
      const paddedRows = work.rows + 2 * work.top;
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        const at = ((n * work.inChannels + channel) * paddedRows + row + work.top) * paddedColumns + column + work.left;
        image[at] += work.dy[work.yAt(n, o, r, s)] * work.W[work.WAt(o, i, p, q)];
      });
      for (let map = 0; map < work.batch * work.inChannels; map++) {
        for (let row = 0; row < work.rows; row++) {
          for (let column = 0; column < work.columns; column++) {
            work.dx[(map * work.rows + row) * work.columns + column] =
              image[(map * paddedRows + row) * paddedColumns + column];
          }
        }
      }
    }),
    expected: { ...fail, argument: 'input', causes: ['shifted'] },
  },
  {
    name: 'the padding above is taken for the padding on the left',
    layer: faulty([padded], inputGradient, biasGradient, work => weightGradient({ ...work, left: work.top })),
    expected: { ...fail, argument: 'weight', causes: ['another-config', 'shifted'] },
  },
  {
    name: 'the odd zero of "same" padding is put at the start in backward',
    layer: wrong(conv2d, {
      cases: [
        {
          config: { inChannels: 1, outChannels: 2, kernel: 2, padding: 'same' },
          args: { input: [2, 1, 3, 4], weight: [2, 1, 2, 2], bias: [2] },
        },
      ],
      vjp: (args, upstream, config) =>
        rightGradients(conv2d, args, upstream, { ...config, padding: [1, 1, 0, 0] as const }),
    }),
    expected: { ...fail, argument: ['input', 'weight'], causes: ['another-config', 'shifted'] },
  },
  {
    name: 'db is that of the last sample',
    layer: faulty(
      [plain],
      inputGradient,
      weightGradient,
      ({ batch, outChannels, outRows, outColumns, dy, db, yAt }) => {
        for (let n = 0; n < batch; n++) {
          for (let o = 0; o < outChannels; o++) {
            let sum = 0;
            for (let r = 0; r < outRows; r++) for (let s = 0; s < outColumns; s++) sum += dy[yAt(n, o, r, s)];
            db[o] = sum;
          }
        }
      },
    ),
    expected: { ...fail, argument: 'bias', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'db is the mean over the batch',
    layer: faulty([plain], inputGradient, weightGradient, biasGradient, ({ batch, db }) => {
      for (let o = 0; o < db.length; o++) db[o] /= batch;
    }),
    expected: { ...fail, argument: 'bias', causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'db sums over one place only',
    layer: faulty([plain], inputGradient, weightGradient, ({ batch, outChannels, dy, db, yAt }) => {
      for (let n = 0; n < batch; n++) for (let o = 0; o < outChannels; o++) db[o] += dy[yAt(n, o, 0, 0)];
    }),
    expected: { ...fail, argument: 'bias', causes: ['not-reduced'] },
  },
  {
    name: 'db counts the upstream as channels last',
    layer: faulty([plain], inputGradient, weightGradient, ({ outChannels, dy, db }) => {
      for (let at = 0; at < dy.length; at++) db[at % outChannels] += dy[at];
    }),
    expected: { ...fail, argument: 'bias', causes: ['transposed', 'wrongly-reduced', 'wrong-channel'] },
  },
  {
    name: 'db is never written',
    layer: faulty([plain], inputGradient, weightGradient),
    expected: { ...fail, argument: 'bias', causes: ['zero'] },
  },
  {
    name: 'dW holds the last sample only',
    layer: faulty([plain], inputGradient, biasGradient, work => {
      for (let n = 0; n < work.batch; n++) {
        work.dW.fill(0);
        everyTap(work, tap => {
          if (tap.n !== n) return;
          const x = work.x[work.xAt(n, tap.channel, tap.row, tap.column)];
          work.dW[work.WAt(tap.o, tap.i, tap.p, tap.q)] += work.dy[work.yAt(n, tap.o, tap.r, tap.s)] * x;
        });
      }
    }),
    expected: { ...fail, argument: 'weight', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'dW is transposed in its channels, as many in as out',
    layer: faulty([square], inputGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        work.dW[work.WAt(i, o, p, q)] += work.dy[work.yAt(n, o, r, s)] * work.x[work.xAt(n, channel, row, column)];
      }),
    ),
    expected: { ...fail, argument: 'weight', causes: ['transposed'] },
  },
  {
    name: 'the rows of the upstream are as long as it is high',
    layer: faulty([plain], inputGradient, biasGradient, work =>
      weightGradient({
        ...work,
        yAt: (n, o, r, s) => ((n * work.outChannels + o) * work.outColumns + s) * work.outRows + r,
      }),
    ),
    expected: { ...fail, argument: 'weight', causes: ['transposed'] },
  },
  {
    name: 'unconnected weights get a gradient',
    layer: wrong(conv2d, {
      cases: [
        {
          config: { inChannels: 2, outChannels: 2, kernel: 2 },
          args: {
            input: [2, 2, 3, 3],
            weight: [2, 2, 2, 2],
            bias: [2],
            connections: { shape: [2, 2], integer: true, values: [1, 0, 1, 1] },
          },
        },
      ],
      vjp: (args, upstream, config) => {
        const { connections: _ignored, ...connected } = args;
        const right = rightGradients(conv2d, args, upstream, config);
        return { ...right, weight: rightGradients(conv2d, connected, upstream, config).weight };
      },
    }),
    expected: { ...fail, argument: 'weight', wrong: { count: 4 }, causes: ['argument-ignored'] },
  },
  {
    name: 'dW sums in float32',
    layer: faulty([plain], inputGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        const product = work.dy[work.yAt(n, o, r, s)] * work.x[work.xAt(n, channel, row, column)];
        work.dW[work.WAt(o, i, p, q)] = Math.fround(work.dW[work.WAt(o, i, p, q)] + product);
      }),
    ),
    expected: {
      verdict: 'fail',
      check: 'gradient',
      argument: 'weight',
      code: 'precision-loss',
      causes: ['precision-loss'],
    },
  },
  {
    name: 'forward turns the kernel by 180 degrees, and backward follows',
    layer: wrong(conv2d, {
      cases: [square],
      examples: conv2d.examples,
      forward: (args, config) => rightOutputs(conv2d, { ...args, weight: turned(args.weight) }, config),
      vjp: (args, upstream, config) => {
        const gradients = rightGradients(conv2d, { ...args, weight: turned(args.weight) }, upstream, config);
        return { ...gradients, weight: turned(gradients.weight) };
      },
    }),
    expected: {
      verdict: 'fail',
      check: 'examples',
      argument: ['input', 'weight'],
      output: 'output',
      code: 'mismatch',
      causes: ['flipped-kernel'],
    },
  },
  {
    name: 'dW is only wrong in an example of two groups, which the cases never try',
    layer: wrong(conv2d, {
      cases: [plain],
      examples: conv2d.examples?.filter(example => example.config.groups === 2),
      vjp: (args, upstream, config) =>
        (config.groups ?? 1) === 1
          ? rightGradients(conv2d, args, upstream, config)
          : backwardPass(work => {
              inputGradient(work);
              everyTap(work, ({ n, o, i, p, q, r, s, row, column }) => {
                work.dW[work.WAt(o, i, p, q)] += work.dy[work.yAt(n, o, r, s)] * work.x[work.xAt(n, i, row, column)];
              });
            })(args, upstream, config),
    }),
    expected: { verdict: 'fail', check: 'examples', argument: 'weight', code: 'mismatch', causes: ['wrong-channel'] },
  },
  {
    name: 'the im2col path scales what is there by a half once per sample',
    layer: {
      ...conv2d,
      cases: [plain],
      examples: [],
      alternatives: {
        im2col: {
          forward: (args, config) => rightOutputs(conv2d, args, config),
          vjp: backwardPass(work => {
            inputGradient(work);
            biasGradient(work);
            const beta = 0.5;
            for (let n = 0; n < work.batch; n++) {
              if (n > 0) for (let at = 0; at < work.dW.length; at++) work.dW[at] *= beta;
              everyTap(work, tap => {
                if (tap.n !== n) return;
                const x = work.x[work.xAt(n, tap.channel, tap.row, tap.column)];
                work.dW[work.WAt(tap.o, tap.i, tap.p, tap.q)] += work.dy[work.yAt(n, tap.o, tap.r, tap.s)] * x;
              });
            }
          }),
        },
      },
    },
    expected: {
      verdict: 'fail',
      check: 'agreement',
      argument: 'weight',
      implementation: 'im2col',
      code: 'mismatch',
      causes: ['wrongly-reduced'],
    },
  },
  {
    name: 'col2im finds the channel by modulo, not by division',
    layer: {
      ...conv2d,
      cases: [plain],
      examples: [],
      alternatives: {
        im2col: {
          forward: (args, config) => rightOutputs(conv2d, args, config),
          vjp: backwardPass(work => {
            weightGradient(work);
            biasGradient(work);
            everyTap(work, ({ n, o, i, p, q, r, s, row, column }) => {
              const line = (i * work.kernelRows + p) * work.kernelColumns + q;
              const at = work.xAt(n, line % work.inChannels, row, column);
              work.dx[at] += work.dy[work.yAt(n, o, r, s)] * work.W[work.WAt(o, i, p, q)];
            });
          }),
        },
      },
    },
    expected: {
      verdict: 'fail',
      check: 'agreement',
      argument: 'input',
      implementation: 'im2col',
      code: 'mismatch',
      causes: ['wrong-channel'],
    },
  },
  {
    name: 'the im2col path forgets the bias, forward and backward',
    layer: {
      ...conv2d,
      cases: [plain],
      examples: [],
      alternatives: {
        im2col: {
          forward: ({ bias, ...args }, config) =>
            rightOutputs(conv2d, { ...args, bias: zerosLike(bias) }, { ...config, hasBias: true }),
          vjp: (args, upstream, config) => ({
            ...rightGradients(conv2d, args, upstream, config),
            bias: zerosLike(args.bias),
          }),
        },
      },
    },
    // Backward fits forward, so that only the reference tells; a bias without influence has gradient zero.
    expected: {
      verdict: 'fail',
      check: 'agreement',
      argument: 'bias',
      output: 'output',
      implementation: 'im2col',
      code: 'mismatch',
      causes: ['argument-ignored', 'zero'],
    },
  },
  {
    name: 'a sample reads the row behind the last of its image',
    layer: faulty([plain], inputGradient, biasGradient, work =>
      everyTap(work, ({ n, o, i, p, q, r, s, channel, row, column }) => {
        work.dW[work.WAt(o, i, p, q)] += work.dy[work.yAt(n, o, r, s)] * work.x[work.xAt(n, channel, row + 1, column)];
      }),
    ),
    // Behind the last image there is nothing: undefined times a number is NaN.
    expected: { ...fail, argument: 'weight', causes: ['shifted', 'non-finite'] },
  },
  {
    name: 'db is divided by the batch, in the settings that the layer itself draws',
    layer: wrong(conv2d, {
      vjp: (args, upstream, config) => {
        const right = rightGradients(conv2d, args, upstream, config);
        const [batch] = args.input.shape;
        return { ...right, ...(right.bias && { bias: mapTensor(right.bias, value => value / batch) }) };
      },
    }),
    expected: { ...fail, argument: 'bias', causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'the last column of dx stays zero where the stride is not 1, in the settings that the layer itself draws',
    layer: wrong(conv2d, {
      vjp: (args, upstream, config) => {
        const right = rightGradients(conv2d, args, upstream, config);
        const [, strideColumns] = pair('stride', config.stride ?? 1);
        const columns = args.input.shape[3];
        const last = (at: number) => at % columns === columns - 1;
        return { ...right, input: mapTensor(right.input, (dx, at) => (strideColumns > 1 && last(at) ? 0 : dx)) };
      },
    }),
    expected: { ...fail, argument: 'input', causes: ['border', 'zero'] },
  },
  {
    name: 'there is a gradient for a bias that it does not have',
    layer: wrong(conv2d, {
      cases: [setting({ inChannels: 1, outChannels: 2, kernel: 2 }, { batch: 1, rows: 3, columns: 3, hasBias: false })],
      vjp: (args, upstream, config) => ({
        ...rightGradients(conv2d, args, upstream, config),
        bias: tensor([config.outChannels]),
      }),
    }),
    expected: { verdict: 'error', check: 'contract', argument: 'bias', code: 'extra' },
  },
];

/** The weights with every kernel turned by 180 degrees. */
function turned({ shape, data }: Tensors[string]): Tensors[string] {
  const places = shape[2] * shape[3];
  const result = tensor(shape);
  for (let at = 0; at < data.length; at++) {
    const place = at % places;
    result.data[at - place + (places - 1 - place)] = data[at];
  }
  return result;
}
