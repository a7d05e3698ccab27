import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** CPU seconds (user and system) that processes have used, as Linux counts them in `/proc`; elsewhere it throws. */

let ticks: number | undefined;

/** Clock ticks a second, the unit of `/proc/PID/stat`. */
function ticksPerSecond(): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks;
}

interface Times {
  readonly own: number;
  /** Of children that have ended and were waited for, and of theirs. */
  readonly endedChildren: number;
}

/** Fields 14 to 17 of `/proc/PID/stat` (proc(5)); the process name before them may hold anything. */
function timesOf(pid: number | 'self'): Times {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.map(
    (field) => Number(field) / ticksPerSecond(),
  );
  return { own: user + system, endedChildren: childUser + childSystem };
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** CPU seconds of one process, all its threads. */
export function processCpu(pid: number): number {
  return timesOf(pid).own;
}

/** CPU seconds of a PostgreSQL server: the postmaster, its living backends and workers, and all that have ended. */
export function serverCpu(postmaster: number): number {
  // A backend that ends between the two readings would be missed or counted twice; then it is read again.
  for (;;) {
    const before = timesOf(postmaster);
    const children = childrenOf(postmaster);
    let living = 0;
    try {
      for (const child of children) living += timesOf(child).own;
    } catch {
      continue;
    }
    if (timesOf(postmaster).endedChildren === before.endedChildren) return before.own + before.endedChildren + living;
  }
}

/** CPU seconds of the programs this process has run to their end. */
export function endedChildrenCpu(): number {
  return timesOf('self').endedChildren;
}

/** CPU seconds that the whole machine has worked, whoever for: not idle and not waiting (proc(5), `/proc/stat`). */
export function machineCpu(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond();
}

/** The most memory a process has held at once, in bytes. */
export function peakMemory(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
