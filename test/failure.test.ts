import { describe, expect, test } from 'vitest';
import {
  check,
  type CheckOptions,
  defineLayer,
  type Finding,
  type Layer,
  maxPool2d,
  relu,
  type Wrong,
} from '../src/index.ts';
import { failuresOf, failureText, passingText, titleOf } from '../src/report/failure.ts';
import { tableText } from '../src/report/table.ts';
import { commandLines, pair, wrapped } from '../src/report/text.ts';
import { mapTensor, type Tensors, zerosLike } from '../src/tensor.ts';
import { elementwise, wrong } from './faults/fault.ts';
import { finding, HOSTILE, wrongKernel } from './finding.ts';

/** A screen: rows and columns. */
const SCREEN = [40, 110] as const;

function sizeOf(text: string): [rows: number, columns: number] {
  const lines = text.split('\n');
  return [lines.length, Math.max(...lines.map(line => Array.from(line).length))];
}

/** The report of the gradient of a layer's only primal, and its finding. */
async function told(layer: Layer, options: CheckOptions = {}): Promise<{ text: string; found: Finding }> {
  const { findings } = await check(layer, { command: 'gradcheck check mine.ts', ...options });
  const found = findings.find(one => one.check === 'gradient' || one.verdict !== 'pass') as Finding;
  return { text: failureText(found), found };
}

describe('the report of a failure', () => {
  const text = failureText(wrongKernel);
  const lines = text.split('\n');

  test('says in its first line who is wrong, in what, and by how much', () => {
    expect(lines[0]).toBe('FAIL  conv2d (im2col), gradient of weight: error 0.5 of its size, 1e-12 allowed');
  });

  test('lists the worst elements by the names of their axes, yours beside the finite difference', () => {
    expect(lines.slice(1, 6)).toEqual([
      '  where   24 of 144 elements wrong: kernel column 0',
      '          out  in  row  column  yours  finite difference  ± bound  ratio',
      '            0   0    0       0    1.2                2.4  ± 1e-12    0.5',
      '            3   2    1       0   0.25                0.5  ± 1e-12    0.5',
      '          and 22 more',
    ]);
  });

  test('says when it happens, why it may, and how to see it again', () => {
    expect(lines.slice(6)).toEqual([
      '  when    config { kernel: 3, stride: 2 }',
      '          input [2, 3, 7, 6], weight [4, 3, 3, 2]',
      '          case 3 (10 cases tried)',
      '  why     consistent with scaled: every wrong element is 0.5 times the right one',
      `  replay  ${wrongKernel.replay}`,
    ]);
  });

  test('says everything where that is asked for', () => {
    const all = failureText(
      { ...wrongKernel, points: [{ kind: 'normal', verdict: 'fail', code: 'mismatch', resolution: 1 }] },
      { verbose: true },
    );
    expect(all).toContain('what    the gradient of "weight" is 1.2 along a random direction');
    expect(all).toContain(
      'numbers 144 numbers compared, 212 forward evaluations, errors from 3e-12 of the gradient on are seen',
    );
    expect(all).toContain('base points: normal fail mismatch');
    expect(all).toContain('drawn from 42/conv2d/3/normal/0');
  });

  test('does not speak of actual and expected values', () => {
    expect(text).not.toMatch(/\b(actual|expected)\b/i);
  });

  test('gives as many digits as it takes to see a difference', () => {
    expect(pair(1, 1 + 2 ** -40)).toEqual(['1', '1.00000000000091']);
    expect(pair(1.5, -1.5)).toEqual(['1.5', '-1.5']);
    expect(pair(Number.NaN, 0.25)).toEqual(['NaN', '0.25']);
  });

  test('names elements by position where the axes have no names', () => {
    const { axes: _, ...unnamed } = wrongKernel;
    expect(failureText(unnamed)).toContain('[3, 2, 1, 0]');
  });

  test('joins what several checks say of one argument, the most telling first', () => {
    const exact = finding({ ...wrongKernel, check: 'exact', diagnoses: [] });
    const other = finding({ ...wrongKernel, argument: 'bias', check: 'examples' });
    const groups = failuresOf([exact, finding(), wrongKernel, other], ['fail']);
    expect(groups.map(group => group.map(({ check: name }) => name))).toEqual([['gradient', 'exact'], ['examples']]);
    expect(failureText(groups[0][0], { also: groups[0].slice(1) })).toContain('seen by exact: gradient of weight');
  });

  test('a gradient that is not finite has no size of error', () => {
    const infinite = finding({ verdict: 'fail', code: 'non-finite', relativeError: Number.POSITIVE_INFINITY });
    expect(titleOf(infinite)).toBe('conv2d (reference), gradient of weight: not finite');
    expect(titleOf({ ...infinite, code: 'mismatch' })).toBe('conv2d (reference), gradient of weight: should be 0');
  });
});

