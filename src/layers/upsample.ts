import type * as FastCheck from 'fast-check';
import type { PerAxis } from '../kernels/perAxis.ts';
import { type CaseSpec, defineLayer } from '../layer.ts';
import { describe, emptyLike, sizeOf, type Tensor, tensor, zerosLike } from '../tensor.ts';

export interface UpsampleConfig {
  /** What the extents in space are multiplied by, and rounded down: a number above 0, or one for each. */
  readonly scale: PerAxis;
  /** 'nearest' unless said. 'bilinear' is for two axes in space. */
  readonly mode?: 'nearest' | 'bilinear';
  /** For 'bilinear': whether the outermost elements of input and output are at the same places; false unless said. */
  readonly alignCorners?: boolean;
}

/**
 * An image at another scale. input [batch, channel, extents in space], one to three of them; output [batch, channel,
 * floor(extent scale)]. With 'nearest' output j is input floor(j / scale). With 'bilinear' it lies between two inputs
 * along each axis, at j (extent - 1) / (output - 1) if corners are aligned, else at (j + 1/2) / scale - 1/2, and each has
 * the more of it the nearer it is; outside the first and the last there is only that. Input that a small scale passes
 * over gets gradient 0.
 */
export const upsample = defineLayer<UpsampleConfig>({
  name: 'upsample',
  formula: 'y[n, c, r, s] = sum over p, q of a[r, p] b[s, q] x[n, c, p, q], a and b the weights along rows and columns',
  source: 'torch.nn.Upsample',
  linear: ['input'],
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc => cases(fc),

  forward({ input }, config) {
    const { maps, cells, places, shape, parts } = partsOf(input, config);
    const y = emptyLike(input.data, sizeOf(shape));
    for (let map = 0; map < maps; map++) {
      for (const { place, cell, weight } of parts) y[map * places + place] += weight * input.data[map * cells + cell];
    }
    return { output: { shape, data: y } };
  },

  vjp({ input }, { output }, config) {
    const { maps, cells, places, parts } = partsOf(input, config);
    const dx = zerosLike(input);
    for (let map = 0; map < maps; map++) {
      for (const { place, cell, weight } of parts) {
        dx.data[map * cells + cell] += weight * output.data[map * places + place];
      }
    }
    return { input: dx };
  },

  examples: [
    {
      name: 'nearest, twice as many rows',
      source: 'by hand',
      config: { scale: [2, 1] },
      args: { input: tensor([1, 1, 1, 2], [1, 2]) },
      outputs: { output: tensor([1, 1, 2, 2], [1, 2, 1, 2]) },
      upstream: { output: tensor([1, 1, 2, 2], [1, 2, 3, 4]) },
      gradients: { input: tensor([1, 1, 1, 2], [4, 6]) },
    },
    {
      name: 'nearest by one and a half, along the only axis in space',
      source: 'by hand',
      config: { scale: 1.5, mode: 'nearest' },
      args: { input: tensor([1, 1, 2], [1, 2]) },
      outputs: { output: tensor([1, 1, 3], [1, 1, 2]) },
      upstream: { output: tensor([1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 2], [3, 4]) },
    },
    {
      name: 'bilinear: flat at both ends',
      source: 'by hand',
      config: { scale: [1, 2], mode: 'bilinear' },
      args: { input: tensor([1, 1, 1, 2], [4, 8]) },
      outputs: { output: tensor([1, 1, 1, 4], [4, 5, 7, 8]) },
      upstream: { output: tensor([1, 1, 1, 4], [1, 2, 4, 8]) },
      gradients: { input: tensor([1, 1, 1, 2], [3.5, 11.5]) },
    },
    {
      name: 'bilinear with aligned corners: straight from end to end',
      source: 'by hand',
      config: { scale: [1, 1.5], mode: 'bilinear', alignCorners: true },
      args: { input: tensor([1, 1, 1, 2], [4, 8]) },
      outputs: { output: tensor([1, 1, 1, 3], [4, 6, 8]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 2], [2, 5]) },
    },
  ],
});

/** What a place of the output has of a cell of the input, as positions in one map. */
interface Part {
  readonly place: number;
  readonly cell: number;
  readonly weight: number;
}

