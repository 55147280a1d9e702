/**
 * A neuron of an engine that records its operations, number by number.
 *
 *     npx gradcheck check examples/adapters/tape.ts
 */
import { fromTape } from 'gradcheck';

export class Value {
  readonly data: number;
  grad = 0;
  readonly #from: readonly (readonly [Value, slope: number])[];

  constructor(data: number, from: readonly (readonly [Value, slope: number])[] = []) {
    this.data = data;
    this.#from = from;
  }

  add(other: Value): Value {
    return new Value(this.data + other.data, [
      [this, 1],
      [other, 1],
    ]);
  }

  mul(other: Value | number): Value {
    if (typeof other === 'number') return new Value(this.data * other, [[this, other]]);
    return new Value(this.data * other.data, [
      [this, other.data],
      [other, this.data],
    ]);
  }

  tanh(): Value {
    const y = Math.tanh(this.data);
    return new Value(y, [[this, 1 - y * y]]);
  }

  backward(): void {
    const order: Value[] = [];
    const visit = (node: Value) => {
      if (order.includes(node)) return;
      for (const [from] of node.#from) visit(from);
      order.push(node);
    };
    visit(this);
    this.grad = 1;
    for (const node of order.toReversed()) for (const [from, slope] of node.#from) from.grad += slope * node.grad;
  }
}

export const neuron = fromTape(
  (x: Value[][], w: Value[], b: Value) =>
    x.map(row => row.reduce((sum, value, i) => sum.add(value.mul(w[i])), b).tanh()),
  { name: 'neuron', args: { x: [2, 3], w: [3], b: [] }, leaf: (number: number) => new Value(number) },
);