describe('a screen', () => {
  const elements = Array.from({ length: 50 }, (_, i) => ({
    index: [i, i, i, i],
    actual: 1 + i * 1e-15,
    expected: 1,
    errorBound: 1e-16,
  }));
  const much = finding({
    ...wrongKernel,
    reason: 'word '.repeat(500),
    argument: 'weight',
    condition: 'only when one thing or another '.repeat(20),
    axes: ['a long name of an axis', 'another long name', 'yet another one', 'and one more'],
    shapes: Object.fromEntries([
      ['weight', [50, 50, 50, 50]],
      ...Array.from({ length: 200 }, (_, i) => [`argument${i}`, [i, i]] as const),
    ]),
    config: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`setting${i}`, i])),
    notes: Array.from({ length: 20 }, (_, i) => `note ${i} `.repeat(30)),
    diagnoses: Array.from({ length: 3 }, () => ({
      cause: 'scaled',
      text: 'it is twice what it should be '.repeat(20),
    })),
    replay: `gradcheck check --process 'python3 ${'deep/'.repeat(12)}layer.py' --layer conv2d --seed 42 --case 3 --argument weight`,
    wrong: {
      count: 1000,
      of: 50 ** 4,
      estimated: true,
      elements,
      positions: elements.map((_, i) => i * 7),
      pattern: 'x'.repeat(300),
    },
  });
  const also = Array.from({ length: 40 }, (_, i) => finding({ ...wrongKernel, argument: `argument ${i}` }));

  test.each([
    ['much to say', much],
    [
      'a larger case',
      {
        ...much,
        wrong: {
          ...(much.wrong as Wrong),
          larger: { case: '7', shape: [9, 8, 9, 9], count: 3, of: 5832, estimated: false, positions: [1, 2, 3] },
        },
      } as Finding,
    ],
    [
      'ties',
      {
        ...much,
        code: 'ties',
        wrong: {
          ...(much.wrong as Wrong),
          ties: Array.from({ length: 30 }, () => ({
            value: 1 / 3,
            indices: elements.map(({ index }) => index),
            actual: 1,
            expected: 2,
            errorBound: 1e-15,
          })),
        },
      } as Finding,
    ],
    [
      'names without end',
      finding({
        ...much,
        layer: HOSTILE,
        implementation: HOSTILE,
        argument: HOSTILE,
        axes: [HOSTILE, HOSTILE, HOSTILE, HOSTILE],
        case: HOSTILE,
      }),
    ],
  ])('has room for %s', (_what, one) => {
    const [rows, columns] = sizeOf(failureText(one, { also }));
    expect(rows).toBeLessThanOrEqual(SCREEN[0]);
    expect(columns).toBeLessThanOrEqual(SCREEN[1]);
  });

  test('has a sign where something is left out', () => {
    const text = failureText(much, { also });
    expect(text).toContain('about 1,000 of 6,250,000 elements wrong');
    expect(text).toContain('and about 994 more');
    expect(text).toMatch(/note .*\n.* …$/m);
  });

  test('breaks a long command where a shell reads on', () => {
    expect(commandLines("gradcheck check 'my --layer file.ts' --layer a --seed 1", 40)).toEqual([
      "gradcheck check 'my --layer file.ts' \\",
      '  --layer a --seed 1',
    ]);
    expect(commandLines('gradcheck check a.ts --layer a', 40)).toEqual(['gradcheck check a.ts --layer a']);
    const odd = String.raw`gradcheck check 'it'\''s.ts' --layer 'a long name' --seed 1`;
    expect(commandLines(odd, 40)).toEqual([odd]);
  });

  test('breaks a word that is longer than a line', () => {
    expect(wrapped(`a ${'x'.repeat(25)} b`, 10)).toEqual(['a', 'x'.repeat(10), 'x'.repeat(10), 'xxxxx b']);
  });
});

