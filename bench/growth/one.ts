import process from 'node:process';
import { check } from '../../src/index.ts';
import { sizeOf } from '../../src/tensor.ts';
import { models } from './models.ts';

/** What checking the gradients of one model takes; printed as JSON, from a process of its own for the sake of its memory. */
export interface Cost {
  readonly model: string;
  readonly parameters: number;
  readonly tensors: number;
  readonly verdict: string;
  /** The largest resolution of any tensor. */
  readonly resolution: number;
  readonly forwards: number;
  readonly backwards: number;
  readonly seconds: number;
  /** One forward, the median of five. */
  readonly forward: number;
  readonly megabytes: number;
}

const [name, size] = process.argv.slice(2);
const made = models.find(model => model.name === name)?.make(Number(size));
if (!made) throw new Error(`there is no model ${name}`);
const [{ args }] = made.cases as readonly { args: Record<string, { shape: readonly number[]; role?: string }> }[];
const parameters = Object.entries(args).filter(([key]) => key !== 'input');
let forwards = 0;
let backwards = 0;
const times: number[] = [];
const layer = {
  ...made,
  alternatives: {},
  forward: async (...all: Parameters<typeof made.forward>) => {
    const start = performance.now();
    const outputs = await made.forward(...all);
    times.push(performance.now() - start);
    forwards++;
    return outputs;
  },
  vjp: (...all: Parameters<typeof made.vjp>) => {
    backwards++;
    return made.vjp(...all);
  },
};
const start = performance.now();
const { verdict, findings } = await check(layer, { checks: ['gradient'], explain: false });
const cost: Cost = {
  model: name,
  parameters: parameters.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0),
  tensors: Object.keys(args).length,
  verdict,
  resolution: Math.max(...findings.filter(finding => finding.check === 'gradient').map(({ resolution }) => resolution)),
  forwards,
  backwards,
  seconds: (performance.now() - start) / 1000,
  forward: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] / 1000,
  megabytes: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(JSON.stringify(cost));
