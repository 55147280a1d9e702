/**
 * What a call of a layer in another process costs, in milliseconds: starting it, a forward pass, a whole check.
 *
 *     node --import ./node_modules/jiti/lib/jiti-register.mjs bench/process/main.ts
 */
import { fileURLToPath } from 'node:url';
import { processLayer } from '../../src/adapters/process.ts';
import type { CaseSpec } from '../../src/layer.ts';
import { check } from '../../src/run.ts';
import { tensor } from '../../src/tensor.ts';

const CALLS = 2000;

for (const file of ['wrong_dense.py', 'wrong_gelu.py']) {
  const path = fileURLToPath(new URL(`../../examples/python/${file}`, import.meta.url));
  const began = performance.now();
  const layer = await processLayer(`python3 "${path}"`);
  const start = performance.now() - began;
  const [{ args, config = {} }] = layer.cases as readonly CaseSpec[];
  const point = Object.fromEntries(
    Object.entries(args).map(([name, spec]) => {
      const values = tensor('shape' in spec ? spec.shape : spec);
      return [
        name,
        tensor(
          values.shape,
          values.data.map((_, i) => Math.sin(i + 1)),
        ),
      ];
    }),
  );
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const from = performance.now();
    await layer.forward(point, config);
    times.push(performance.now() - from);
  }
  const mean = times.reduce((sum, time) => sum + time, 0) / CALLS;
  const median = times.sort((a, b) => a - b)[CALLS / 2];
  const from = performance.now();
  await check(layer);
  const whole = performance.now() - from;
  await layer.close?.();
  console.log(
    `${file}: start ${start.toFixed(0)}, call ${median.toFixed(3)} (median), ${mean.toFixed(3)} (mean), check ${whole.toFixed(0)}`,
  );
}
