import { checkGradient } from '../../src/checks/gradient.ts';
import { Subject } from '../../src/checks/subject.ts';
import { casesOf } from '../../src/cases.ts';
import type { Implementation, Layer } from '../../src/layer.ts';
import { layers } from '../../src/layers/index.ts';
import { random } from '../../src/numeric/random.ts';
import { productNorm } from '../../src/numeric/sum.ts';
import { kinked, zoo } from './zoo.ts';
import { table } from './table.ts';

/** The same layer with an error of a given norm, relative to the gradient's, in one primal: spread over all elements or in one. */
function withError(layer: Layer, primal: string, size: number, single: boolean, seed: string): Implementation {
  return {
    forward: (args, config) => layer.forward(args, config),
    async vjp(args, upstream, config, outputs) {
      const gradients = await layer.vjp(args, upstream, config, outputs);
      const { shape, data } = gradients[primal];
      const stream = random(seed);
      const error = new Float64Array(data.length);
      if (single) error[stream.integer(0, data.length - 1)] = 1;
      else for (let i = 0; i < error.length; i++) error[i] = stream.normal();
      const ones = error.map(() => 1);
      const factor = (size * productNorm(Float64Array.from(data), ones)) / productNorm(error, ones);
      return {
        ...gradients,
        [primal]: { shape, data: Float64Array.from(data, (value, i) => value + factor * error[i]) },
      };
    },
  };
}

/** Verdicts of gradients with a small error put in. */
export async function measureSharpness(scale: number): Promise<string> {
  const smooth = [
    ...layers.filter(layer => !layer.kinks && !layer.nondifferentiable),
    ...zoo.filter(({ name }) => !/50x|1000x|100x/.test(name)),
  ];
  const rough = [...layers.filter(layer => layer.kinks), ...kinked.filter(({ name }) => name !== 'floor')];
  const rows: (string | number)[][] = [];
  const trials = 4000 * scale;
  for (const [name, candidates, size] of [
    ['smooth, 1e-9', smooth, 1e-9],
    ['smooth, 1e-6', smooth, 1e-6],
    ['kinks, 1e-7', rough, 1e-7],
    ['smooth, at the stated resolution', smooth, 0],
    ['kinks, at the stated resolution', rough, 0],
  ] as const) {
    const counts = { fail: 0, pass: 0, inconclusive: 0, error: 0 };
    const missed: string[] = [];
    for (let trial = 0; trial < trials; trial++) {
      const layer = candidates[trial % candidates.length];
      const [kase] = await casesOf(layer, `sharpness ${trial}`, 1);
      const primal = kase.primals[trial % kase.primals.length];
      if (kase.args[primal].shape.includes(0)) continue;
      const seed = `sharpness ${trial}`;
      let error: number = size;
      if (error === 0) {
        const subject = new Subject(layer, 'right', layer, kase);
        const own = (await checkGradient(subject, seed)).find(({ argument }) => argument === primal);
        if (own?.verdict !== 'pass' || !(own.resolution > 0)) continue;
        error = own.resolution;
      }
      const faulty = new Subject(layer, 'faulty', withError(layer, primal, error, trial % 2 === 0, seed), kase);
      const seen = (await checkGradient(faulty, seed)).find(({ argument }) => argument === primal);
      if (!seen || seen.code === 'zero') continue;
      counts[seen.verdict]++;
      if (seen.verdict !== 'fail')
        missed.push(
          `${layer.name} ${primal} ${seen.verdict} ${seen.code} ${seen.resolution.toExponential(1)} trial ${trial}`,
        );
    }
    const all = counts.fail + counts.pass + counts.inconclusive + counts.error;
    rows.push([name, all, counts.fail, counts.pass, counts.inconclusive]);
    console.log(rows[rows.length - 1].join(' | '));
    for (const text of missed.slice(0, 15)) console.log(`    ${text}`);
  }
  return table(
    'Sharpness',
    'Gradients with an error of the given norm, relative to the right gradient, in one primal: in one element or spread over all of them.',
    ['layers, error', 'findings', 'fail', 'pass', 'inconclusive'],
    rows,
  );
}
