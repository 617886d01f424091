// Package latency measures how fast llmspell is, and fails its tests where a
// budget is exceeded: the debugger's answers, what the monitor and breakpoints
// cost a running script, start-up, and tool calls. README.md lists the budgets.
//
// A budget is judged on a figure that other work on the machine disturbs little: a ratio of
// CPU times measured in turn, the least of several rounds, or a percentile of many
// samples. A duration is compared with a yardstick that is used in turn with it, so that
// the budget means the same on a machine that is slow or busy. A measurement that misses
// its budget is repeated, up to nine times, and the best is judged; the report says
// how many it took. A real slowdown misses it each time.
//
// What users measure, `llmspell bench`, is in the packages below: suite has the benchmarks,
// bench measures and compares them.
//
// The package exports nothing. Its tests are not built with the race detector,
// under which no figure means anything.
package latency
