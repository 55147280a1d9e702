import { type CaseSpec, defineLayer, maxPool2d, tensor, type Tensors } from '../../src/index.ts';
import type { MaxPool2dConfig } from '../../src/layers/maxPool2d.ts';
import { type Data, mapTensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, wrong } from './fault.ts';
import { everyWindow, faultyPool, winnerOf, type Work } from './windows.ts';

function faulty(cases: readonly CaseSpec<MaxPool2dConfig>[], backward: (work: Work) => void) {
  return faultyPool(maxPool2d, cases, backward);
}

const sideBySide: CaseSpec<MaxPool2dConfig> = { config: { kernel: 2 }, args: { input: [2, 2, 4, 6] } };
/** Three equal maxima in the first window, one in the second. */
const tied: CaseSpec<MaxPool2dConfig> = {
  config: { kernel: 2 },
  args: { input: { shape: [1, 1, 2, 4], values: [3, 3, 1, 2, 0, 3, 5, 4] } },
};
const overlapping: CaseSpec<MaxPool2dConfig> = { config: { kernel: 3, stride: 1 }, args: { input: [2, 2, 4, 5] } };
const padded: CaseSpec<MaxPool2dConfig> = {
  config: { kernel: 3, stride: 2, padding: 1 },
  args: { input: [2, 1, 5, 4] },
};
const dilated: CaseSpec<MaxPool2dConfig> = {
  config: { kernel: 2, stride: 1, dilation: 2 },
  args: { input: [1, 2, 4, 5] },
};
const reaching: CaseSpec<MaxPool2dConfig> = { config: { kernel: 2, ceilMode: true }, args: { input: [2, 1, 5, 3] } };

/** A step of 1 keeps every order among values that are far apart, so that a max is a straight line: exact. */
const fail = { verdict: 'fail', check: 'exact', argument: 'input' } as const;

