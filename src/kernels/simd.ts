import { type Dtype, dtypeOf } from '../tensor.ts';
import { type Engine, type Kernels, plain } from './kernels.ts';
import { kernelsIn } from './wasm/kernels.ts';
import { Workspace } from './wasm/workspace.ts';

/**
 * The kernels in WebAssembly with vectors, on copies of the arrays in their memory; those in TypeScript where there is no such
 * thing, or not so much memory. The module is made when it is first needed.
 */
export const simd: Engine = (inputs, sizes, scratch, work) => {
  let numbers = scratch;
  for (const { length } of inputs) numbers += length;
  for (const size of sizes) numbers += size;
  const site = siteFor(dtypeOf(inputs[0]), numbers);
  if (!site) return plain(inputs, sizes, scratch, work);
  const { space, kernels } = site;
  space.clear();
  const copies = inputs.map(data => space.copyIn(data));
  const results = sizes.map(size => space.array(size).fill(0));
  work(kernels, copies, results);
  return results.map(result => space.copyOut(result));
};

interface Site {
  readonly space: Workspace;
  readonly kernels: Kernels;
}

/** Numbers that a memory has room for at least: 512 kB in float64. */
const LEAST = 65_536;

const sites = new Map<Dtype, Site>();

/**
 * The memory of a precision. Where it is too small another is made: if it grew, its buffer would be detached, and since V8 then expects
 * that of every buffer, loops over typed arrays would take a quarter longer in all of the program.
 */
function siteFor(dtype: Dtype, numbers: number): Site | undefined {
  const before = sites.get(dtype);
  const room = before?.space.capacity ?? 0;
  if (before && numbers <= room) return before;
  const space = Workspace.of(dtype, Math.max(numbers, 2 * room, LEAST)) ?? Workspace.of(dtype, numbers);
  if (!space) return undefined;
  const site = { space, kernels: kernelsIn(space) };
  sites.set(dtype, site);
  return site;
}
