package lsp

import (
	"context"
	"encoding/json"
	"maps"
	"runtime"
	"slices"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// command does something that a client asks for by name. It may wait for the client,
// as with r.applyEdit.
type command func(ctx context.Context, r *request, args []json.RawMessage) (any, error)

// commands are all commands. One adds itself with a line.
func commands() map[string]command {
	return map[string]command{
		"llmspell.status":     status,
		"llmspell.reindex":    reindex,
		"llmspell.reload":     reloadTools,
		"llmspell.exportMeta": exportMeta,
		"llmspell.stop":       stopScripts,
		debugServerCommand:    debugServer,
		runCommand:            runScript,
		debugCommand:          debugHere,
	}
}

// executeCommand answers workspace/executeCommand.
func executeCommand() feature {
	return onAny("workspace/executeCommand", func(ctx context.Context, r *request, p *protocol.ExecuteCommandParams) (any, error) {
		do, ok := commands()[p.Command]
		if !ok {
			return nil, wire.Errorf(wire.CodeInvalidParams, "there is no command %q", p.Command)
		}
		return do(ctx, r, p.Arguments)
	}, func(s *session, c *protocol.ServerCapabilities) {
		list := slices.Sorted(maps.Keys(commands()))
		// Those that the client has itself must not be the server's too.
		list = slices.DeleteFunc(list, func(name string) bool {
			return s.has(name) || name == debugCommand || name == runCommand && s.server.opts.Run == nil || name == debugServerCommand && s.server.opts.DebugServer == nil
		})
		c.ExecuteCommandProvider = &protocol.ExecuteCommandOptions{Commands: list}
	}).wait()
}

// statusReport says what the server has, for people who wonder what it does.
type statusReport struct {
	Version   string   `json:"version"`
	Positions string   `json:"positions"`
	Folders   []string `json:"folders"`
	Open      int      `json:"open"`  // files
	Files     int      `json:"files"` // known of the workspace
	HeapBytes uint64   `json:"heapBytes"`
	// Kernel is the one that is followed; absent if none was asked for.
	Kernel *KernelState `json:"kernel,omitempty"`
}

func status(_ context.Context, r *request, _ []json.RawMessage) (any, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var kernel *KernelState
	if r.server.opts.Kernel != nil {
		k := r.server.opts.Kernel()
		kernel = &k
	}
	return &statusReport{
		Kernel: kernel, Version: r.server.opts.Version, Positions: r.positions, Folders: append([]string{}, r.workspace.list()...),
		Open: len(r.snap.Open()), Files: len(r.snap.Files()), HeapBytes: m.HeapAlloc,
	}, nil
}

// reindex looks at all files of the workspace again.
func reindex(_ context.Context, r *request, _ []json.RawMessage) (any, error) {
	r.workspace.configure()
	r.workspace.scan()
	return nil, nil
}

// debugServerCommand makes a debug server of this process.
const debugServerCommand = "llmspell.debugServer"

// debugServerResult is where debug clients connect, and what they show there.
type debugServerResult struct {
	Address string `json:"address"` // HOST:PORT, or unix:PATH
	Token   string `json:"token"`
}

// debugServer tells where this process serves debug clients. The values of what has
// stopped there are inline values.
func debugServer(_ context.Context, r *request, _ []json.RawMessage) (any, error) {
	if r.server.opts.DebugServer == nil {
		return nil, refuse("this server does not debug scripts")
	}
	address, token, err := r.server.opts.DebugServer()
	if err != nil {
		return nil, refuse("no debug server: %v", err)
	}
	return &debugServerResult{Address: address, Token: token}, nil
}
