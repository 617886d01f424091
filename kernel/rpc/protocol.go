package rpc

import (
	"encoding/json"
	"time"
)

// HelloParams are the first thing that a client says. Cwd, Env and Permissions
// are what its sessions get unless they say otherwise.
type HelloParams struct {
	Version int    `json:"version"` // 1
	Client  string `json:"client,omitempty"`
	// Token is wanted over TCP.
	Token string `json:"token,omitempty"`
	// Cwd is the client's working folder, an absolute path; "": the kernel's.
	Cwd Text `json:"cwd,omitempty"`
	// Env is the client's whole environment; null: the kernel's. Its scripts see it
	// as their own as far as their permissions allow.
	Env         map[string]Text `json:"env,omitempty"`
	Permissions *Permissions    `json:"permissions,omitempty"`
	// Caps are what the client can do beyond this version of the protocol: "input"
	// if it answers exec.input, "flush" if it answers exec.flush, "control" if it looks
	// after the kernel and runs nothing: there is room for some of those on the socket
	// when there is none for others.
	Caps []string `json:"caps,omitempty"`
}

// HelloResult tells a client whom it speaks to.
type HelloResult struct {
	Version         int      `json:"version"`
	Kernel          string   `json:"kernel"` // its id
	Server          string   `json:"server"` // version of llmspell
	PID             int      `json:"pid"`
	MaxMessageBytes int64    `json:"max_message_bytes"`
	Methods         []string `json:"methods"`
}

// Permissions say what scripts and tools may touch, as the flags of llmspell run
// do: a profile, and what is added to it or taken away.
type Permissions struct {
	// Profile is safe, restricted or trusted; "": restricted, or what the operator
	// of the kernel allows at most.
	Profile string `json:"profile,omitempty"`
	// Allow and Deny hold lists by kind: read, write, net, run, env, db. A kind's
	// true means everything.
	Allow map[string]PermissionList `json:"allow,omitempty"`
	Deny  map[string]PermissionList `json:"deny,omitempty"`
}

// SessionParams say what a session is like. What is absent is as kernel.hello has
// said.
type SessionParams struct {
	ID   string `json:"id,omitempty"`   // letters, digits and - _ . : ; "": a random one
	Name string `json:"name,omitempty"` // for people
	// Record is the session on disk in which executions are journaled, and whose
	// variables are there: its id, the beginning of it, or its name. "": none.
	Record string `json:"record,omitempty"`
	// Ephemeral makes the session end with the connection.
	Ephemeral bool   `json:"ephemeral,omitempty"`
	Cwd       string `json:"cwd,omitempty"`
	// Env is laid over the client's environment; null removes a variable. Scripts
	// may read what is set here, whatever their permissions.
	Env         map[string]*string `json:"env,omitempty"`
	Permissions *Permissions       `json:"permissions,omitempty"`
	Limits      *Limits            `json:"limits,omitempty"`
}

// Limits of each execution; 0: none.
type Limits struct {
	TimeMS       int64 `json:"time_ms,omitempty"`
	Instructions int64 `json:"instructions,omitempty"` // of the Lua VM
	HeapBytes    int64 `json:"heap_bytes,omitempty"`   // of the whole kernel's live heap
}

// SessionParam names a session.
type SessionParam struct {
	Session string `json:"session"`
}

// SessionInfo is what is known of a session.
type SessionInfo struct {
	ID         string    `json:"id"`
	Name       string    `json:"name,omitempty"`
	Cwd        string    `json:"cwd"`
	Created    time.Time `json:"created"`
	LastUse    time.Time `json:"last_use"`
	Busy       bool      `json:"busy"`
	Queued     int       `json:"queued"`
	Executions int       `json:"executions"` // submitted so far
	Ephemeral  bool      `json:"ephemeral,omitempty"`
	Record     string    `json:"record,omitempty"` // the id of its session on disk
}

// SessionList answers session.list.
type SessionList struct {
	Sessions []SessionInfo `json:"sessions"` // the oldest first
}

// Empty is the parameters, or the result, of methods that have none.
type Empty struct{}

// StatusResult is how a kernel is.
type StatusResult struct {
	Kernel      string    `json:"kernel"`
	Server      string    `json:"server"`
	PID         int       `json:"pid"`
	Started     time.Time `json:"started"`
	UptimeMS    int64     `json:"uptime_ms"`
	Clients     int       `json:"clients"`
	Sessions    int       `json:"sessions"`
	Running     int       `json:"running"`   // executions
	Queued      int       `json:"queued"`    // executions
	Submitted   int64     `json:"submitted"` // executions since the start, as the next three
	Completed   int64     `json:"completed"`
	Failed      int64     `json:"failed"`
	Interrupted int64     `json:"interrupted"`
	Requests    int64     `json:"requests"` // answered, since the start
	Goroutines  int       `json:"goroutines"`
	HeapBytes   int64     `json:"heap_bytes"` // live heap
	// MemoryBytes is resident memory, and CPUSeconds processor time; 0 where the
	// system does not tell.
	MemoryBytes int64 `json:"memory_bytes"`
	// MemoryOwnBytes is the part of MemoryBytes that is the process's own: heap, stacks,
	// written data. MemoryFilesBytes is the rest, pages of files: processes share them, and
	// the system drops them when it needs room. 0 where it does not tell them apart.
	MemoryOwnBytes   int64   `json:"memory_own_bytes"`
	MemoryFilesBytes int64   `json:"memory_files_bytes"`
	CPUSeconds       float64 `json:"cpu_seconds"`
	ShuttingDown     bool    `json:"shutting_down,omitempty"`
	// Info is what the process that hosts the kernel adds: addresses, files.
	Info map[string]any `json:"info,omitempty"`
}

// ShutdownParams say how to shut down.
type ShutdownParams struct {
	// Drain lets what runs and what is queued end first, for TimeoutMS at most (0: as
	// long as it takes). Without it, it is interrupted.
	Drain     bool  `json:"drain,omitempty"`
	TimeoutMS int64 `json:"timeout_ms,omitempty"`
	Restart   bool  `json:"restart,omitempty"` // start again afterwards
}

// ReloadResult tells what a reload of the configuration has done.
type ReloadResult struct {
	Changed []string `json:"changed"`           // settings that have changed
	Restart []string `json:"restart,omitempty"` // settings that change at the next start
}

// LogParams set the levels of the log.
type LogParams struct {
	// Levels is in the grammar of LLMSPELL_LOG, such as "info,kernel.rpc=debug"; "":
	// only tell.
	Levels string `json:"levels,omitempty"`
}

// LogResult has the levels in force.
type LogResult struct {
	Levels string `json:"levels"`
}

// ProfileParams ask for a profile of the kernel's process.
type ProfileParams struct {
	Kind    string  `json:"kind"`              // cpu, heap, goroutine, allocs, block, mutex, threadcreate, trace
	Seconds float64 `json:"seconds,omitempty"` // for cpu and trace
}

// ProfileResult is a profile in the format of pprof (of go tool trace for trace).
type ProfileResult struct {
	Kind string `json:"kind"`
	Data []byte `json:"data"` // base64
}

// CancelParams name the request to cancel. Its answer is then the error
// "cancelled", or its result if it was done before.
type CancelParams struct {
	ID json.RawMessage `json:"id"`
}

// HooksParams select hooks.
type HooksParams struct {
	Point string `json:"point,omitempty"` // "": all
}

// AttachResult is the last message of JSON-RPC on its connection.
type AttachResult struct {
	Session  string `json:"session"`
	Protocol string `json:"protocol"` // "dap"
}
