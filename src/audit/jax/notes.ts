/** Why a function of jax-js 0.1.25 that is called wrong is wrong, derived from its definition and without the harness. By function. */
export const NOTES: Readonly<Record<string, string>> = {};
