package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/service"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// kernelFlags are the flags of kernel start.
type kernelFlags struct {
	daemon          bool
	id              string
	port            int
	connectionFile  string
	logFile         string
	rotateSize      string
	rotateCount     int
	pidFile         string
	idleTimeout     seconds
	maxClients      int
	maxSessions     int
	metricsPort     int
	timeout         seconds
	executionTime   seconds
	maxInstructions int64
	maxMemory       string
	permissions     permissions
	mcp             mcpFlags
	cmd             *cobra.Command

	mu  sync.RWMutex   // guards now, and the configuration that cmd holds
	now *config.Loaded // nil: not reloaded yet
}

// seconds is the value of a flag for times: "90s", "5m", or a number of seconds.
type seconds time.Duration

// Set implements pflag.Value.
func (s *seconds) Set(text string) error {
	d, err := config.ParseDuration(text)
	if err == nil && d < 0 {
		err = fmt.Errorf("%v is negative", d)
	}
	*s = seconds(d)
	return err
}

func (s *seconds) String() string { return time.Duration(*s).String() }

// Type names the value in the help.
func (s *seconds) Type() string { return "duration" }

func (a *app) kernelStartCommand() *cobra.Command {
	f := &kernelFlags{}
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Start a kernel, here or with --daemon in the background",
		Long: "Start a kernel: a process that runs scripts for many clients. It listens on a socket of\n" +
			"this user's only; with --port also on 127.0.0.1, where clients show a token.\n\n" +
			"Ctrl-C ends what runs; once more, or when nothing runs, it ends the kernel. SIGTERM lets\n" +
			"running scripts end first, for --timeout. SIGHUP reads the configuration again and opens\n" +
			"the log anew. SIGUSR1 logs what the program does.\n\n" +
			"With any of the flags for permissions they are the most that clients can have. Without,\n" +
			"each client decides for its own scripts, as it does without a kernel.",
		Example: "  llmspell kernel start --daemon --id dev\n  llmspell kernel start --port 0 --idle-timeout 0\n  llmspell kernel start --daemon --sandbox safe --allow-read=/srv/scripts",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			return a.startKernel(cmd.Context(), f)
		}),
	}
	f.add(cmd)
	return cmd
}

func (f *kernelFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	fl := cmd.Flags()
	fl.BoolVarP(&f.daemon, "daemon", "d", false, "start it in the background, and return when it is ready")
	fl.StringVarP(&f.id, "id", "i", "", "its id, for --connect (default: a random one)")
	f.addServing(fl)
	f.permissions.add(cmd)
	f.mcp.add(cmd)
	cmd.Long += "\n\n" + permissionsHelp
}

// addServing adds the flags that a service takes too.
func (f *kernelFlags) addServing(fl *pflag.FlagSet) {
	d := config.Default().Kernel
	f.idleTimeout, f.timeout, f.executionTime = seconds(d.IdleTimeout), seconds(d.ShutdownTimeout), seconds(d.ExecutionTimeout)
	fl.IntVar(&f.port, "port", d.Port, "also listen on 127.0.0.1 at this port; 0 picks one, -1: do not")
	fl.StringVarP(&f.connectionFile, "connection-file", "f", "", "write how it is reached, with its token, into this file")
	fl.StringVar(&f.logFile, "log-file", "", "log into this file (default in the background: kernel-ID.log in the folder of state)")
	l := config.Default().Log
	fl.StringVar(&f.rotateSize, "log-rotate-size", l.RotateSize.String(), "put the log aside before it is larger than this, in bytes or as 10MiB (0: never)")
	fl.IntVar(&f.rotateCount, "log-rotate-count", l.RotateCount, "keep so many logs that were put aside")
	fl.StringVar(&f.pidFile, "pid-file", "", "write its process id into this file")
	fl.Var(&f.idleTimeout, "idle-timeout", "end after so long without clients and work (0: never)")
	fl.IntVar(&f.maxClients, "max-clients", d.MaxClients, "serve at most this many clients at a time")
	fl.IntVar(&f.maxSessions, "max-sessions", d.MaxSessions, "keep at most this many sessions")
	fl.IntVar(&f.metricsPort, "metrics-port", d.MetricsPort, "serve metrics on 127.0.0.1 at this port; 0 picks one, -1: do not")
	fl.Var(&f.timeout, "timeout", "how long running scripts may go on when the kernel ends")
	fl.Var(&f.executionTime, "execution-timeout", "end each execution after this long (0: never)")
	fl.Int64Var(&f.maxInstructions, "max-instructions", 0, "end each execution after this many VM instructions (0: never)")
	fl.StringVar(&f.maxMemory, "max-memory", "1GiB", "soft limit of the kernel's heap, e.g. 256MiB (0: none)")
	follow(fl, "max-instructions", followInstructions)
	follow(fl, "max-memory", followHeap)
}

func (a *app) startKernel(ctx context.Context, f *kernelFlags) error {
	parent := daemon.Waiting()
	err := a.runOrSpawn(ctx, f, parent)
	if err != nil {
		parent.Failed(err, a.codeOf(err))
	}
	return err
}

