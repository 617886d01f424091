// Package kernel executes Lua scripts in sessions: a runtime.State with
// llmspell's globals, a working folder and an environment of its own.
//
// Sessions are isolated from each other and may run in parallel, each on the
// goroutine that calls it. The process's working folder, environment and
// standard streams are not touched.
package kernel