describe('a map', () => {
  const part = { count: 3, of: 12, estimated: false, elements: [] };
  const shapes = { weight: [3, 4] };

  test('shows where in the tensor what is wrong is', () => {
    const text = failureText(
      finding({ ...wrongKernel, shapes, axes: ['row', 'column'], wrong: { ...part, positions: [0, 4, 8] } }),
    );
    expect(text).toContain(
      ['map of weight (row by column; # wrong, · right)', '# · · ·', '# · · ·', '# · · ·'].join('\n          '),
    );
  });

  test('shows those indices of the leading axes at which most is wrong', () => {
    const deep = { weight: [2, 3, 2] };
    const text = failureText(
      finding({ ...wrongKernel, axes: undefined, shapes: deep, wrong: { ...part, positions: [0, 7, 8] } }),
    );
    expect(text).toContain(['map of weight at [1, :, :] (# wrong, · right)', '· #', '# ·', '· ·'].join('\n          '));
  });

  test('is reduced where it is large', () => {
    const large = { weight: [120, 640] };
    const positions = Array.from({ length: 640 }, (_, i) => i);
    const text = failureText(
      finding({
        ...wrongKernel,
        axes: undefined,
        shapes: large,
        wrong: { ...part, count: 640, of: 120 * 640, positions },
      }),
    );
    expect(text).toContain(`reduced; # wrong, · right)\n          ${'#'.repeat(64)}\n          ${'·'.repeat(64)}`);
  });

  test('is not drawn where everything is wrong', () => {
    const positions = Array.from({ length: 12 }, (_, i) => i);
    expect(failureText(finding({ ...wrongKernel, shapes, wrong: { ...part, count: 12, positions } }))).not.toContain(
      'map',
    );
  });
});

describe('at a kink', () => {
  const steep = (slope: number, parts: Partial<Layer> = {}) =>
    wrong(relu, {
      cases: [{ config: {}, args: { input: { shape: [4], values: [0, 1, -2, 3] } } }],
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, i) => (input.data[i] > 0 ? dy : input.data[i] === 0 ? slope * dy : 0)),
      }),
      expression: undefined,
      ...parts,
    });

  test('a gradient outside of both slopes is told so, with both', async () => {
    const { text, found } = await told(steep(2));
    expect(text.split('\n')[0]).toBe(
      'FAIL  relu (reference), gradient of input: at a kink, outside of the slopes from both sides',
    );
    expect(text).toMatch(/at "input"\[0\] = 0, a kink, the slope is 0 from the left and .* from the right; yours is/);
    expect(text).toMatch(
      /element +input +yours +from the left +from the right +± bound +takes\n +\[0\] +0 .* neither$/m,
    );
    expect(text).not.toMatch(/consistent with/);
    expect(found.kink).toEqual({ count: 1, of: 4, between: false, takes: 'other' });
    expect(found.wrong?.elements[0]).toMatchObject({ value: 0, left: 0, right: expect.any(Number) });
  });

  test.each([
    { slope: 0, takes: 'left', words: 'yours takes the left one' },
    { slope: 1, takes: 'right', words: 'yours takes the right one' },
    { slope: 0.5, takes: 'mean', words: 'yours takes their mean' },
    { slope: 0.25, takes: 'other', words: 'yours lies between them' },
  ])('a right gradient says which slope it takes: $takes', async ({ slope, takes, words }) => {
    const { found } = await told(steep(slope));
    expect(found.verdict).toBe('pass');
    expect(found.kink).toEqual({ count: 1, of: 4, between: true, takes });
    expect(passingText(found)?.replaceAll(/\s+/g, ' ')).toContain(words);
  });

  test('zero is a choice of its own where both slopes are positive or negative', async () => {
    const bent = elementwise(
      'bent',
      x => (x > 0 ? 2 * x : x),
      x => (x > 0 ? 2 : x < 0 ? 1 : 0),
      {
        args: { input: { shape: [3], values: [0, 1, -1] } },
      },
    );
    const { text, found } = await told(bent);
    expect(found).toMatchObject({ verdict: 'inconclusive', code: 'kink', kink: { between: false, takes: 'zero' } });
    expect(text.split('\n')[0]).toBe('INCONCLUSIVE  bent (reference), gradient of input: at a kink');
    expect(text).toContain('declares no kinks');
  });

  test('where both slopes are the same there is no kink, but a wrong gradient', async () => {
    const { text, found } = await told(
      elementwise('sin', Math.sin, x => (x === 0 ? 0 : Math.cos(x)), { args: { input: [6] } }),
    );
    expect(found).toMatchObject({ verdict: 'fail', code: 'mismatch', wrong: { pattern: 'where input = 0' } });
    expect(text).not.toContain('kink');
    expect(text).toContain('consistent with zero');
  });

  test('equal elements are named, with what they get together', async () => {
    const layer = wrong(maxPool2d as Layer, {
      cases: [{ config: { kernel: 2 }, args: { input: { shape: [1, 1, 2, 4], values: [3, 1, 4, 1, 3, -2, 0, 2] } } }],
      vjp: ({ input }: Tensors, { output }: Tensors, _config, { output: y }: Tensors) => {
        const dx = zerosLike(input);
        for (let i = 0; i < dx.data.length; i++) {
          const window = (i % 4) >> 1;
          if (input.data[i] === y.data[window]) dx.data[i] = output.data[window];
        }
        return { input: dx };
      },
    });
    const { text, found } = await told(layer);
    expect(found).toMatchObject({ verdict: 'fail', code: 'ties' });
    expect(text).toMatch(
      /equal elements +input +yours together +finite difference +± bound +ratio\n +\[0, 0, 0, 0\] \[0, 0, 1, 0\] +3 .* 2$/m,
    );
    expect(found.wrong?.ties).toMatchObject([
      {
        value: 3,
        indices: [
          [0, 0, 0, 0],
          [0, 0, 1, 0],
        ],
      },
    ]);
  });
});

