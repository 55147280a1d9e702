import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Digits, digitsOf } from './digits.ts';
import { imagesFrom, labelsFrom } from './idx.ts';

/**
 * MNIST from a folder of its four files, plain or gzipped.
 * @throws RangeError when one is missing, or is not what it should be.
 */
export async function readMnist(folder: string): Promise<{ training: Digits; test: Digits }> {
  const there = await readdir(folder).catch((error: Error) => {
    throw new RangeError(`${folder} cannot be read: ${error.message}`, { cause: error });
  });
  const bytesOf = async (name: string): Promise<[Uint8Array, string]> => {
    const found = [name, `${name}.gz`, name.replace('-idx', '.idx')].find(file => there.includes(file));
    if (found === undefined) throw new RangeError(`${folder} has no ${name} or ${name}.gz`);
    const path = join(folder, found);
    const bytes = await readFile(path);
    if (!found.endsWith('.gz')) return [bytes, path];
    const plain = await promisify(gunzip)(bytes).catch((error: Error) => {
      throw new RangeError(`${path} cannot be unzipped: ${error.message}`, { cause: error });
    });
    return [plain, path];
  };
  const read = async (prefix: string): Promise<Digits> =>
    digitsOf(
      imagesFrom(...(await bytesOf(`${prefix}-images-idx3-ubyte`))),
      labelsFrom(...(await bytesOf(`${prefix}-labels-idx1-ubyte`))),
    );
  return { training: await read('train'), test: await read('t10k') };
}
