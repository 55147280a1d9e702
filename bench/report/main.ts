import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { reportToHtml } from '../../src/report/html.ts';
import { largeReport, pastOf } from './report.ts';

/** `npm run bench:report [FILE]`: how long a large report takes to become a page, and how large that is. */
const LAYERS = 100;
const FINDINGS = 2000;
const RUNS = 50;

const report = largeReport(LAYERS, FINDINGS);
for (const [name, past] of [
  ['alone', {}],
  [`with a baseline and ${RUNS} runs`, pastOf(report, RUNS)],
] as const) {
  const start = performance.now();
  const page = await reportToHtml(report, past);
  const seconds = (performance.now() - start) / 1000;
  const megabytes = Buffer.byteLength(page) / 1e6;
  console.log(
    `${FINDINGS} findings over ${LAYERS} layers, ${name}: ${seconds.toFixed(2)} s, ${megabytes.toFixed(2)} MB`,
  );
  if (process.argv[2] !== undefined) await writeFile(process.argv[2], page);
}
