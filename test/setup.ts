import fc from 'fast-check';

// The seed of every property; FC_SEED=… npm test replays or varies it.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 42), numRuns: Number(process.env['FC_RUNS'] ?? 20) });
