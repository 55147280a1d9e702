import type { Library } from '../library.ts';
import { ENTRIES } from './entries.ts';
import { NOTES } from './notes.ts';
import { reproduction } from './reproduction.ts';

export const convnetjs: Library = {
  name: 'convnetjs',
  title: 'convnetjs',
  package: 'convnetjs',
  dtypes: ['float64'],
  backend: 'plain JavaScript',
  entries: ENTRIES,
  notes: NOTES,
  notDifferentiable: {},
  reproduction,
};
