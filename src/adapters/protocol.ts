import { LayerError } from '../checks/subject.ts';
import { type Data, describe, shapeProblem, sizeOf, type Tensor, type Tensors } from '../tensor.ts';

/** How tensors are written to a process. */
export type Encoding = 'numbers' | 'base64';

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const NOT_IN_JSON: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };

/**
 * Tensors by name as JSON. Numbers have a point or an exponent, so that no reader takes them for integers; those of the
 * tensors in `whole` (indices, labels) have none where all of them are integers.
 */
export function writeTensors(tensors: Tensors, encoding: Encoding, whole: ReadonlySet<string> = new Set()): string {
  const parts = Object.entries(tensors).map(([name, { shape, data }]) => {
    const numbers =
      encoding === 'base64' ? `"base64":"${toBase64(data)}"` : `"data":[${writeNumbers(data, whole.has(name))}]`;
    return `${JSON.stringify(name)}:{"shape":[${shape.join(',')}],${numbers}}`;
  });
  return `{${parts.join(',')}}`;
}

function writeNumbers(data: Data, whole: boolean): string {
  const write = whole && data.every(Number.isInteger) ? (value: number) => value.toFixed(0) : writeReal;
  let text = '';
  for (let i = 0; i < data.length; i++) text += i === 0 ? write(data[i]) : `,${write(data[i])}`;
  return text;
}

/** The shortest text that reads back as the same number: 17 significant digits at most. */
function writeReal(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (!Number.isInteger(value)) return String(value);
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('e') ? text : `${text}.0`;
}

function toBase64(data: Data): string {
  const bytes = Buffer.from(Float64Array.from(data).buffer);
  return (LITTLE_ENDIAN ? bytes : bytes.swap64()).toString('base64');
}

/** What a line of JSON says; undefined where it is none. The bare words NaN, Infinity and -Infinity are read as strings. */
export function readLine(line: string): unknown {
  const text = line.startsWith('\uFEFF') ? line.slice(1) : line;
  try {
    return JSON.parse(text);
  } catch {
    if (!/NaN|Infinity/.test(text)) return undefined;
  }
  try {
    return JSON.parse(
      text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|NaN|-?Infinity/g, part => (part.startsWith('"') ? part : `"${part}"`)),
    );
  } catch {
    return undefined;
  }
}

/**
 * The outputs of an answer, in the order of `names`.
 * @throws LayerError when one is missing, extra, or no tensor.
 */
export function readOutputs(result: Readonly<Record<string, unknown>>, names: readonly string[]): Tensors {
  const outputs = record(result, 'outputs', '{"outputs":{"y":{"shape":[2,3],"data":[…]}}}');
  const came = Object.keys(outputs);
  for (const name of names) {
    if (outputs[name] !== undefined && outputs[name] !== null) continue;
    throw new LayerError('missing', `it answered without the output "${name}"; there came ${list(came)}`);
  }
  for (const name of came) {
    if (names.includes(name)) continue;
    throw new LayerError(
      'extra',
      `it answered with the output "${name}", which describe does not list; it lists ${list(names)}`,
    );
  }
  return Object.fromEntries(
    names.map(name => {
      const what = `the output "${name}"`;
      const output = readTensor(outputs[name], what);
      const { shape, data } = output;
      if (sizeOf(shape) === data.length) return [name, output];
      throw new LayerError(
        'shape',
        `${what} has shape [${shape.join(', ')}], which holds ${sizeOf(shape)} numbers, but ${data.length} came`,
      );
    }),
  );
}

/**
 * The gradients of an answer, as they came: whether all are there, of the right shape and count, is for the contract to say, one
 * argument at a time.
 * @throws LayerError when one of them is no tensor at all.
 */
export function readGradients(result: Readonly<Record<string, unknown>>): Tensors {
  const gradients = record(result, 'gradients', '{"gradients":{"x":{"shape":[2,3],"data":[…]}}}');
  const there = Object.entries(gradients).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(there.map(([name, value]) => [name, readTensor(value, `the gradient of "${name}"`, name)]));
}

function record(result: Readonly<Record<string, unknown>>, key: string, expected: string): Record<string, unknown> {
  const value = result[key];
  if (isRecord(value)) return value;
  throw new LayerError(
    'not-a-tensor',
    value === undefined
      ? `its result has no "${key}" but ${list(Object.keys(result))}; it should be ${expected}`
      : `its "${key}" is ${describe(value)}; the result should be ${expected}`,
  );
}

function readTensor(value: unknown, what: string, argument?: string): Tensor {
  const fail = (came: string): never => {
    throw new LayerError('not-a-tensor', `${what} ${came}; a tensor is {"shape":[2,3],"data":[…6 numbers…]}`, argument);
  };
  if (!isRecord(value)) return fail(`is ${describe(value)}`);
  const { shape, data, base64 } = value;
  const problem = shapeProblem(shape);
  if (problem) throw new LayerError('shape', `${what}: ${problem}`, argument);
  if (typeof base64 === 'string') {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length % 8 !== 0) return fail(`has ${bytes.length} bytes in base64, no whole number of float64 values`);
    if (!LITTLE_ENDIAN) bytes.swap64();
    return { shape: shape as number[], data: new Float64Array(new Uint8Array(bytes).buffer) };
  }
  if (!Array.isArray(data)) return fail(data === undefined ? 'has no "data"' : `has "data" that is ${describe(data)}`);
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const number = readNumber(data[i]);
    if (number === undefined) {
      const nested = Array.isArray(data[i]) ? ', and its numbers stand one after the other, not in rows' : '';
      return fail(`has data[${i}] = ${describe(data[i])}, which is no number${nested}`);
    }
    numbers[i] = number;
  }
  return { shape: shape as number[], data: numbers };
}

/** A number, or one of the strings for those that JSON lacks; undefined for anything else. */
export function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && Object.hasOwn(NOT_IN_JSON, value) ? NOT_IN_JSON[value] : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names for a message. */
export function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map(name => JSON.stringify(name)).join(', ');
}