/** The parts of every place, and how many places and cells a map has. */
function partsOf({ shape }: Tensor, config: UpsampleConfig) {
  const extents = shape.slice(2);
  const scales = scalesOf(shape, config);
  const outExtents = extents.map((extent, axis) => Math.floor(extent * scales[axis]));
  if (sizeOf(outExtents) === 0) {
    throw new RangeError(
      `upsample makes an output of extents [${outExtents.join(', ')}] from an input of [${extents.join(', ')}]; enlarge the input or the scale`,
    );
  }
  let parts: Part[] = [{ place: 0, cell: 0, weight: 1 }];
  for (const [axis, extent] of extents.entries()) {
    const along = partsAlong(extent, outExtents[axis], scales[axis], config);
    parts = parts.flatMap(outer =>
      along.map(({ place, cell, weight }) => ({
        place: outer.place * outExtents[axis] + place,
        cell: outer.cell * extent + cell,
        weight: outer.weight * weight,
      })),
    );
  }
  return {
    maps: sizeOf(shape.slice(0, 2)),
    cells: sizeOf(extents),
    places: sizeOf(outExtents),
    shape: [...shape.slice(0, 2), ...outExtents],
    parts,
  };
}

/** The parts along one axis. */
function partsAlong(extent: number, outExtent: number, scale: number, config: UpsampleConfig): Part[] {
  const last = extent - 1;
  const parts: Part[] = [];
  for (let place = 0; place < outExtent; place++) {
    if (config.mode === 'bilinear') {
      const aligned = outExtent > 1 ? (place * last) / (outExtent - 1) : 0;
      const at = config.alignCorners ? aligned : Math.max((place + 0.5) / scale - 0.5, 0);
      const lower = Math.min(Math.floor(at), last);
      parts.push({ place, cell: lower, weight: 1 - (at - lower) });
      parts.push({ place, cell: Math.min(lower + 1, last), weight: at - lower });
    } else {
      // In single precision, as PyTorch has it: 2.9999999999999996 is 3.
      parts.push({ place, cell: Math.min(Math.floor(Math.fround(place / scale)), last), weight: 1 });
    }
  }
  return parts;
}

/** The scale of each axis in space. */
function scalesOf(
  shape: readonly number[],
  { scale, mode = 'nearest', alignCorners }: UpsampleConfig,
): readonly number[] {
  const rank = shape.length - 2;
  if (mode !== 'nearest' && mode !== 'bilinear') {
    throw new RangeError(`upsample has mode ${describe(mode)}; give 'nearest' or 'bilinear'`);
  }
  if (mode === 'nearest' && alignCorners) {
    throw new RangeError("upsample has alignCorners in mode 'nearest'; it is for 'bilinear'");
  }
  if (mode === 'bilinear' ? rank !== 2 : rank < 1 || rank > 3) {
    const asked = mode === 'bilinear' ? '[batch, channel, rows, columns]' : '[batch, channel, one to three extents]';
    throw new RangeError(`upsample in mode '${mode}' has an input of shape [${shape.join(', ')}]; it needs ${asked}`);
  }
  const scales = typeof scale === 'number' ? shape.slice(2).map(() => scale) : scale;
  if (!Array.isArray(scales) || scales.length !== rank || !scales.every(each => each > 0 && each < Infinity)) {
    throw new RangeError(
      `upsample has scale ${JSON.stringify(scale)}; give a number above 0, or one for each of its ${rank} axes in space`,
    );
  }
  return scales;
}

function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<UpsampleConfig>> {
  const few = fc.integer({ min: 1, max: 2 });
  const extents = (axes: number) => fc.array(fc.integer({ min: 1, max: 4 }), { minLength: axes, maxLength: axes });
  const scales = fc.constantFrom(2, 1, 3, 1.5, 0.5, 2.3);
  const nearest = fc.record({
    mode: fc.constant('nearest' as const),
    space: fc.constantFrom(1, 2, 2, 2, 3).chain(extents),
  });
  const bilinear = fc.record({ mode: fc.constant('bilinear' as const), alignCorners: fc.boolean(), space: extents(2) });
  return fc
    .record({
      leading: fc.tuple(few, few),
      of: fc.oneof(nearest, bilinear),
      scale: scales,
      each: fc.option(fc.tuple(scales, scales, scales)),
    })
    .map(({ leading, of: { space, ...config }, scale, each }) => {
      const ofAxis = space.map((_, axis) => each?.[axis] ?? scale);
      // Of two elements half is left.
      const input = [...leading, ...space.map((extent, axis) => extent + (ofAxis[axis] < 1 ? 1 : 0))];
      return {
        config: { scale: each ? ofAxis : scale, ...config },
        args: { input },
        outputs: sizeOf([...input, ...ofAxis]),
      };
    })
    .filter(({ outputs }) => outputs <= 150)
    .map(({ config, args }) => ({ config, args }));
}
