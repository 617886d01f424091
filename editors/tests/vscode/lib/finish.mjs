// Ends what a run of the tests has left, and says so: finish.mjs RUN.
import { killMarked, marked } from './processes.mjs';
import { until } from './wait.mjs';

const mark = process.argv[2];
for (const { pid, command } of marked(mark)) console.error(`left behind, and ended now: ${pid} ${command.slice(0, 200)}`);
await until('the end of all that was started', () => {
  killMarked(mark);
  return marked(mark).length === 0;
});
