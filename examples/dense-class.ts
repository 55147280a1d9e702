/**
 * A layer of the usual from-scratch style: a class that keeps its input, and gradient buffers of its own.
 *
 *     npx gradcheck check examples/dense-class.ts
 */
import { fromClass } from 'gradcheck';

class Dense {
  weights: number[][];
  bias: number[];
  dWeights: number[][];
  dBias: number[];
  #input: number[][] = [];

  constructor(inputs: number, outputs: number) {
    this.weights = Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => 0));
    this.bias = this.weights.map(() => 0);
    this.dWeights = this.weights.map(row => row.map(() => 0));
    this.dBias = this.bias.map(() => 0);
  }

  forward(x: number[][]): number[][] {
    this.#input = x;
    return x.map(row => this.weights.map((w, o) => w.reduce((sum, weight, i) => sum + weight * row[i], this.bias[o])));
  }

  backward(dy: number[][]): number[][] {
    for (const [n, row] of dy.entries()) {
      for (const [o, d] of row.entries()) {
        this.dBias[o] += d;
        for (const [i, value] of this.#input[n].entries()) this.dWeights[o][i] += d * value;
      }
    }
    return dy.map(row => this.weights[0].map((_, i) => row.reduce((sum, d, o) => sum + d * this.weights[o][i], 0)));
  }
}

export const dense = fromClass(() => new Dense(4, 3), { inputs: [5, 4] });
