// Package kernel executes Lua scripts in sessions: a runtime.State with
// llmspell's globals, a working folder and an environment of its own.
//
// A Session is used directly by a program that runs one script. A Kernel hosts
// many: each Hosted session has a queue of executions, sessions run side by side,
// and any goroutine may submit, interrupt, and ask for completions meanwhile.
//
// Sessions are isolated from each other: the process's working folder, environment
// and standard streams are not touched. What they share is in Services, whose
// databases are opened when they are first used. A kernel that has nothing to run
// has no goroutine.
package kernel
