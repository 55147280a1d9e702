import { convnetjs } from './convnetjs/library.ts';
import { jax } from './jax/library.ts';
import type { Library } from './library.ts';
import { tfjs } from './tfjs/library.ts';

export const libraries: readonly Library[] = [tfjs, jax, convnetjs];
