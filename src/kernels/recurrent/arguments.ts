import { type Data, describe, emptyLike, type Tensors } from '../../tensor.ts';
import type { Affine } from '../affine.ts';
import { expectShape } from '../expectShape.ts';
import type { Cell } from './cell.ts';

export interface CellConfig {
  readonly inputSize: number;
  readonly hiddenSize: number;
}

export interface SequenceConfig extends CellConfig {
  /** How many are stacked: each takes the outputs of the one below. 1 unless said. */
  readonly layers?: number;
  /** Each layer goes through time both ways, with weights of their own; their outputs stand side by side. False unless said. */
  readonly bidirectional?: boolean;
  /** input and output are [batch, time, feature] instead of [time, batch, feature]; false unless said. */
  readonly batchFirst?: boolean;
}

/** The maps of one direction of one layer: of what comes in, and of the state h before. */
export interface Maps {
  readonly ih: Affine;
  readonly hh: Affine;
}

/** A recurrent layer under given arguments. A cell is one of a single step. */
export interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly directions: number;
  /** What the names of weights and biases end with: layer by layer, in each the direction of time first. */
  readonly passes: readonly string[];
  /** Which row of input and output belongs to a step and a sample. */
  readonly row: (step: number, sample: number) => number;
  /** The shapes of the outputs: every step of the last layer where they are given out, and each final state. */
  readonly shapes: { readonly output?: readonly number[]; readonly state: readonly number[] };
}

/** The maps of every pass among arguments, among their gradients or among their tangents. */
export function mapsOf(tensors: Tensors, { passes }: Sizes): Maps[] {
  const affine = (end: string): Affine => {
    const { shape, data: weight } = tensors[`weight_${end}`];
    return { rows: shape[0], columns: shape[1], weight, bias: tensors[`bias_${end}`]?.data };
  };
  return passes.map(pass => ({ ih: affine(`ih${pass}`), hh: affine(`hh${pass}`) }));
}

/** The states before the first step: rows of h0 and c0, or zeros where they are left out. */
export function initialStates({ states }: Cell, { hidden }: Sizes, tensors: Tensors, row: number, rows = 1): Data[] {
  return states.map(state => {
    const given = tensors[`${state}0`];
    if (!given) return emptyLike(tensors.input.data, rows * hidden);
    return given.data.subarray(row * hidden, (row + rows) * hidden);
  });
}

/** Of the outputs, or of what arrives at them: the last layer's states h at every step, and all final states, pass by pass. */
export interface Results {
  readonly output: Data;
  readonly finals: readonly Data[];
}

export function emptyResults({ states }: Cell, sizes: Sizes, like: Data): Results {
  const { steps, batch, hidden, directions, passes } = sizes;
  return {
    output: emptyLike(like, steps * batch * directions * hidden),
    finals: states.map(() => emptyLike(like, passes.length * batch * hidden)),
  };
}

/** The sizes of a cell: input [batch, in] or [in]. */
export function cellSizes(layer: string, cell: Cell, args: Tensors, config: CellConfig): Sizes {
  const { inputSize, hiddenSize } = config;
  expectCount(layer, 'inputSize', inputSize);
  expectCount(layer, 'hiddenSize', hiddenSize);
  const { shape } = args.input;
  expectShape(layer, 'input', args.input, shape.length === 1 ? [inputSize] : ['batch', inputSize]);
  const leading = shape.slice(0, -1);
  expectArguments(layer, args, cellShapes(cell, config, leading));
  return {
    steps: 1,
    batch: leading[0] ?? 1,
    inputs: inputSize,
    hidden: hiddenSize,
    directions: 1,
    passes: [''],
    row: (_step, sample) => sample,
    shapes: { state: [...leading, hiddenSize] },
  };
}

