import type { Diagnosis } from './hypothesis.ts';

/** What the code of a finding says of its cause by itself. */
const CAUSES: Readonly<Record<string, string>> = {
  'mutates-input': 'it writes into what it is given',
  nondeterministic: 'it draws random numbers, reads memory that it has not written, or depends on time',
  'accumulates-across-calls': 'its gradient buffers are not zeroed between calls',
  'overwrites-results': 'it hands out a buffer that it writes into again',
  'stale-forward': 'it remembers the last forward, and answers for that',
  'depends-on-earlier-calls': 'it keeps something from earlier calls',
  'weight-decay': 'something that does not depend on the upstream is added, such as a penalty on the values',
  'upstream-ignored': 'the upstream is left out, as if this layer were always the last',
  'nonlinear-in-upstream': 'the upstream goes into it other than as a factor',
  'precision-loss': 'it is computed with fewer digits than its dtype has',
  'non-finite': 'a division by zero, or a logarithm or root at the edge of its domain',
  ties: 'equal elements together get too much or too little: the gradient is that of one of them, or is shared',
};

/** The diagnosis that a code is. */
export function diagnosisOf(code: string): Diagnosis[] {
  const text = CAUSES[code];
  if (text === undefined) return [];
  const other = code === 'weight-decay' ? CAUSES['nonlinear-in-upstream'] : undefined;
  return [{ cause: code, text }, ...(other === undefined ? [] : [{ cause: 'nonlinear-in-upstream', text: other }])];
}
