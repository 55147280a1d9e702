import { existsSync } from 'node:fs';
import process from 'node:process';
import { type Browser, chromium } from 'playwright-core';

/** The system's Chromium, or another that CHROMIUM names. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Whether there is a browser to test in, and what a topic's title says of it. */
export const BROWSER = existsSync(EXECUTABLE)
  ? { there: true, title: 'in Chromium' }
  : { there: false, title: `in Chromium (skipped: there is none at ${EXECUTABLE}; install it, or set CHROMIUM)` };

/** Starts it. In a container there is no sandbox to be had. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
}
