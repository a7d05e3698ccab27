import { endedChildrenCpu, machineCpu, processCpu, serverCpu } from './cpu.ts';

/** What one pass cost. */
export interface Cost {
  readonly seconds: number;
  /** CPU seconds of psql, or of worker and API. */
  readonly clientCpu: number;
  /** CPU seconds of PostgreSQL, which holds source and target. */
  readonly serverCpu: number;
  /** CPU seconds of Temporal's server; none for raw SQL. */
  readonly temporalCpu: number;
  /** CPU seconds of everything else on the machine: where it is not small, the seconds say little. */
  readonly othersCpu: number;
}

/** The processes whose CPU a pass is charged with. */
export interface Charged {
  readonly postmaster: number;
  readonly temporal: number | null;
  /** Empty for raw SQL: then the programs run meanwhile are charged, and this process for connections of its own. */
  readonly clients: readonly number[];
}

interface Reading {
  readonly at: number;
  readonly client: number;
  readonly server: number;
  readonly temporal: number;
  readonly machine: number;
}

function read({ postmaster, temporal, clients }: Charged): Reading {
  const own = process.cpuUsage();
  const programs = endedChildrenCpu() + (own.user + own.system) / 1e6;
  return {
    at: performance.now(),
    client: clients.length === 0 ? programs : clients.reduce((sum, pid) => sum + processCpu(pid), 0),
    server: serverCpu(postmaster),
    temporal: temporal === null ? 0 : processCpu(temporal),
    machine: machineCpu(),
  };
}

/** Runs `work` and says what it took. */
export async function measure<T>(charged: Charged, work: () => Promise<T>): Promise<Cost & { readonly result: T }> {
  const before = read(charged);
  const result = await work();
  const after = read(charged);
  const clientCpu = after.client - before.client;
  const serverCpu = after.server - before.server;
  const temporalCpu = after.temporal - before.temporal;
  return {
    result,
    seconds: (after.at - before.at) / 1000,
    clientCpu,
    serverCpu,
    temporalCpu,
    othersCpu: Math.max(0, after.machine - before.machine - clientCpu - serverCpu - temporalCpu),
  };
}