func (a *app) runOrSpawn(ctx context.Context, f *kernelFlags, parent *daemon.Parent) error {
	if f.id != "" {
		if err := daemon.CheckID(f.id); err != nil {
			return usageError{fmt.Errorf("--id: %w", err)}
		}
	}
	if f.daemon {
		return a.spawnKernel(ctx, f)
	}
	if f.id == "" {
		f.id = strings.ToLower(rand.Text()[:12])
	}
	for {
		err := a.runKernel(ctx, f, parent)
		if !errors.Is(err, service.ErrRestart) {
			return err
		}
		next, err := a.config.Reload()
		if err != nil {
			a.log.Error("the configuration stays as it was: the new one is wrong", zap.Error(err))
			continue
		}
		a.config = next
		f.reloaded(next)
	}
}

// runKernel runs a kernel in this process until it ends.
func (a *app) runKernel(ctx context.Context, f *kernelFlags, parent *daemon.Parent) error {
	options, end, err := a.serviceOptions(f)
	if err != nil {
		return err
	}
	defer end()
	options.Parent = parent
	options.Ready = func(r daemon.Record) {
		if !parent.Waits() {
			a.printStarted(r)
		}
	}
	// Signals are the kernel's own from here on: they do not end it at once.
	return service.Run(context.WithoutCancel(ctx), options)
}

// printStarted says on stdout where a kernel is reached.
func (a *app) printStarted(r daemon.Record) {
	line := fmt.Sprintf("kernel %s started: process %d at %s", r.ID, r.PID, r.Reach())
	if r.Address != "" {
		line += " and " + r.Address
	}
	if r.MetricsAddress != "" {
		line += ", metrics at http://" + r.MetricsAddress + "/metrics"
	}
	fmt.Fprintln(a.stdout, line)
}

// spawnKernel starts a kernel in the background.
func (a *app) spawnKernel(ctx context.Context, f *kernelFlags) error {
	if f.id == "" {
		f.id = strings.ToLower(rand.Text()[:12])
	}
	command, err := a.kernelCommand(f.id, f)
	if err != nil {
		return err
	}
	rec, err := daemon.Start(ctx, command)
	var failed *daemon.StartError
	if errors.As(err, &failed) {
		fmt.Fprintf(a.stderr, "llmspell: %v\n", failed)
		return exitError{failed.Code}
	}
	if err != nil {
		return err
	}
	a.printStarted(rec)
	return nil
}

// kernelCommand is the command line that starts a kernel of an id here, with the
// flags of f, if it is not nil, and those for the configuration.
func (a *app) kernelCommand(id string, f *kernelFlags) (daemon.Command, error) {
	self, err := os.Executable()
	if err != nil {
		return daemon.Command{}, fmt.Errorf("find the path of this program: %w", err)
	}
	log, choose := stateFile("kernel-"+id+".log"), "set XDG_STATE_HOME to a folder of your own"
	args := []string{"kernel", "start", "--id=" + id}
	if f != nil {
		if f.logFile != "" {
			choose = "give another path with --log-file"
			if log, err = filepath.Abs(f.logFile); err != nil {
				return daemon.Command{}, fmt.Errorf("--log-file: %w", err)
			}
		}
		args = append(args, givenFlags(f.cmd.Flags(), "daemon", "id", "log-file")...)
	} else {
		args = append(args, a.configFlags()...)
	}
	return daemon.Command{Path: self, Args: append(args, "--log-file="+log), Log: log, ChooseLog: choose}, nil
}

// givenFlags writes the flags that were given as they could be given again.
func givenFlags(flags *pflag.FlagSet, except ...string) []string {
	var out []string
	flags.Visit(func(g *pflag.Flag) {
		for _, name := range except {
			if g.Name == name {
				return
			}
		}
		if list, ok := g.Value.(pflag.SliceValue); ok {
			for _, v := range list.GetSlice() {
				out = append(out, "--"+g.Name+"="+v)
			}
			return
		}
		out = append(out, "--"+g.Name+"="+g.Value.String())
	})
	return out
}

// configFlags are the global flags that were given, for another command.
func (a *app) configFlags() []string {
	var out []string
	if a.globals.config != "" {
		if path, err := filepath.Abs(a.globals.config); err == nil {
			out = append(out, "--config="+path)
		}
	}
	for _, p := range a.globals.profiles {
		out = append(out, "--profile="+p)
	}
	for _, s := range a.globals.set {
		out = append(out, "--set="+s)
	}
	if a.globals.otelEndpoint != "" {
		out = append(out, "--otel-endpoint="+a.globals.otelEndpoint)
	}
	return out
}

