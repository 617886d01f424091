// Finds the processes that a test has started, whoever their parents are by now.
import { readdirSync, readFileSync } from 'node:fs';

// Every process inherits these variables with its environment: that of the whole run, which run.sh sets, and that of
// one VS Code and all that it starts.
export const RUN = 'EDITOR_TEST_RUN';
export const CODE = 'EDITOR_TEST_CODE';

// marked lists the processes of a mark as {pid, command}, this one and those above it left out. On
// systems without /proc there are none to be found.
export function marked(mark) {
  const found = [];
  for (const entry of entries('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid || pid === process.ppid) continue;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (![RUN, CODE].some((name) => environment.includes(`${name}=${mark}`))) continue;
      // One that has ended and is not yet collected has no command line any more.
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
      if (command) found.push({ pid, command });
    } catch {
      // It ended while it was looked at, or is another user's.
    }
  }
  return found;
}

// killMarked tells all of them to end at once.
export function killMarked(mark) {
  for (const { pid } of marked(mark)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was faster.
    }
  }
}

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
