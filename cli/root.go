package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/internal/logs"
	"github.com/llmspell/llmspell/kernel/trace"
	"github.com/llmspell/llmspell/runtime"
)

// The exit codes that the command itself decides on.
const (
	exitOK          = 0
	exitScript      = 1
	exitUsage       = 2
	exitDebug       = 7
	exitInterrupted = 130
)

// app is one invocation of the command.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	log    *zap.Logger // its root; commands ask for a component's

	command string // with the commands above it, once it is known

	globals     globalFlags
	endProfiles func() error // writes the profiles of this program; nil: none are taken
	stateKernel connectFlags // of the commands on the state

	sessionKernel connectFlags // of those on sessions
	logs          *logs.Log
	rustLog       error // what is wrong with RUST_LOG
	config        *config.Loaded
	traces        *trace.Options // nil: no traces are sent
	configError   error          // of a command that works without a configuration
}

// exitError ends the command with a code; the message, if any, was printed.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// usageError is a mistake in the call.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the command with the arguments after its name and returns its exit
// code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, log: zap.NewNop()}
	defer a.closeLog()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	a.command = cmd.CommandPath()
	code := a.exitCode(err)
	if a.endProfiles == nil {
		return code
	}
	if err := a.endProfiles(); err != nil {
		fmt.Fprintf(a.stderr, "llmspell: %v\n", err)
		code = cmp.Or(code, exitScript)
	}
	return code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "llmspell",
		Short:         "Run and debug Lua scripts that drive tools",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true // completionCommand is ours
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(flagError)
	backup := a.backupCommand()
	a.addStateConnect(backup)
	root.AddCommand(a.runCommand(), a.execCommand(), a.dapCommand(), a.lspCommand(), a.checkCommand(), a.testCommand(), a.fmtCommand(), a.debugCommand(), a.toolCommand(), a.mcpCommand(), a.kernelCommands(), a.eventsCommand(), a.replCommand(),
		a.stateCommand(), a.memoryCommand(), a.ragCommand(), a.contextCommand(), a.storageCommand(), a.sessionCommand(), backup, tolerate(a.versionCommand()), a.configCommand(), a.doctorCommand(), a.benchCommand(), a.completionCommand(), a.manCommand())
	a.addGlobals(root)
	root.Version = "set" // what is printed is the template
	root.SetVersionTemplate(versionLine() + "\n")
	root.Flags().BoolP("version", "V", false, "print the version")
	return root
}

// exitCode prints an error and returns the code for it.
func (a *app) exitCode(err error) int {
	var exit exitError
	var script *runtime.Error
	var usage usageError
	var wrong *config.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &script):
		a.printScriptError(script)
		return script.ExitCode()
	case errors.As(err, &wrong):
		fmt.Fprintf(a.stderr, "llmspell: %v\n", wrong)
		return wrong.ExitCode()
	case errors.As(err, &usage), isCobraUsage(err):
		fmt.Fprintf(a.stderr, "llmspell: %v\nRun '%s --help' for usage.\n", err, cmp.Or(a.command, "llmspell"))
		return exitUsage
	case isUnreachable(err):
		fmt.Fprintf(a.stderr, "llmspell: %v\n", err)
		return exitUnreachable
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	fmt.Fprintf(a.stderr, "llmspell: %v\n", err)
	code, _ := kernelExit(err)
	return code
}

// codeOf is the exit code that an error will lead to.
func (a *app) codeOf(err error) int {
	quiet := *a
	quiet.stderr = io.Discard
	return quiet.exitCode(startedError{err})
}

// isCobraUsage recognises the errors that cobra makes of wrong calls, which
// have no type: they come before any command of ours has run.
func isCobraUsage(err error) bool {
	var started startedError
	return !errors.As(err, &started)
}

// startedError marks errors of a command that was called correctly.
type startedError struct{ error }

func (e startedError) Unwrap() error { return e.error }

// started wraps a command's function so that its errors are told from cobra's.
func started(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := run(cmd, args); err != nil {
			return startedError{err}
		}
		return nil
	}
}

// printScriptError shows a script's error as lua does, with the Go cause.
func (a *app) printScriptError(e *runtime.Error) {
	if e.Kind == runtime.KindExit {
		return
	}
	fmt.Fprintf(a.stderr, "llmspell: %v\n", e)
	if e.Trace != "" {
		fmt.Fprintln(a.stderr, e.Trace)
	}
	if e.Cause != nil && e.Kind == runtime.KindScript && !strings.Contains(e.Message, e.Cause.Error()) {
		fmt.Fprintf(a.stderr, "caused by: %v\n", e.Cause)
	}
}
