import type { Implementation } from '../../src/layer.ts';
import { conv2d } from '../../src/layers/conv2d.ts';
import { race } from './measure.ts';
import { argsOf } from './numbers.ts';
import { tensorflowConvolution } from './peers.ts';
import { configOf, SHAPES, specsOf } from './shapes.ts';
import { sixLoops } from './sixLoops.ts';
import { cell, type Table, time } from './table.ts';

/** Convolutions forward beside TensorFlow.js, which has them in float32 only and on its wasm backend forward only. */
export async function forward(backend: 'cpu' | 'wasm'): Promise<Table | undefined> {
  const { simd } = conv2d.alternatives as Readonly<Record<string, Implementation>>;
  const peer = await tensorflowConvolution(backend);
  if (!peer) return undefined;
  const rows = SHAPES.map(shape => {
    const config = configOf(shape);
    const args = argsOf(specsOf(shape), 'float32');
    const { loops, ...others } = race(
      { loops: () => sixLoops.forward(args, config), simd: () => simd.forward(args, config), peer: peer(args) },
      { rounds: 15 },
    );
    return [shape.name, time(loops.median), ...Object.values(others).map(cell)];
  });
  return {
    title: `A convolution forward, float32, beside TensorFlow.js on its ${backend} backend`,
    note: 'Times faster than the six loops.',
    head: ['shape', 'six loops', 'simd', `tfjs ${backend}`],
    rows,
  };
}