/** The sizes of a sequence: input [time, batch, in], [batch, time, in] or [time, in]. */
export function sequenceSizes(layer: string, cell: Cell, args: Tensors, config: SequenceConfig): Sizes {
  const { inputSize, hiddenSize, layers = 1, batchFirst = false } = config;
  expectCount(layer, 'inputSize', inputSize);
  expectCount(layer, 'hiddenSize', hiddenSize);
  expectCount(layer, 'layers', layers);
  const { shape } = args.input;
  const batched = shape.length !== 2;
  const swapped = batched && batchFirst;
  const axes = swapped ? ['batch', 'time', inputSize] : ['time', 'batch', inputSize];
  expectShape(layer, 'input', args.input, batched ? axes : ['time', inputSize]);
  const steps = shape[swapped ? 1 : 0];
  if (steps === 0) throw new RangeError(`${layer} has an input of shape [${shape.join(', ')}]; give at least one step`);
  const leading = batched ? [shape[swapped ? 0 : 1]] : [];
  const [batch = 1] = leading;
  expectArguments(layer, args, sequenceShapes(cell, config, leading));
  const directions = directionsOf(config);
  const passes = passesOf(config);
  return {
    steps,
    batch,
    inputs: inputSize,
    hidden: hiddenSize,
    directions,
    passes,
    row: (step, sample) => (swapped ? sample * steps + step : step * batch + sample),
    shapes: {
      output: [...shape.slice(0, -1), directions * hiddenSize],
      state: [passes.length, ...leading, hiddenSize],
    },
  };
}

/** Shapes by name. */
export type Shapes = Record<string, readonly number[]>;

/** What a cell is called with beside its input: each state is [batch, hidden], or [hidden] where `leading` is []. */
export function cellShapes(cell: Cell, config: CellConfig, leading: readonly number[]): Shapes {
  const shapes: Shapes = {};
  addStates(shapes, cell, [...leading, config.hiddenSize]);
  addMaps(shapes, cell, config, '', config.inputSize);
  return shapes;
}

/** What a sequence is called with beside its input: each state is [passes, batch, hidden], or [passes, hidden]. */
export function sequenceShapes(cell: Cell, config: SequenceConfig, leading: readonly number[]): Shapes {
  const { inputSize, hiddenSize } = config;
  const directions = directionsOf(config);
  const passes = passesOf(config);
  const shapes: Shapes = {};
  addStates(shapes, cell, [passes.length, ...leading, hiddenSize]);
  for (const [at, pass] of passes.entries()) {
    addMaps(shapes, cell, config, pass, at < directions ? inputSize : directions * hiddenSize);
  }
  return shapes;
}

function addStates(shapes: Shapes, { states }: Cell, shape: readonly number[]): void {
  for (const state of states) shapes[`${state}0`] = shape;
}

function addMaps(shapes: Shapes, { gates }: Cell, { hiddenSize }: CellConfig, pass: string, inputs: number): void {
  const rows = gates * hiddenSize;
  shapes[`weight_ih${pass}`] = [rows, inputs];
  shapes[`weight_hh${pass}`] = [rows, hiddenSize];
  shapes[`bias_ih${pass}`] = [rows];
  shapes[`bias_hh${pass}`] = [rows];
}

function directionsOf({ bidirectional = false }: SequenceConfig): number {
  return bidirectional ? 2 : 1;
}

function passesOf(config: SequenceConfig): string[] {
  const passes: string[] = [];
  for (let at = 0; at < (config.layers ?? 1); at++) {
    passes.push(`_l${at}`);
    if (config.bidirectional) passes.push(`_l${at}_reverse`);
  }
  return passes;
}

/** Whether beside the input there are these arguments and no others; states and biases may be left out. */
function expectArguments(layer: string, args: Tensors, shapes: Shapes): void {
  for (const name of Object.keys(shapes)) {
    if (args[name]) expectShape(layer, name, args[name], shapes[name]);
    else if (name.startsWith('weight')) {
      throw new RangeError(`${layer} has no ${name}; its config asks for one of shape [${shapes[name].join(', ')}]`);
    }
  }
  const extra = Object.keys(args).find(name => name !== 'input' && !shapes[name]);
  if (extra) {
    throw new RangeError(`${layer} has an argument ${extra}; its config asks for ${Object.keys(shapes).join(', ')}`);
  }
}

function expectCount(layer: string, setting: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new RangeError(`${layer} has ${setting} ${describe(value)}; give an integer of 1 or more`);
}
