import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { processLayer } from '../../src/adapters/process.ts';

/** Starts the command of a layer, prints its log, never closes it; sends itself a signal if one is named. */
const [command, signal] = process.argv.slice(2);
await processLayer(command, { onLog: line => process.stdout.write(`${line}\n`) });
await sleep(200);
if (signal) {
  process.kill(process.pid, signal);
  await sleep(20_000);
}
