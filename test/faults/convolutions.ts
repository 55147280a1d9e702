import {
  type CaseSpec,
  conv1d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  type Layer,
  type Tensors,
} from '../../src/index.ts';
import { everyProduct, type Products } from '../../src/kernels/everyProduct.ts';
import { padsOf } from '../../src/kernels/padding.ts';
import { perAxis } from '../../src/kernels/perAxis.ts';
import type { Config } from '../../src/layer.ts';
import { type Data, mapTensor, sizeOf } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs, wrong } from './fault.ts';

/** A backward pass to be spoilt: what its products run over, its numbers, and gradients that are right so far. */
interface Work extends Products {
  readonly W: Data;
  /** The numbers at the places and in the cells: upstream and input, in a transposed convolution input and upstream. */
  readonly place: Data;
  readonly cell: Data;
  readonly dInput: Data;
  readonly dW: Data;
  readonly db: Data;
  readonly outChannels: number;
  readonly dy: Data;
  /** How many weights a kernel has, and how many cells a map. */
  readonly taps: number;
  readonly cells: number;
  readonly config: Config;
}

/** A convolution with a backward that is spoilt so. */
function faulty(layer: Layer, spoil: (work: Work) => void, cases = layer.cases): Layer {
  return wrong(layer, {
    cases,
    vjp(args, upstream, config) {
      const right = rightGradients(layer, args, upstream, config);
      const { input, weight } = args;
      const { output } = upstream;
      const isTransposed = layer === convTranspose1d || layer === convTranspose2d;
      const [atPlaces, inCells] = isTransposed ? [input, output] : [output, input];
      const rank = weight.shape.length - 2;
      const [places, cells] = [atPlaces.shape.slice(-rank), inCells.shape.slice(-rank)];
      const [stride, dilation] = [config.stride, config.dilation].map(value => perAxis('setting', value ?? 1, rank));
      const kernel = weight.shape.slice(2);
      const pads = padsOf(config.padding ?? 0, rank);
      const axes = places.map((count, axis) => {
        const zeros = (count - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - cells[axis];
        return {
          places: count,
          cells: cells[axis],
          kernel: kernel[axis],
          stride: stride[axis],
          dilation: dilation[axis],
          before: pads === 'same' ? Math.floor(Math.max(zeros, 0) / 2) : pads[axis][0],
        };
      });
      spoil({
        batch: sizeOf(input.shape.slice(0, -rank - 1)),
        groups: config.groups ?? 1,
        placeChannels: atPlaces.shape.at(-rank - 1) as number,
        cellChannels: inCells.shape.at(-rank - 1) as number,
        axes,
        W: weight.data,
        place: atPlaces.data,
        cell: inCells.data,
        dInput: right.input.data,
        dW: right.weight.data,
        db: right.bias?.data ?? new Float64Array(config.outChannels),
        outChannels: config.outChannels,
        dy: output.data,
        taps: sizeOf(kernel),
        cells: sizeOf(cells),
        config,
      });
      return right;
    },
  });
}

/** The gradient of the weights over products of these axes. */
function weightsOver(work: Work, axes: Products['axes']): void {
  work.dW.fill(0);
  everyProduct({ ...work, axes }, (place, weight, cell) => {
    work.dW[weight] += work.place[place] * work.cell[cell];
  });
}

/** The gradient of the input of a convolution over products of these axes; with a turned kernel if so asked. */
function cellsOver(work: Work, axes: Products['axes'], turned = false): void {
  work.dInput.fill(0);
  everyProduct({ ...work, axes }, (place, weight, cell) => {
    const tap = weight % work.taps;
    work.dInput[cell] += work.place[place] * work.W[turned ? weight - tap + (work.taps - 1 - tap) : weight];
  });
}

/** The gradient of the input of a transposed convolution over products of these axes. */
function placesOver(work: Work, axes: Products['axes']): void {
  work.dInput.fill(0);
  everyProduct({ ...work, axes }, (place, weight, cell) => {
    work.dInput[place] += work.cell[cell] * work.W[weight];
  });
}

/** A layer whose alternative is spoilt and whose reference is right. */
function alternative(layer: Layer, name: string, spoilt: Layer): Layer {
  return { ...layer, examples: [], alternatives: { [name]: spoilt } };
}

/** The same with every kernel turned by 180 degrees. */
function turned({ weight, ...args }: Tensors): Tensors {
  const taps = sizeOf(weight.shape.slice(2));
  const at = (i: number) => i - (i % taps) + (taps - 1 - (i % taps));
  return { ...args, weight: mapTensor(weight, (_, i) => weight.data[at(i)]) };
}

const fail = { verdict: 'fail', check: 'exact' } as const;

/** As many channels in as out. */
const square: CaseSpec = {
  config: { inChannels: 2, outChannels: 2, kernel: 3, hasBias: false, stride: 2 },
  args: { input: [2, 2, 3], weight: [2, 2, 3] },
};

/** Convolutions over one and three axes, and transposed ones, that are wrong. */
export const convolutions: readonly Fault[] = [
  {
    name: 'conv1d: stride and dilation are swapped in backward',
    layer: faulty(conv1d, work => {
      const axes = work.axes.map(axis => ({ ...axis, stride: axis.dilation, dilation: axis.stride }));
      weightsOver(work, axes);
      cellsOver(work, axes);
    }),
    expected: { ...fail, argument: ['input', 'weight'], causes: ['another-config'] },
  },
  {
    name: 'conv1d: every group of filters takes dW from the channels of the first',
    layer: faulty(conv1d, work => {
      work.dW.fill(0);
      const perGroup = work.cellChannels / work.groups;
      everyProduct(work, (place, weight, cell) => {
        const channel = Math.floor(cell / work.cells) % work.cellChannels;
        const group = channel - (channel % perGroup);
        work.dW[weight] += work.place[place] * work.cell[cell - group * work.cells];
      });
    }),
    expected: { ...fail, argument: 'weight', causes: ['wrong-channel'] },
  },
  {
    name: 'conv1d: the kernel is not turned in dx',
    layer: faulty(conv1d, work => cellsOver(work, work.axes, true)),
    expected: { ...fail, argument: 'input', causes: ['flipped-kernel'] },
  },
  {
    name: 'conv1d: dx is laid out for what the windows cover, where the stride leaves a remainder',
    layer: faulty(conv1d, work => {
      const [{ places, stride, dilation, kernel, before, cells }] = work.axes;
      const covered = Math.min((places - 1) * stride + dilation * (kernel - 1) + 1 - before, cells);
      work.dInput.fill(0);
      everyProduct(work, (place, weight, cell) => {
        const map = Math.floor(cell / cells);
        work.dInput[map * covered + (cell % cells)] += work.place[place] * work.W[weight];
      });
    }),
    expected: { ...fail, argument: 'input', causes: ['stride-remainder'] },
  },
  {
    name: 'conv1d: db is that of the last sample',
    layer: faulty(conv1d, ({ db, dy, batch, outChannels }) => {
      const places = dy.length / (batch * outChannels);
      db.fill(0);
      for (let at = dy.length - places * outChannels; at < dy.length; at++) {
        db[Math.floor(at / places) % outChannels] += dy[at];
      }
    }),
    expected: { ...fail, argument: 'bias', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'conv3d: dW forgets the stride where there are groups',
    layer: faulty(conv3d, work => {
      if (work.groups === 1) return;
      weightsOver(
        work,
        work.axes.map(axis => ({ ...axis, stride: 1 })),
      );
    }),
    expected: { ...fail, argument: 'weight', causes: ['another-config'] },
  },
  {
    name: 'conv3d: the padding of the planes is taken for that of the rows',
    layer: faulty(conv3d, work => {
      const [planes, rows, columns] = work.axes;
      cellsOver(work, [planes, { ...rows, before: planes.before }, columns]);
    }),
    expected: { ...fail, argument: 'input', causes: ['another-config', 'shifted'] },
  },
  {
    name: 'conv3d: the last plane of the upstream is lost',
    layer: faulty(conv3d, work => {
      const [planes, rows, columns] = work.axes;
      work.dW.fill(0);
      everyProduct(work, (place, weight, cell) => {
        const plane = Math.floor(place / (rows.places * columns.places)) % planes.places;
        if (plane < planes.places - 1) work.dW[weight] += work.place[place] * work.cell[cell];
      });
    }),
    expected: { ...fail, argument: 'weight', causes: ['border'] },
  },
  {
    name: 'conv3d: col2im overwrites where windows overlap',
    layer: alternative(
      conv3d,
      'im2col',
      faulty(conv3d, work => {
        // The upstream through all filters first, then one write for each place in the kernel.
        const columns = new Map<string, number>();
        everyProduct(work, (place, weight, cell) => {
          const key = `${cell} ${weight % work.taps}`;
          columns.set(key, (columns.get(key) ?? 0) + work.place[place] * work.W[weight]);
        });
        for (const [key, value] of columns) work.dInput[Number(key.split(' ')[0])] = value;
      }),
    ),
    expected: {
      verdict: 'fail',
      check: 'agreement',
      argument: 'input',
      implementation: 'im2col',
      code: 'mismatch',
      causes: ['overwritten-not-accumulated'],
    },
  },
  {
    name: 'convTranspose1d: the stride is ignored in dx',
    layer: faulty(convTranspose1d, work =>
      placesOver(
        work,
        work.axes.map(axis => ({ ...axis, stride: 1 })),
      ),
    ),
    expected: { ...fail, argument: 'input', causes: ['another-config'] },
  },
  {
    name: 'convTranspose1d: backward reads the upstream as if there were no outputPadding',
    layer: faulty(convTranspose1d, work => {
      const [added] = perAxis('outputPadding', work.config.outputPadding, 1, 0);
      const { cells } = work;
      work.dW.fill(0);
      everyProduct(work, (place, weight, cell) => {
        const map = Math.floor(cell / cells);
        work.dW[weight] += work.place[place] * work.cell[map * (cells - added) + (cell % cells)];
      });
    }),
    expected: { ...fail, argument: 'weight', causes: ['another-config'] },
  },
  {
    name: 'convTranspose1d: depthwise, every channel gets dW of the first',
    layer: faulty(convTranspose1d, ({ dW, groups, placeChannels }) => {
      if (groups === 1 || groups < placeChannels) return;
      const each = dW.length / groups;
      for (let at = each; at < dW.length; at++) dW[at] = dW[at % each];
    }),
    expected: { ...fail, argument: 'weight', causes: ['wrong-channel'] },
  },
  {
    name: 'convTranspose1d: dW is laid out as that of a convolution, as many channels in as out',
    layer: faulty(
      convTranspose1d,
      ({ dW, placeChannels, cellChannels, taps }) => {
        const right = dW.slice();
        for (let a = 0; a < placeChannels; a++) {
          for (let b = 0; b < cellChannels; b++) {
            for (let k = 0; k < taps; k++) {
              dW[(b * placeChannels + a) * taps + k] = right[(a * cellChannels + b) * taps + k];
            }
          }
        }
      },
      [square],
    ),
    // Of 12 those of the two pairs of a channel with its own are where they belong.
    expected: { ...fail, argument: 'weight', wrong: { count: 6 }, causes: ['transposed'] },
  },
  {
    name: 'convTranspose2d: the columns are given the stride of the rows in dx',
    layer: faulty(convTranspose2d, work => {
      const [rows, columns] = work.axes;
      placesOver(work, [rows, { ...columns, stride: rows.stride }]);
    }),
    expected: { ...fail, argument: 'input', causes: ['another-config'] },
  },
  {
    name: 'convTranspose2d: the dilation is forgotten in dW',
    layer: faulty(convTranspose2d, work =>
      weightsOver(
        work,
        work.axes.map(axis => ({ ...axis, dilation: 1 })),
      ),
    ),
    expected: { ...fail, argument: 'weight', causes: ['another-config'] },
  },
  {
    name: 'convTranspose2d: forward turns the kernel by 180 degrees, and backward follows',
    layer: wrong(convTranspose2d, {
      examples: convTranspose2d.examples,
      forward: (args, config) => rightOutputs(convTranspose2d, turned(args), config),
      vjp(args, upstream, config) {
        const gradients = rightGradients(convTranspose2d, turned(args), upstream, config);
        return turned(gradients);
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
    name: 'convTranspose2d: outputPadding is added at the start, and backward follows',
    layer: wrong(convTranspose2d, {
      examples: convTranspose2d.examples,
      forward: (args, config) => rightOutputs(convTranspose2d, args, addedBefore(config)),
      vjp: (args, upstream, config) => rightGradients(convTranspose2d, args, upstream, addedBefore(config)),
    }),
    expected: {
      verdict: 'fail',
      check: 'examples',
      argument: ['input', 'weight'],
      output: 'output',
      code: 'mismatch',
      causes: ['shifted', 'another-config'],
    },
  },
];

/** What is added to the output is added before it, as far as something is cut off there. */
function addedBefore({ outputPadding = 0, padding = 0, ...config }: Config): Config {
  const added = perAxis('outputPadding', outputPadding, 2, 0);
  const cut = perAxis('padding', padding, 2, 0);
  const before = cut.map((zeros, axis) => Math.max(zeros - added[axis], 0));
  const after = cut.map((zeros, axis) => 2 * zeros - before[axis]);
  return { ...config, outputPadding, padding: [...before, ...after] };
}
