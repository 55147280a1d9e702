import type { Library } from '../library.ts';
import { ENTRIES } from './entries.ts';
import { NOTES } from './notes.ts';
import { reproduction } from './reproduction.ts';

export const jax: Library = {
  name: 'jax',
  title: 'jax-js',
  file: 'jax-js',
  package: '@jax-js/jax',
  dtypes: ['float64', 'float32'],
  backend: 'cpu device',
  entries: ENTRIES,
  notes: NOTES,
  notDifferentiable: {},
  reproduction,
};
