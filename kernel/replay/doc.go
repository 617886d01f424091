// Package replay runs the executions of a session again and says what differs:
// what they return and print, how they end, and which tools they call with what.
//
// It knows sessions from the archive; what runs a step is a Runner, so it knows
// neither Lua nor the kernel. It also holds the comparison of JSON-like values and
// the schedules that say when to replay.
package replay
