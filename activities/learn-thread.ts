import { parentPort, workerData } from 'node:worker_threads';
import { learn } from '../src/rows/match/learn.ts';
import type { LearnInput } from '../src/rows/match/learn.ts';

parentPort?.postMessage(learn(workerData as LearnInput));