/** Max pools that are wrong. */
export const pooling: readonly Fault[] = [
  {
    name: 'every tied maximum gets the whole gradient',
    layer: faulty([tied], work =>
      everyWindow(work, ({ covered, at }) => {
        const best = Math.max(...covered.map(position => work.x[position]));
        for (const position of covered) if (work.x[position] === best) work.dx[position] += work.dy[at];
      }),
    ),
    expected: {
      verdict: 'fail',
      check: 'gradient',
      argument: 'input',
      code: 'ties',
      wrong: { count: 3, index: [0, 0, 1, 1] },
      causes: ['ties'],
    },
  },
  {
    name: 'whatever equals the maximum gets the gradient, in its window or not',
    layer: faulty([sideBySide], work =>
      everyWindow(work, ({ covered, at, map }) => {
        const best = work.x[winnerOf(work.x, covered)];
        const size = work.rows * work.columns;
        for (let position = map * size; position < (map + 1) * size; position++) {
          if (work.x[position] === best) work.dx[position] += work.dy[at];
        }
      }),
    ),
    expected: { verdict: 'fail', check: 'gradient', argument: 'input', causes: ['ties'] },
  },
  {
    name: 'where windows overlap, the last one to write wins',
    layer: faulty([overlapping], work =>
      everyWindow(work, ({ covered, at }) => {
        work.dx[winnerOf(work.x, covered)] = work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'backward returns after the first window of an image',
    layer: faulty([overlapping], work =>
      everyWindow(work, ({ covered, at, r, s }) => {
        if (r > 0 || s > 0) return;
        work.dx[winnerOf(work.x, covered)] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['not-reduced'] },
  },
  {
    name: 'the winner is counted in the padded image, the gradient in the bare one',
    layer: faulty([padded], work => {
      const { columns } = work;
      everyWindow(work, ({ covered, at }) => {
        const winner = winnerOf(work.x, covered);
        const padding = 1;
        const shifted = winner + padding * columns + padding;
        if (shifted < work.dx.length) work.dx[shifted] += work.dy[at];
      });
    }),
    expected: { ...fail, causes: ['shifted'] },
  },
  {
    name: 'padding counts as zero and takes the gradient of negative windows',
    layer: faulty([{ config: { kernel: 2, stride: 1, padding: 1 }, args: { input: [2, 1, 5, 4] } }], work =>
      everyWindow(work, ({ covered, at }) => {
        const winner = winnerOf(work.x, covered);
        const touchesPadding = covered.length < 4;
        if (touchesPadding && work.x[winner] < 0) return;
        work.dx[winner] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['border', 'wrong-branch'] },
  },
  {
    name: 'padding counts as zero, forward and backward',
    layer: wrong(maxPool2d, {
      cases: [padded],
      examples: maxPool2d.examples,
      forward: (args, config) => {
        const { output } = maxPool2d.forward(args, config) as Tensors;
        return config.padding
          ? { output: { ...output, data: output.data.map(y => Math.max(y, 0)) as Data } }
          : { output };
      },
      vjp: (args, { output: dy }, config, outputs) => {
        const { output } = maxPool2d.forward(args, config) as Tensors;
        if (!config.padding) return maxPool2d.vjp(args, { output: dy }, config, outputs);
        const data = dy.data.map((value, i) => (output.data[i] > 0 ? value : 0)) as Data;
        return maxPool2d.vjp(args, { output: { shape: dy.shape, data } }, config, outputs);
      },
    }),
    expected: { verdict: 'fail', check: 'examples', argument: 'input', output: 'output', code: 'mismatch' },
  },
  {
    name: 'rows are as long as the image is high',
    layer: faulty([overlapping], work =>
      everyWindow(work, ({ covered, at, map }) => {
        const size = work.rows * work.columns;
        const place = winnerOf(work.x, covered) - map * size;
        const row = Math.floor(place / work.columns);
        const column = place % work.columns;
        work.dx[map * size + column * work.rows + row] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['transposed'] },
  },
  {
    name: 'every channel writes into the first',
    layer: faulty([sideBySide], work =>
      everyWindow(work, ({ covered, at }) => {
        work.dx[winnerOf(work.x, covered) % (work.rows * work.columns)] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['wrong-channel'] },
  },
  {
    name: 'the first place of every window gets the gradient',
    layer: faulty([sideBySide], work =>
      everyWindow(work, ({ covered, at }) => {
        work.dx[covered[0]] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['argument-ignored'] },
  },
  {
    name: 'the gradient is spread over the window as in an average',
    layer: faulty([sideBySide], work =>
      everyWindow(work, ({ covered, at }) => {
        for (const position of covered) work.dx[position] += work.dy[at] / covered.length;
      }),
    ),
    expected: { ...fail, causes: ['another-derivative'] },
  },
  {
    name: 'backward steps by the kernel, forward by the stride',
    layer: faulty([{ config: { kernel: 2, stride: 1 }, args: { input: [1, 2, 4, 5] } }], work =>
      everyWindow({ ...work, config: { ...work.config, stride: work.config.kernel } }, ({ covered, at }) => {
        if (covered.length > 0) work.dx[winnerOf(work.x, covered)] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['another-config'] },
  },
  {
    name: 'the dilation is forgotten in backward',
    layer: faulty([dilated], work =>
      everyWindow({ ...work, config: { ...work.config, dilation: 1 } }, ({ covered, at }) => {
        work.dx[winnerOf(work.x, covered)] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['another-config'] },
  },
  {
    name: 'windows that reach past the end are skipped in backward',
    layer: faulty([reaching], work =>
      everyWindow(work, ({ covered, at }) => {
        if (covered.length === 4) work.dx[winnerOf(work.x, covered)] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['border', 'stride-remainder', 'zero'] },
  },
  {
    name: 'the search for the winner starts from zero, so that a negative window has none',
    layer: faulty([{ config: { kernel: [1, 2] }, args: { input: [1, 1, 8, 8] } }], work =>
      everyWindow(work, ({ covered, at }) => {
        let best = 0;
        let winner = -1;
        for (const position of covered) {
          if (work.x[position] <= best) continue;
          best = work.x[position];
          winner = position;
        }
        if (winner >= 0) work.dx[winner] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['zero', 'wrong-branch'] },
  },
  {
    name: 'the winner is the smallest',
    layer: faulty([sideBySide], work =>
      everyWindow(work, ({ covered, at }) => {
        let winner = covered[0];
        for (const position of covered) if (work.x[position] < work.x[winner]) winner = position;
        work.dx[winner] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['argument-sign'] },
  },
  {
    name: 'the winner is looked for by magnitude',
    layer: faulty([sideBySide], work =>
      everyWindow(work, ({ covered, at }) => {
        let winner = covered[0];
        for (const position of covered) if (Math.abs(work.x[position]) > Math.abs(work.x[winner])) winner = position;
        work.dx[winner] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['argument-sign'] },
  },
  {
    name: 'the last column of windows is lost',
    layer: faulty([overlapping], work =>
      everyWindow(work, ({ covered, at, s }) => {
        if (s < work.outColumns - 1) work.dx[winnerOf(work.x, covered)] += work.dy[at];
      }),
    ),
    expected: { ...fail, causes: ['border'] },
  },
  {
    name: 'the last image of a batch gets nothing, in the settings that the layer itself draws',
    layer: wrong(maxPool2d, {
      vjp: (args, upstream, config) => {
        const { input } = rightGradients(maxPool2d, args, upstream, config);
        const size = input.data.length / input.shape[0];
        return { input: mapTensor(input, (dx, at) => (at >= input.data.length - size && input.shape[0] > 1 ? 0 : dx)) };
      },
    }),
    expected: { ...fail, causes: ['zero', 'border'] },
  },
  {
    name: 'an average divides by the whole window in backward, forward by what of it lies on the image',
    layer: defineLayer({
      name: 'averagePool',
      linear: ['input'],
      args: { input: [2, 5] },
      // Windows of two side by side, the last of one.
      forward: ({ input }) => ({
        output: tensor(
          [2, 3],
          [0, 1].flatMap(n => {
            const at = (i: number) => input.data[n * 5 + i];
            return [(at(0) + at(1)) / 2, (at(2) + at(3)) / 2, at(4)];
          }),
        ),
      }),
      vjp: ({ input }, { output }) => ({
        input: mapTensor(input, (_, at) => output.data[Math.floor(at / 5) * 3 + ((at % 5) >> 1)] / 2),
      }),
    }),
    expected: { ...fail, wrong: { count: 2, index: [0, 4] }, causes: ['scaled', 'stride-remainder', 'border'] },
  },
  {
    name: 'the columns of an upsampling are taken as far apart as its rows',
    layer: defineLayer({
      name: 'upsample',
      linear: ['input'],
      args: { input: [3, 2] },
      // Rows twice, columns three times.
      forward: ({ input }) => ({
        output: mapTensor(
          tensor([6, 6]),
          (_, at) => input.data[(Math.floor(at / 6) >> 1) * 2 + Math.floor((at % 6) / 3)],
        ),
      }),
      vjp: ({ input }, { output }) => {
        const dx = zerosLike(input);
        for (let at = 0; at < 36; at++) {
          const column = Math.min((at % 6) >> 1, 1);
          dx.data[(Math.floor(at / 6) >> 1) * 2 + column] += output.data[at];
        }
        return { input: dx };
      },
    }),
    expected: { ...fail, causes: ['another-config'] },
  },
];
