import type { Implementation, Layer } from '../../layer.ts';
import type { Tensors } from '../../tensor.ts';
import {
  type CellConfig,
  cellSizes,
  emptyResults,
  type Results,
  type SequenceConfig,
  sequenceSizes,
  type Sizes,
} from './arguments.ts';
import * as blocked from './blocked.ts';
import type { Cell } from './cell.ts';
import * as reference from './reference.ts';

type Parts<C> = Required<Pick<Layer<C>, 'forward' | 'vjp' | 'jvp' | 'alternatives'>>;

/** The functions of a layer that is one step of a cell. Outputs: the states after, h and c. */
export function cellFunctions<C extends CellConfig>(layer: string, cellOf: (config: C) => Cell): Parts<C> {
  return functions(layer, cellOf, cellSizes, '');
}

/** The functions of a layer that is a sequence of steps, in layers and directions. Outputs: output, and the states after the last step, hn and cn. */
export function sequenceFunctions<C extends SequenceConfig>(layer: string, cellOf: (config: C) => Cell): Parts<C> {
  return functions(layer, cellOf, sequenceSizes, 'n');
}

function functions<C extends CellConfig>(
  layer: string,
  cellOf: (config: C) => Cell,
  sizesOf: (layer: string, cell: Cell, args: Tensors, config: C) => Sizes,
  suffix: string,
): Parts<C> {
  const named = ({ states }: Cell, { shapes }: Sizes, { output, finals }: Results): Tensors => ({
    ...(shapes.output && { output: { shape: shapes.output, data: output } }),
    ...Object.fromEntries(states.map((state, s) => [`${state}${suffix}`, { shape: shapes.state, data: finals[s] }])),
  });
  const arriving = (cell: Cell, sizes: Sizes, upstream: Tensors): Results => {
    const none = emptyResults(cell, sizes, Object.values(upstream)[0].data);
    return {
      output: upstream.output?.data ?? none.output,
      finals: cell.states.map((state, s) => upstream[`${state}${suffix}`]?.data ?? none.finals[s]),
    };
  };
  const by = ({ forward, vjp }: typeof blocked): Implementation<C> => ({
    forward(args, config) {
      const cell = cellOf(config);
      const sizes = sizesOf(layer, cell, args, config);
      return named(cell, sizes, forward(cell, sizes, args));
    },
    vjp(args, upstream, config) {
      const cell = cellOf(config);
      const sizes = sizesOf(layer, cell, args, config);
      return vjp(cell, sizes, args, arriving(cell, sizes, upstream));
    },
  });
  return {
    ...by(reference),
    jvp(args, tangents, config) {
      const cell = cellOf(config);
      const sizes = sizesOf(layer, cell, args, config);
      return named(cell, sizes, reference.jvp(cell, sizes, args, tangents));
    },
    alternatives: { blocked: by(blocked) },
  };
}
