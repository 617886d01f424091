// Package suite has the benchmarks of llmspell: one registry of what is measured, how it is
// reached, what it may take and what the original llmspell claims.
//
// What is reached directly calls Go functions in this process; the rest goes through the
// interfaces of the built program in a process of its own. The two are never mixed in one
// benchmark, so that no figure hides the harness.
package suite
