package service

import (
	"context"
	"io"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// NoPort is the port of what is not listened on.
const NoPort = -1

// Options of a kernel in a process of its own.
type Options struct {
	ID      string // "": a random one
	Root    daemon.Root
	Version string // of llmspell
	// Port is that of TCP on 127.0.0.1: 0 picks one, NoPort means none.
	Port int
	// MetricsPort is that of the metrics, likewise.
	MetricsPort int
	// ConnectionFile and PIDFile are written, if they are not "", with absolute paths.
	ConnectionFile, PIDFile string
	LogFile                 string // for the record; "": none

	Live        Live
	MaxParallel int // executions that run at once; 0: as kernel.DefaultLimits
	MaxClients  int // 0: as rpc says; negative: no limit
	MaxMessage  int // bytes; 0: as rpc says

	// Services are what sessions share. They are closed at the end.
	Services *kernel.Services
	// NewSession makes a Lua session; nil: kernel.NewSession.
	NewSession func(kernel.SessionOptions, kernel.Config) (*kernel.Session, error)
	// Policy is what the operator allows; nil: clients decide.
	Policy func(folder string) (sandbox.Policy, error)
	// Tools runs the tools that clients call; nil: the built-in ones.
	Tools *tools.Invoker

	// Thresholds say when the hooks of performance run.
	Thresholds hooks.Thresholds
	// Upkeep is what the kernel does with memory by itself.
	Upkeep kernel.Upkeep

	// Parent hears when the kernel is ready.
	Parent *daemon.Parent
	// Ready is called with the record when the kernel serves.
	Ready func(daemon.Record)
	// Reload reads the configuration again, and returns what is to be in force; nil:
	// nothing can be reloaded.
	Reload func(context.Context) (Live, rpc.ReloadResult, error)
	// ReopenLog opens the log's file anew; nil: there is none.
	ReopenLog func() error
	// LogLevels is as in rpc.Options.
	LogLevels func(levels string) (string, error)
	Log       *zap.Logger
}

// Live are the settings that change while the kernel runs.
type Live struct {
	Limits kernel.Limits
	// IdleTimeout is how long the kernel waits for work, without clients, before it
	// ends; 0: for ever.
	IdleTimeout time.Duration
	// DrainTimeout is how long running work may go on when the kernel ends; 0: it is
	// interrupted.
	DrainTimeout time.Duration
	// StateEvents publishes the changes of the state that clients make.
	StateEvents bool
}

// profiles writes profiles of the process.
type profiles interface {
	Write(ctx context.Context, w io.Writer, kind string, took time.Duration) error
}