// serviceOptions are the options of a kernel that these flags start, and what ends
// the MCP servers that it uses.
func (a *app) serviceOptions(f *kernelFlags) (o service.Options, end func(), err error) {
	live, err := f.live(a.config)
	if err != nil {
		return o, nil, err
	}
	limits, err := f.limits()
	if err != nil {
		return o, nil, err
	}
	box, err := f.permissions.sandbox()
	if err != nil {
		return o, nil, err
	}
	connection, err := absolutePath("connection-file", pick(f.cmd, "connection-file", f.connectionFile, a.config.Config.Kernel.ConnectionFile))
	if err != nil {
		return o, nil, err
	}
	pid, err := absolutePath("pid-file", f.pidFile)
	if err != nil {
		return o, nil, err
	}
	if err := a.logToFile(f); err != nil {
		return o, nil, err
	}
	reg, _, end, err := a.registry(context.Background(), &f.mcp, box)
	if err != nil {
		return o, nil, err
	}
	if limits.Heap > 0 {
		debug.SetMemoryLimit(limits.Heap + limits.Heap/4)
	}
	version, _ := buildVersion()
	c := a.config.Config.Kernel
	first := a.config // a reload replaces it while sessions are made
	invoking := kernel.ToolOptions(a.config.Config)
	invoking.Panicked = a.logPanic
	services := a.services(a.config.Config)
	o = service.Options{
		ConnectionFile: connection, PIDFile: pid,
		ID: f.id, Root: kernels(), Version: version, LogFile: a.logs.File(),
		Port: pick(f.cmd, "port", f.port, c.Port), MetricsPort: pick(f.cmd, "metrics-port", f.metricsPort, c.MetricsPort),
		Live: live, MaxParallel: c.MaxParallel,
		MaxClients: pick(f.cmd, "max-clients", f.maxClients, c.MaxClients), MaxMessage: c.MaxMessageSizeMB << 20,
		Services: services, Thresholds: kernel.HookThresholds(a.config.Config), Upkeep: kernel.MemoryUpkeep(a.config.Config),
		NewSession: func(_ kernel.SessionOptions, cfg kernel.Config) (*kernel.Session, error) {
			cfg.Limits, cfg.Tools, cfg.Configuration = stricter(limits, cfg.Limits), reg, f.loaded(first)
			return kernel.NewSession(cfg)
		},
		Tools:  services.NewInvoker(reg, invoking),
		Reload: a.reloader(f), ReopenLog: a.logs.Reopen, LogLevels: a.setLevels, Log: a.logs.Component(""),
	}
	if f.permissions.given() {
		o.Policy = f.policy
	}
	return o, end, nil
}

// policy is what the operator allows, as the configuration says it now.
func (f *kernelFlags) policy(folder string) (sandbox.Policy, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.permissions.policy(folder)
}

// loaded is the configuration in force: first, until there is another.
func (f *kernelFlags) loaded(first *config.Loaded) *config.Loaded {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.now == nil {
		return first
	}
	return f.now
}

// reloaded puts another configuration in force, for new sessions.
func (f *kernelFlags) reloaded(l *config.Loaded) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = l
	f.cmd.SetContext(context.WithValue(f.cmd.Context(), loadedKey{}, l))
}

// absolutePath is the path that a flag names, from the top; "" stays.
func absolutePath(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	out, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("--%s: %w", flag, err)
	}
	return out, nil
}

// pick is a flag's value if it was given, else the configuration's.
func pick[T any](cmd *cobra.Command, name string, flag, configured T) T {
	if cmd.Flags().Changed(name) {
		return flag
	}
	return configured
}

// limits are those of each execution that flags set. The time is the kernel's own.
func (f *kernelFlags) limits() (runtime.Limits, error) {
	return (&scriptFlags{maxInstructions: f.maxInstructions, maxMemory: f.maxMemory}).limits()
}

// live are the settings that a reload may change: the flags' where they were given.
func (f *kernelFlags) live(l *config.Loaded) (service.Live, error) {
	for name, port := range map[string]int{"port": f.port, "metrics-port": f.metricsPort} {
		if port < -1 || port > 65535 {
			return service.Live{}, usagef("--%s: %d is no port: use one from 0 to 65535, or -1 for none", name, port)
		}
	}
	for name, n := range map[string]int{"max-clients": f.maxClients, "max-sessions": f.maxSessions} {
		if n < 1 {
			return service.Live{}, usagef("--%s: %s is less than 1", name, strconv.Itoa(n))
		}
	}
	c := l.Config.Kernel
	return service.Live{
		Limits: kernel.Limits{
			MaxSessions: pick(f.cmd, "max-sessions", f.maxSessions, c.MaxSessions), MaxQueue: c.QueueLength,
			ExecutionTimeout: unlimited(pick(f.cmd, "execution-timeout", time.Duration(f.executionTime), c.ExecutionTimeout)),
			IdleTimeout:      unlimited(c.SessionIdleTimeout),
		},
		IdleTimeout:  pick(f.cmd, "idle-timeout", time.Duration(f.idleTimeout), c.IdleTimeout),
		DrainTimeout: pick(f.cmd, "timeout", time.Duration(f.timeout), c.ShutdownTimeout),
		StateEvents:  l.Config.Events.EmitStateEvents,
	}, nil
}

// unlimited makes 0, which means no limit here, what means that to a kernel.
func unlimited(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}
