import { drawPoint, type Case } from '../../src/cases.ts';
import { Subject } from '../../src/checks/subject.ts';
import type { Layer } from '../../src/layer.ts';
import { implementationsOf } from '../../src/run.ts';
import type { Data, Tensors } from '../../src/tensor.ts';

/** What a checker of gradients is given: a function at a point, and its backward. */
export interface Pass {
  /** The values of each primal. */
  readonly x: Readonly<Record<string, Data>>;
  /** The differentiable outputs, one after the other, at the point. */
  readonly y: Data;
  /** The extents of the outputs in `y`. */
  readonly outputs: readonly number[];
  /** The outputs where one primal is at other values. */
  forward(moved: Readonly<Record<string, Data>>): Promise<Data>;
  backward(upstream: Data): Promise<Readonly<Record<string, Data>>>;
}

/** A rule by which a backward is right or wrong. */
export interface Rule {
  readonly name: string;
  /** Where it is published, and its numbers. */
  readonly source: string;
  /** Whether it goes through every element, so that large tensors cost too much. */
  readonly elementwise: boolean;
  accepts(pass: Pass): Promise<boolean>;
}

/** A layer's own implementation in a case at ordinary values, and what counts its evaluations. */
export async function passOf(layer: Layer, kase: Case, seed: string): Promise<{ pass: Pass; subject: Subject }> {
  const [[name, functions]] = implementationsOf(layer);
  const subject = new Subject(layer, name, functions, kase);
  const { args } = drawPoint(kase, kase.primals.every(one => kase.args[one].values) ? 'given' : 'normal', seed);
  const outputs = await subject.forward(args);
  const values = (tensors: Tensors) => Object.fromEntries(subject.primals.map(one => [one, tensors[one].data]));
  const pass: Pass = {
    x: values(args),
    y: Float64Array.from(subject.flatten(outputs)),
    outputs: subject.differentiable(outputs).map(one => outputs[one].data.length),
    async forward(moved) {
      const there = { ...args };
      for (const [one, data] of Object.entries(moved)) there[one] = { ...args[one], data };
      return Float64Array.from(subject.flatten(await subject.forward(there)));
    },
    async backward(upstream) {
      return values(await subject.vjp(args, subject.upstream(outputs, upstream), outputs));
    },
  };
  return { pass, subject };
}

/** (f(x + h t) - f(x - h t)) / 2h for tangents of some primals. */
export async function central(pass: Pass, tangents: Readonly<Record<string, Data>>, h: number): Promise<Data> {
  const moved = (by: number) =>
    Object.fromEntries(
      Object.entries(tangents).map(([name, tangent]) => [
        name,
        pass.x[name].map((value, i) => value + by * tangent[i]),
      ]),
    );
  const above = await pass.forward(moved(h));
  const below = await pass.forward(moved(-h));
  return above.map((value, m) => (value - below[m]) / (2 * h));
}

/** The tangent, or upstream, that is 1 at one element. */
export function unit(size: number, at: number): Float64Array {
  const result = new Float64Array(size);
  result[at] = 1;
  return result;
}

export function dot(a: Data, b: Data): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Whether |a - b| <= atol + rtol |b|; never where a number is NaN. */
export function isClose(a: number, b: number, atol: number, rtol: number): boolean {
  return Math.abs(a - b) <= atol + rtol * Math.abs(b);
}
