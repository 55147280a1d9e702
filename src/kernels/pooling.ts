import { sizeOf, type Tensor } from '../tensor.ts';

/** Windows over the planes [rows, columns] of a tensor: window (r, s) is that of height[r] and of width[s]. */
export interface Pooling<Window> {
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
  readonly height: readonly Window[];
  readonly width: readonly Window[];
  /** Of a tensor with one element for each window of each plane. */
  readonly shape: readonly number[];
}

/**
 * The windows over images [..., rows, columns], where `windows` gives those along an axis.
 * @throws RangeError when the input is no images or has no rows or columns; `layer` is its name in the message.
 */
export function overImages<Axis, Window>(
  layer: string,
  { shape }: Pick<Tensor, 'shape'>,
  [high, wide]: readonly [Axis, Axis],
  windows: (axis: Axis, size: number) => readonly Window[],
): Pooling<Window> {
  const { planes, rows, columns } = imagesOf(layer, { shape });
  const height = windows(high, rows);
  const width = windows(wide, columns);
  return { planes, rows, columns, height, width, shape: [...shape.slice(0, -2), height.length, width.length] };
}

/** The windows over sequences [..., length], each taken for an image of one row. */
export function overSequences<Axis, Window>(
  layer: string,
  { shape }: Pick<Tensor, 'shape'>,
  axes: readonly [Axis, Axis],
  windows: (axis: Axis, size: number) => readonly Window[],
): Pooling<Window> {
  if (shape.length < 1 || shape.includes(0, -1)) {
    throw new RangeError(
      `${layer} has an input of shape [${shape.join(', ')}]; it needs [batch, channel, place], with places`,
    );
  }
  const leading = shape.slice(0, -1);
  const pooling = overImages(layer, { shape: [...leading, 1, shape[leading.length]] }, axes, windows);
  return { ...pooling, shape: [...leading, pooling.width.length] };
}

/**
 * How many images [rows, columns] a tensor holds, and their size.
 * @throws RangeError when it has fewer than two axes, or images without a pixel.
 */
export function imagesOf(layer: string, { shape }: Pick<Tensor, 'shape'>) {
  if (shape.length < 2 || shape.includes(0, -2)) {
    throw new RangeError(
      `${layer} has an input of shape [${shape.join(', ')}]; it needs [batch, channel, row, column], with rows and columns`,
    );
  }
  const [rows, columns] = shape.slice(-2);
  return { planes: sizeOf(shape.slice(0, -2)), rows, columns };
}

/** Every window of every plane n in row-major order, with its position among them all. */
export function everyWindow<Window>(
  { planes, height, width }: Pooling<Window>,
  visit: (at: number, n: number, high: Window, wide: Window) => void,
): void {
  let at = 0;
  for (let n = 0; n < planes; n++) {
    for (const high of height) {
      for (const wide of width) visit(at++, n, high, wide);
    }
  }
}
