import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../cases.ts';
import { quoted } from '../finding.ts';
import { columns, printable } from '../report/text.ts';
import type { Status } from './finish.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write.ts';

/**
 * `gradcheck init`: a layer that passes and its test, ready to be edited. Either file that is there already is left as it is, and
 * nothing is written, unless `force` says otherwise.
 * @throws UsageError when the name is none, or a file is in the way.
 */
export async function init(path: string, force: boolean, terminal: Terminal): Promise<Status> {
  const name = basename(path).replace(/(\.test)?\.[mc]?[jt]s$/, '');
  if (!/^[a-z][\w-]*$/i.test(name)) {
    throw new UsageError(
      `"${printable(path)}" is no name for a layer; it is letters, digits, - and _, after a folder if need be: gradcheck init layers/swish`,
    );
  }
  const file = join(dirname(path), `${name}.ts`);
  const test = join(dirname(path), `${name}.test.ts`);
  const there = [file, test].filter(one => existsSync(one));
  if (there.length > 0 && !force) {
    throw new UsageError(
      `${there.join(' and ')} would be overwritten; choose another name, or --force: gradcheck init ${quoted(path)} --force`,
    );
  }
  await writeWhole(file, layerText(name));
  await writeWhole(test, testText(name));
  const next = columns([
    [`  gradcheck check ${quoted(file)} --watch`, 'checks it, now and whenever it is saved'],
    [`  vitest run ${quoted(test)}`, 'the same among your tests (vitest 3.2 or later)'],
  ]);
  terminal.out([`wrote ${file} and ${test}: a layer that passes, to be edited, and its test`, ...next].join('\n'));
  return 0;
}

function layerText(name: string): string {
  return `import { defineLayer, tensor } from 'gradcheck';

/**
 * A dense layer: output[n, o] = sum over i of input[n, i] weight[o, i] + bias[o]. Put yours in its place.
 *
 *     gradcheck check ${name}.ts --watch
 */
export default defineLayer({
  name: '${name}',

  // Shapes to try. Other names, ranks and numbers of arguments are fine; batches above 1 and sides of different
  // length hide least. For several settings: cases: [{ config: { stride: 2 }, args: { … } }, …].
  args: { input: [3, 4], weight: [2, 4], bias: [2] },

  // Names of the axes, for reports. May be left out.
  axes: { input: ['batch', 'feature'], weight: ['output', 'feature'], bias: ['output'] },

  // Arguments → outputs, by name. A tensor is { shape, data }, its numbers row by row in a Float64Array.
  // Nothing that is passed in may be changed, and the same arguments must always give the same outputs.
  forward({ input, weight, bias }) {
    const [batch, features] = input.shape;
    const [outputs] = weight.shape;
    const output = tensor([batch, outputs]);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias.data[o];
        for (let i = 0; i < features; i++) sum += input.data[n * features + i] * weight.data[o * features + i];
        output.data[n * outputs + o] = sum;
      }
    }
    return { output };
  },

  // The gradient that arrives from above, of every output (here called dy) → the gradient of every argument.
  // What is used more than once adds up: every row of the batch uses the same weight and bias.
  vjp({ input, weight, bias }, { output: dy }) {
    const [batch, features] = input.shape;
    const [outputs] = weight.shape;
    const gradients = { input: tensor(input.shape), weight: tensor(weight.shape), bias: tensor(bias.shape) };
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outputs; o++) {
        const d = dy.data[n * outputs + o];
        gradients.bias.data[o] += d;
        for (let i = 0; i < features; i++) {
          gradients.input.data[n * features + i] += d * weight.data[o * features + i];
          gradients.weight.data[o * features + i] += d * input.data[n * features + i];
        }
      }
    }
    return gradients;
  },
});
`;
}

function testText(name: string): string {
  return `import 'gradcheck/vitest';
import { expect, test } from 'vitest';
import layer from './${name}.js';

test('${name} has the right gradients', async () => {
  await expect(layer).toPassGradcheck();
});
`;
}
