const WIDTH = 30;

/** A line that shows how much of something is done. */
export interface ProgressBar {
  readonly show: (done: number) => void;
  /** Shows the last state for good and goes to the next line. */
  readonly end: (done: number) => void;
}

function draw(label: string, done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
  const rows = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} rows`;
  return `  ${label.padEnd(16)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${rows}`;
}

/** A bar of `total` rows: redrawn in place on a terminal; anywhere else only its last state is written. */
export function progressBar(out: NodeJS.WriteStream, label: string, total: number): ProgressBar {
  let shown = -1;
  const line = (done: number, end: string): void => {
    out.write(`${out.isTTY ? '\r\u001b[K' : ''}${draw(label, done, total)}${end}`);
  };
  return {
    show: (done) => {
      if (!out.isTTY || done <= shown) return;
      shown = done;
      line(done, '');
    },
    end: (done) => line(done, '\n'),
  };
}
