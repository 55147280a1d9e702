import type * as FastCheck from 'fast-check';
import type { CaseSpec } from '../../layer.ts';
import { type CellConfig, cellShapes, type SequenceConfig, type Shapes, sequenceShapes } from './arguments.ts';
import type { Cell } from './cell.ts';

/** Cases of a layer that is one step of a cell, under settings of its own. */
export function cellCases<C extends object>(
  fc: typeof FastCheck,
  cell: Cell,
  own: FastCheck.Arbitrary<C>,
): FastCheck.Arbitrary<CaseSpec<C & CellConfig>> {
  return fc.record({ own, sizes: sizes(fc), batch: leadingExtents(fc), left: leftOut(fc) }).map(drawn => {
    const config = { ...drawn.own, ...drawn.sizes };
    const shapes = cellShapes(cell, config, drawn.batch);
    return { config, args: { input: [...drawn.batch, config.inputSize], ...without(drawn.left, shapes) } };
  });
}

/** Cases of a layer that is a sequence of steps: the more layers and directions, the fewer units. */
export function sequenceCases<C extends object>(
  fc: typeof FastCheck,
  cell: Cell,
  own: FastCheck.Arbitrary<C>,
): FastCheck.Arbitrary<CaseSpec<C & SequenceConfig>> {
  const form = fc.record({
    layers: fc.oneof(
      { weight: 6, arbitrary: fc.constant(1) },
      { weight: 3, arbitrary: fc.constant(2) },
      fc.constant(3),
    ),
    bidirectional: fc.boolean(),
    batchFirst: fc.boolean(),
  });
  const steps = fc.integer({ min: 1, max: 3 });
  return fc.record({ own, form, sizes: sizes(fc), batch: leadingExtents(fc), steps, left: leftOut(fc) }).map(drawn => {
    const { layers, bidirectional, batchFirst } = drawn.form;
    const most = Math.max(1, 4 - layers * (bidirectional ? 2 : 1));
    const { inputSize, hiddenSize } = drawn.sizes;
    const config = { ...drawn.own, ...drawn.form, inputSize, hiddenSize: Math.min(hiddenSize, most) };
    const shapes = sequenceShapes(cell, config, drawn.batch);
    const leading = batchFirst ? [...drawn.batch, drawn.steps] : [drawn.steps, ...drawn.batch];
    return { config, args: { input: [...leading, inputSize], ...without(drawn.left, shapes) } };
  });
}

function sizes(fc: typeof FastCheck) {
  return fc.record({ inputSize: fc.integer({ min: 1, max: 3 }), hiddenSize: fc.integer({ min: 1, max: 3 }) });
}

/** No axis for a batch, or one. */
function leadingExtents(fc: typeof FastCheck): FastCheck.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 1 });
}

/** How the names of the optional arguments that are left out begin. */
function leftOut(fc: typeof FastCheck): FastCheck.Arbitrary<readonly string[]> {
  return fc.constantFrom([], ['bias'], ['h0', 'c0'], ['bias', 'h0', 'c0']);
}

function without(beginnings: readonly string[], shapes: Shapes): Shapes {
  const given = Object.entries(shapes).filter(([name]) => !beginnings.some(beginning => name.startsWith(beginning)));
  return Object.fromEntries(given);
}