describe('digits', () => {
  const sine = (cos: (x: number) => number, parts: object = {}) =>
    elementwise('sine', Math.sin, cos, { args: { input: [6] }, ...parts });
  const single = (cos: (x: number) => number) => {
    const float32 = (from: Float64Array, f: (x: number, i: number) => number) => Float32Array.from(from, f) as never;
    return defineLayer({
      name: 'sine',
      dtype: 'float32',
      args: { input: [6] },
      forward: ({ input }) => ({ output: { shape: [6], data: float32(input.data, Math.sin) } }),
      vjp: ({ input }, { output }) => ({
        input: { shape: [6], data: float32(output.data, (dy, i) => dy * cos(input.data[i])) },
      }),
    });
  };
  /** cos to a multiple of `step`. */
  const rounded = (step: number) => (x: number) => Math.round(Math.cos(x) / step) * step;

  test('that are lost are told from a formula that is wrong, in units in the last place', async () => {
    const { text, found } = await told(sine(x => Math.fround(Math.cos(x))));
    expect(found).toMatchObject({ verdict: 'fail', diagnoses: [{ cause: 'precision-loss' }] });
    expect(found.ulps).toBeGreaterThan(2 ** 26);
    expect(text).toMatch(/the formula agrees to \d\.?\d*e-8/);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /ulp \(float64\) of the largest element, as rounding to float32 leaves/,
    );
  });

  test('that are few in float32 are told of though the formula is right', async () => {
    const { found } = await told(single(rounded(2 ** -11)));
    expect(found.verdict).toBe('pass');
    expect(found.ulps).toBeGreaterThan(500);
    const report = await check(single(rounded(2 ** -11)));
    expect(tableText(report)).toMatch(/pass .*few digits: gradient of input rounded by \d+ ulp \(float32\)/);
  });

  test('that are very few in float32 fail, as digits and not as a formula', async () => {
    const { text, found } = await told(single(rounded(2 ** -9)));
    expect(found).toMatchObject({ verdict: 'fail', code: 'precision-loss', diagnoses: [{ cause: 'precision-loss' }] });
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/the formula agrees to .* ulp \(float32\) of the largest element/);
  });

  test('as many as float32 has are no matter for words', async () => {
    const { found } = await told(single(Math.cos));
    expect(found.ulps).toBeLessThan(10);
    expect(tableText(await check(single(Math.cos)))).not.toContain('ulp');
  });

  test('a formula that is wrong in float32 is not taken for lost digits', async () => {
    const { found } = await told(single(x => 1.01 * Math.cos(x)));
    expect(found).toMatchObject({ verdict: 'fail', code: 'mismatch' });
    expect(found.ulps).toBeUndefined();
  });

  test('that a coarse grid leaves are not an upstream that is ignored', async () => {
    const { found } = await told(
      sine(Math.cos, {
        vjp: ({ input }: Tensors, { output }: Tensors) => ({
          input: mapTensor(output, (dy, i) => dy * Math.cos(input.data[i]) + 1e6 - 1e6),
        }),
      }),
    );
    expect(found).toMatchObject({ check: 'contract', verdict: 'fail', code: 'precision-loss' });
    expect(found.ulps).toBeGreaterThan(1000);
  });

  test('a gradient that is cut off is nonlinear in the upstream, not without it', async () => {
    const { found } = await told(
      sine(Math.cos, {
        vjp: ({ input }: Tensors, { output }: Tensors) => ({
          input: mapTensor(output, (dy, i) => Math.min(1, Math.max(-1, dy * Math.cos(input.data[i])))),
        }),
      }),
    );
    expect(found).toMatchObject({ check: 'contract', verdict: 'fail', code: 'nonlinear-in-upstream' });
  });

  test('what noise leaves to be seen is said', async () => {
    const noisy = defineLayer({
      name: 'variance',
      dtype: 'float32',
      args: { input: [64] },
      forward({ input }) {
        let [sum, squares] = [0, 0];
        for (const x of input.data) {
          sum = Math.fround(sum + Math.fround(x + 100));
          squares = Math.fround(squares + Math.fround((x + 100) ** 2));
        }
        const variance = Math.fround(Math.fround(squares / 64) - Math.fround((sum / 64) ** 2));
        return { output: { shape: [], data: Float32Array.of(variance) as never } };
      },
      vjp: (args, upstream) => ({
        input: {
          shape: [64],
          data: Float32Array.from(args.input.data, x => {
            const mean = args.input.data.reduce((sum, value) => sum + value, 0) / 64;
            return (upstream.output.data[0] * 2 * (x - mean)) / 64;
          }) as never,
        },
      }),
    });
    const { text, found } = await told(noisy);
    expect(found).toMatchObject({ verdict: 'inconclusive', code: 'noise' });
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /hides errors below \d[\d.]* of the gradient: forward is rounded by about \d+ ulp of its largest output/,
    );
  });
});

