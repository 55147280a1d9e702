/** Layers that are objects of a class, with a config that no message can hold. */
import { type Tensors, tensor } from 'gradcheck';

class Doubled {
  readonly name: string;
  readonly #slope: number;

  constructor(name: string, slope: number) {
    this.name = name;
    this.#slope = slope;
  }

  get cases() {
    return [{ config: { of: (x: number) => x }, args: { x: [3] } }];
  }

  forward({ x }: Tensors) {
    return {
      y: tensor(
        x.shape,
        Float64Array.from(x.data, value => 2 * value),
      ),
    };
  }

  vjp(_args: Tensors, { y }: Tensors) {
    return {
      x: tensor(
        y.shape,
        Float64Array.from(y.data, value => this.#slope * value),
      ),
    };
  }
}

export const right = new Doubled('right', 2);
export const wrong = new Doubled('wrong', 1);
