/**
 * The calibration of the gradient check: `npm run calibrate [-- TRIALS]`. Writes bench/calibration/RESULTS.md.
 *
 * Bound: how often the error bound of a finite difference is exceeded by its true error, over right layers.
 * False alarms: verdicts of right layers. Sharpness: verdicts of gradients with a small error put in.
 */
import { writeFileSync } from 'node:fs';
import { measureBound } from './bound.ts';
import { measureFalseAlarms } from './falseAlarms.ts';
import { measureSharpness } from './sharpness.ts';

const scale = Number(process.argv[2] ?? 1);
const started = Date.now();
const sections = [await measureBound(scale), await measureFalseAlarms(scale), await measureSharpness(scale)];
const head = `# Calibration\n\nMade by \`npm run calibrate\` on Node ${process.versions.node}, in ${Math.round((Date.now() - started) / 1000)} s.\n`;
writeFileSync(new URL('RESULTS.md', import.meta.url), [head, ...sections].join('\n'));
