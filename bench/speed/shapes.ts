import type { Dtype } from '../../src/tensor.ts';

/** A convolution without padding, of stride 1. */
export interface Shape {
  readonly name: string;
  readonly batch: number;
  readonly channels: number;
  readonly extent: number;
  readonly filters: number;
  readonly kernel: number;
  /** How many times faster than the loops im2col and simd are to be. */
  readonly asked?: Readonly<Record<Dtype, string>>;
}

/** Those of LeNet-5, a small one as checks have, and a large one. */
export const SHAPES: readonly Shape[] = [
  {
    name: 'C1: 1×32×32 → 6, 5×5',
    batch: 1,
    channels: 1,
    extent: 32,
    filters: 6,
    kernel: 5,
    asked: {
      float64: '1.8×, 8.5×',
      float32: '15×',
    },
  },
  {
    name: 'C3: 6×14×14 → 16, 5×5',
    batch: 1,
    channels: 6,
    extent: 14,
    filters: 16,
    kernel: 5,
    asked: {
      float64: '3.2×, 12×',
      float32: '20×',
    },
  },
  { name: 'C5: 16×5×5 → 120, 5×5', batch: 1, channels: 16, extent: 5, filters: 120, kernel: 5 },
  { name: 'C1, batch of 16', batch: 16, channels: 1, extent: 32, filters: 6, kernel: 5 },
  { name: 'C3, batch of 16', batch: 16, channels: 6, extent: 14, filters: 16, kernel: 5 },
  { name: 'C5, batch of 16', batch: 16, channels: 16, extent: 5, filters: 120, kernel: 5 },
  { name: '3×16×16 → 8, 3×3, batch of 2', batch: 2, channels: 3, extent: 16, filters: 8, kernel: 3 },
  {
    name: '64×30×30 → 64, 3×3',
    batch: 1,
    channels: 64,
    extent: 30,
    filters: 64,
    kernel: 3,
    asked: {
      float64: '4×, 15×',
      float32: '29×',
    },
  },
];

export const configOf = ({ channels, filters, kernel }: Shape) => ({
  inChannels: channels,
  outChannels: filters,
  kernel,
});

export const specsOf = ({ batch, channels, extent, filters, kernel }: Shape) => ({
  input: [batch, channels, extent, extent],
  weight: [filters, channels, kernel, kernel],
  bias: [filters],
});
