import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { paddedShape, windowsOn } from '../src/kernels/im2col.ts';
import { type Kernels, plain } from '../src/kernels/kernels.ts';
import type { Order } from '../src/kernels/matmul.ts';
import { simd } from '../src/kernels/simd.ts';
import { arrayOf, type Data, type Dtype, sizeOf } from '../src/tensor.ts';

const dtypes: readonly Dtype[] = ['float64', 'float32'];
const orders: readonly Order[] = ['plain', 'transposed'];

/** Sixteenths from -2 to 2, no two neighbours the same: their products and short sums are exact in either precision. */
const numbers = (dtype: Dtype, count: number, from = 0): Data =>
  arrayOf(dtype).from({ length: count }, (_, i) => ((((i + from) * 37) % 65) - 32) / 16);

/** The arrays that come last among those given, as work with each engine leaves them, and eight numbers of memory behind. */
function both(
  inputs: readonly Data[],
  start: Data,
  scratch: number,
  work: (kernels: Kernels, inputs: readonly Data[], to: Data) => void,
) {
  return [plain, simd].map(engine =>
    engine([...inputs, start], [start.length, 8], scratch, (kernels, copies, [to]) => {
      to.set(copies[inputs.length]);
      work(kernels, copies, to);
    }),
  );
}

describe.each(dtypes)('the kernels with vectors, in %s', dtype => {
  test('run here', () => {
    const input = numbers(dtype, 3);
    const seen: Data[] = [];
    const [result] = simd([input], [2], 0, (_kernels, [copy], [zeros]) => {
      seen.push(copy.slice());
      expect(copy.buffer).not.toBe(input.buffer);
      zeros[1] = 5;
    });
    expect(seen).toEqual([input]);
    expect(result).toEqual(arrayOf(dtype).of(0, 5));
  });

  test.each(orders.flatMap(orderA => orders.map(orderB => [orderA, orderB] as const)))(
    'multiply A %s and B %s as those without, whatever is left over',
    (orderA, orderB) => {
      const wrong: string[] = [];
      for (let rows = 1; rows <= 5; rows++) {
        for (let inner = 0; inner <= 10; inner++) {
          for (let columns = 1; columns <= 10; columns++) {
            const operands = [numbers(dtype, rows * inner), numbers(dtype, inner * columns, 7)];
            const start = numbers(dtype, rows * columns, 11);
            const [want, got] = both(operands, start, rows * inner, ({ matmul }, [a, b], c) =>
              matmul(rows, inner, columns, a, orderA, b, orderB, c),
            ).map(String);
            if (got !== want) wrong.push(`${rows} ${inner} ${columns}: ${got} for ${want}`);
          }
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test('unroll windows, and add them back, as those without', () => {
    const extent = (max: number, min = 1) => fc.integer({ min, max });
    const along = fc.record({
      size: extent(7),
      kernel: extent(3),
      stride: extent(3),
      dilation: extent(2),
      before: extent(3, 0),
      count: extent(4),
    });
    const axes = fc.array(along, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(extent(3), axes, extent(5, 0), (channels, axes, at) => {
        const windows = windowsOn(channels, axes);
        const image = numbers(dtype, at + channels * sizeOf(axes.map(({ size }) => size)) + 3);
        const matrix = numbers(dtype, channels * sizeOf(axes.map(({ kernel, count }) => kernel * count)), 5);
        const scratch = sizeOf(paddedShape(windows));
        const [unrolled, unrolledHere] = both([image], matrix, scratch, ({ im2col }, [image], matrix) =>
          im2col(image, at, windows, matrix),
        );
        expect(unrolledHere).toEqual(unrolled);
        const [back, backHere] = both([matrix], image, scratch, ({ col2im }, [matrix], image) =>
          col2im(matrix, windows, image, at),
        );
        expect(backHere).toEqual(back);
      }),
    );
  });

  test('go on when the memory grows, and have another array for every call', () => {
    const small = simd([numbers(dtype, 4)], [4], 0, (_kernels, [x], [y]) => y.set(x));
    const large = simd([numbers(dtype, 300_000)], [300_000], 0, (_kernels, [x], [y]) => y.set(x));
    expect(small[0]).toEqual(numbers(dtype, 4));
    expect(large[0]).toEqual(numbers(dtype, 300_000));
  });

  test('leave work that no memory is large enough for to those without', () => {
    const input = numbers(dtype, 2);
    simd([input], [1], 2 ** 31, (_kernels, [same]) => expect(same).toBe(input));
  });
});

describe('without vectors', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  const refused = {
    ...WebAssembly,
    Memory: WebAssembly.Memory,
    Module: class {
      constructor() {
        throw new WebAssembly.CompileError('Wasm SIMD unsupported');
      }
    },
  };

  test.each([
    ['there is no WebAssembly', undefined],
    ['the module is refused', refused],
  ])('where %s the kernels in TypeScript do the work', async (_why, stub) => {
    vi.stubGlobal('WebAssembly', stub);
    vi.resetModules();
    const { conv2d } = await import('../src/layers/conv2d.ts');
    const { simd: other } = await import('../src/kernels/simd.ts');
    const input = numbers('float64', 2);
    other([input], [1], 0, (_kernels, [same]) => expect(same).toBe(input));
    const args = {
      input: { shape: [1, 1, 3, 3], data: numbers('float64', 9) },
      weight: { shape: [2, 1, 2, 2], data: numbers('float64', 8) },
    };
    const config = { inChannels: 1, outChannels: 2, kernel: 2 };
    expect(conv2d.alternatives?.['simd'].forward(args, config)).toEqual(conv2d.forward(args, config));
  });

  test('importing the layers makes no module', async () => {
    const module = vi.fn();
    vi.stubGlobal('WebAssembly', { Memory: module, Module: module, Instance: module });
    vi.resetModules();
    await import('../src/layers/index.ts');
    expect(module).not.toHaveBeenCalled();
  });
});
