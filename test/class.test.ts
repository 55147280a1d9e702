import { describe, expect, test } from 'vitest';
import { dense } from '../examples/dense-class.ts';
import { fromClass } from '../src/adapters/class.ts';
import { check } from '../src/run.ts';

/** Multiplies by a parameter, in the flat-array style; its backward is a parameter of the test. */
class Scale {
  w: Float64Array = Float64Array.of(1, 1, 1);
  dw: Float64Array = new Float64Array(3);
  x: Float64Array = new Float64Array(3);

  forward(x: Float64Array): Float64Array {
    this.x = x;
    return x.map((value, i) => value * this.w[i]);
  }

  backward(dy: Float64Array): Float64Array {
    for (let i = 0; i < 3; i++) this.dw[i] += dy[i] * this.x[i];
    return dy.map((value, i) => value * this.w[i]);
  }
}

class Assigning extends Scale {
  override backward(dy: Float64Array): Float64Array {
    this.dw = dy.map((value, i) => value * this.x[i]);
    return dy.map((value, i) => value * this.w[i]);
  }
}

class Half extends Scale {
  override backward(dy: Float64Array): Float64Array {
    this.dw[0] = dy[0] * this.x[0];
    this.dw[1] += dy[1] * this.x[1];
    return dy.map((value, i) => value * this.w[i]);
  }
}

class ForgetsBatch {
  weights = {
    data: [
      [1, 0],
      [0, 1],
    ],
    grad: [
      [0, 0],
      [0, 0],
    ],
  };
  #x: number[][] = [];

  forward(x: number[][]): number[][] {
    this.#x = x;
    return x.map(row => this.weights.data.map(w => w[0] * row[0] + w[1] * row[1]));
  }

  backward(dy: number[][]): number[][] {
    for (const [n, row] of dy.entries()) {
      this.weights.grad = row.map(d => this.#x[n].map(value => d * value));
    }
    const { data } = this.weights;
    return dy.map(row => [0, 1].map(i => row[0] * data[0][i] + row[1] * data[1][i]));
  }
}

const wrongOnes = async (layer: Parameters<typeof check>[0]) => {
  const { findings } = await check(layer);
  return findings
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ check: name, argument, verdict }) => ({ name, argument, verdict }));
};

describe('a class with forward, backward and buffers of its own', () => {
  test('that is right passes, with nested arrays and buffers that accumulate', async () => {
    const { verdict, findings } = await check(dense);
    expect(verdict).toBe('pass');
    expect(findings.filter(({ check: name }) => name === 'gradient').map(({ argument }) => argument)).toEqual([
      'input',
      'weights',
      'bias',
    ]);
  });

  test.each([
    { topic: 'adds to its buffers', create: () => new Scale() },
    { topic: 'overwrites its buffers', create: () => new Assigning() },
  ])('passes when it $topic', async ({ create }) => {
    expect(await wrongOnes(fromClass(create, { inputs: [3] }))).toEqual([]);
  });

  test('is told that some elements of a buffer are added to and others overwritten', async () => {
    const { findings } = await check(fromClass(() => new Half(), { inputs: [3] }));
    const bad = findings.find(({ verdict }) => verdict === 'error');
    expect(bad?.argument).toBe('w');
    expect(bad?.reason).toMatch(/added to by backward, others overwritten/);
  });

  test('is caught when it overwrites where it should sum over the batch', async () => {
    const wrong = await wrongOnes(fromClass(() => new ForgetsBatch(), { inputs: [3, 2] }));
    expect(new Set(wrong.map(({ argument }) => argument))).toEqual(new Set(['weights']));
    expect(wrong.every(({ verdict }) => verdict === 'fail')).toBe(true);
  });

  test('is refused with the remedy when a method is missing', () => {
    expect(() => fromClass(() => ({ run() {} }), { inputs: [3] })).toThrow(/has no method forward; say which/);
  });
});
