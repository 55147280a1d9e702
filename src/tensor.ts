/**
 * The numbers of a tensor. At run time a Float32Array in layers that declare `dtype: 'float32'`; the type says Float64Array
 * there too, since TypeScript lets nobody call map or reduce on a union of the two.
 */
export type Data = Float64Array;

export type Dtype = 'float64' | 'float32';

/** Numbers in row-major order with a shape. A scalar has shape [] and one number. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** What a layer may return: tensors by name, of either precision. */
export type AnyTensors = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float64Array | Float32Array }>
>;

/** The largest tensor that is accepted: 2^28 elements, 2 GiB in float64. */
export const MAX_ELEMENTS = 2 ** 28;

/** The number of elements of a shape: the product of its extents, 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Why `shape` is no shape, or undefined when it is one. */
export function shapeProblem(shape: unknown): string | undefined {
  if (!Array.isArray(shape)) return `a shape is an array of extents such as [2, 3], not ${describe(shape)}`;
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0) {
      return `shape [${shape.join(', ')}] has the extent ${describe(extent)}; extents are integers of 0 or more`;
    }
  }
  const size = sizeOf(shape);
  if (!(size <= MAX_ELEMENTS)) {
    return `shape [${shape.join(', ')}] has ${size} elements; at most 2^28 = ${MAX_ELEMENTS} are supported`;
  }
  return undefined;
}

/**
 * A tensor of `shape`, zero or filled with `values`.
 * @throws RangeError when the shape is none or the number of values differs from its size.
 */
export function tensor(shape: readonly number[], values?: ArrayLike<number>, dtype: Dtype = 'float64'): Tensor {
  const problem = shapeProblem(shape);
  if (problem) throw new RangeError(problem);
  const size = sizeOf(shape);
  const Numbers = arrayOf(dtype);
  if (values === undefined) return { shape, data: new Numbers(size) };
  if (values.length !== size) {
    throw new RangeError(`shape [${shape.join(', ')}] holds ${size} numbers, but ${values.length} were given`);
  }
  return { shape, data: Numbers.from(values) };
}

/** A scalar: shape [], one number. */
export function scalar(value: number, dtype: Dtype = 'float64'): Tensor {
  return tensor([], [value], dtype);
}

/** A tensor of zeros with the shape and dtype of another. */
export function zerosLike(like: Tensor): Tensor {
  return { shape: like.shape, data: emptyLike(like.data) };
}

/** Zeros, as many and of the same dtype as `data`. */
export function emptyLike(data: Data, length = data.length): Data {
  return new (arrayOf(dtypeOf(data)))(length);
}

/** The array class of a dtype. */
export function arrayOf(dtype: Dtype): Float64ArrayConstructor {
  return dtype === 'float32' ? (Float32Array as unknown as Float64ArrayConstructor) : Float64Array;
}

/** The dtype of numbers. */
export function dtypeOf(data: Data): Dtype {
  return (data[Symbol.toStringTag] as string) === 'Float32Array' ? 'float32' : 'float64';
}

/** The numbers of several arrays, one array after the other. */
export function concatenated(parts: readonly Data[]): Float64Array {
  const all = new Float64Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The tensor of f(x) over the elements x of `from`, of the same shape and dtype. */
export function mapTensor(from: Tensor, f: (value: number, index: number) => number): Tensor {
  const data = emptyLike(from.data);
  for (let i = 0; i < data.length; i++) data[i] = f(from.data[i], i);
  return { shape: from.shape, data };
}

/** A deep copy. */
export function copyTensor(from: Tensor): Tensor {
  return { shape: [...from.shape], data: from.data.slice() };
}

export function copyTensors(from: Tensors): Tensors {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, copyTensor(value)]));
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The index along each axis of the element at a flat, row-major position. */
export function indexOf(position: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/** The flat, row-major position of the element at an index. */
export function positionOf(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((position, at, axis) => position * shape[axis] + at, 0);
}

/** How many elements apart neighbours along each axis are in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** A value as it appears in an error message: short, with its kind. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${(value as Float64Array).length}`;
  if (typeof value === 'object')
    return `an object with the keys ${Object.keys(value).slice(0, 6).join(', ') || '(none)'}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return 'a function';
  return String(value as number | boolean | undefined);
}