test('the rule is shown where it was seen, and the smallest case beside it', async () => {
  const transposed = defineLayer({
    name: 'product',
    cases: fc =>
      fc.record({ rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 4 }) }).map(config => ({
        config,
        args: { weight: { shape: [config.rows, config.columns], axes: ['row', 'column'] }, input: [config.columns] },
      })),
    forward: ({ weight, input }, { rows, columns }) => ({
      output: {
        shape: [rows],
        data: Float64Array.from({ length: rows }, (_, r) =>
          input.data.reduce((sum, x, c) => sum + x * weight.data[r * columns + c], 0),
        ),
      },
    }),
    vjp: (args, { output }, { rows, columns }) => {
      const weight = zerosLike(args.weight);
      const input = zerosLike(args.input);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          // The first column is doubled.
          weight.data[r * columns + c] = output.data[r] * args.input.data[c] * (c === 0 ? 2 : 1);
          input.data[c] += output.data[r] * args.weight.data[r * columns + c];
        }
      }
      return { weight, input };
    },
  });
  const { findings } = await check(transposed, { argument: 'weight', command: 'gradcheck check mine.ts' });
  const found = findings.find(one => one.check === 'gradient' && one.verdict === 'fail') as Finding;
  const text = failureText(found);
  expect(found.shapes['weight']).toEqual([1, 1]);
  expect(found.wrong).toMatchObject({ count: 1, of: 1, pattern: 'all with column 0', larger: { estimated: false } });
  expect(text).toMatch(
    /where {3}in case \d+, \[\d, \d\], \d of \d+ elements wrong: all with column 0\n +map of weight \(row by column/,
  );
  expect(text).toMatch(/here 1 of 1 element wrong\n +row +column +yours/);
});

test('a gradient that is right has nothing to be said of it', () => {
  expect(passingText(finding())).toBeUndefined();
});
