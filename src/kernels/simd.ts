import { type Dtype, dtypeOf } from '../tensor.ts';
import { type Engine, type Kernels, plain } from './kernels.ts';
import { kernelsIn } from './wasm/kernels.ts';
import { Workspace } from './wasm/workspace.ts';

/**
 * The kernels in WebAssembly with vectors, on copies of the arrays in their memory; those in TypeScript where there is no such
 * thing, or no memory. The module is made when it is first needed.
 */
export const simd: Engine = (inputs, sizes, scratch, work) => {
  const site = siteOf(dtypeOf(inputs[0]));
  const numbers = [...inputs.map(({ length }) => length), ...sizes, scratch].reduce((sum, size) => sum + size);
  if (!site?.space.clear(numbers)) return plain(inputs, sizes, scratch, work);
  const { space, kernels } = site;
  const copies = inputs.map(data => space.copyIn(data));
  const results = sizes.map(size => space.array(size).fill(0));
  work(kernels, copies, results);
  return results.map(result => space.copyOut(result));
};

interface Site {
  readonly space: Workspace;
  readonly kernels: Kernels;
}

const sites = new Map<Dtype, Site | undefined>();

/** One memory for each precision; undefined where there is none to be had. */
function siteOf(dtype: Dtype): Site | undefined {
  if (!sites.has(dtype)) sites.set(dtype, newSite(dtype));
  return sites.get(dtype);
}

function newSite(dtype: Dtype): Site | undefined {
  try {
    const space = new Workspace(dtype);
    return { space, kernels: kernelsIn(space) };
  } catch {
    return undefined;
  }
}
