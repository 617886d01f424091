package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/runtime"
)

// scriptReport is what run and exec print with --output json: one object, on one
// line, or with pretty indented.
type scriptReport struct {
	Status       string       `json:"status"` // run: success, exec: executed; error
	Mode         string       `json:"mode"`   // embedded: the script ran in this process; connected: in a kernel
	CodeLength   *int         `json:"code_length,omitempty"`
	ScriptLength *int64       `json:"script_length,omitempty"` // bytes
	ArgsCount    *int         `json:"args_count,omitempty"`
	Streaming    *bool        `json:"streaming,omitempty"`
	Result       any          `json:"result"`            // the first value that the script returned
	Results      []any        `json:"results,omitempty"` // all, if there are more
	Output       string       `json:"output"`            // what it printed
	Truncated    bool         `json:"truncated,omitempty"`
	Error        *reportError `json:"error,omitempty"`
}

// reportError is a script's error.
type reportError struct {
	Message   string `json:"message"`
	Traceback string `json:"traceback,omitempty"`
	ExitCode  int    `json:"exit_code"`
}

// maxReported bounds the output and the result in a report, in bytes. A script
// that prints more is told to print as text.
const maxReported = 64 << 20

// reports tells whether run and exec print a report.
func (a *app) reports() bool { return a.globals.output.value != "text" }

// report runs a script and prints the report. The exit code is the script's.
func (a *app) report(ctx context.Context, f *scriptFlags, folder string, script kernel.Script) error {
	printed := &boundedOutput{}
	stdout := a.stdout
	a.stdout = printed
	s, out, err := a.newSession(f, folder)
	a.stdout = stdout
	if err != nil {
		return err
	}
	r := newReport(script, f.stream)
	script.Texts, script.Values, script.MaxBytes = false, true, maxReported
	result, runErr := s.Run(ctx, script)
	if err := errors.Join(out.Flush(), s.Close()); err != nil && runErr == nil {
		return err
	}
	r.Output, r.Truncated = printed.String(), printed.cut || result.Truncated
	r.returned(result.Go)
	code := exitOK
	if runErr != nil {
		if code = r.fail(runErr); code < 0 {
			return runErr
		}
	}
	if err := writeJSON(stdout, r, a.globals.output.value == "pretty"); err != nil {
		return fmt.Errorf("cannot print the result as JSON: %w", err)
	}
	if code == exitOK {
		return nil
	}
	return exitError{code}
}

func newReport(script kernel.Script, streaming bool) *scriptReport {
	r := &scriptReport{Status: "success", Mode: "embedded"}
	if script.File == "" {
		n := len(script.Code)
		r.Status, r.CodeLength = "executed", &n
		return r
	}
	size, args := int64(0), len(script.Args)
	if info, err := os.Stat(filepath.Clean(script.File)); err == nil {
		size = info.Size()
	}
	r.ScriptLength, r.ArgsCount, r.Streaming = &size, &args, &streaming
	return r
}

// returned enters what the script returned. What JSON has not is written as kernels
// write it, so that a report of a kernel is as one of a script that ran here.
func (r *scriptReport) returned(values []any) {
	for i, v := range values {
		values[i] = rpc.JSONValue(v)
	}
	if len(values) > 0 {
		r.Result = values[0]
	}
	if len(values) > 1 {
		r.Results = values
	}
}

// fail enters an error and returns the exit code for it: -1 if it is not the
// script's.
func (r *scriptReport) fail(err error) int {
	var script *runtime.Error
	if !errors.As(err, &script) {
		return -1
	}
	code := script.ExitCode()
	if script.Kind == runtime.KindExit && code == exitOK {
		return code
	}
	r.Status = "error"
	r.Error = &reportError{Message: script.Error(), Traceback: script.Trace, ExitCode: code}
	return code
}

// boundedOutput keeps what is printed, up to maxReported.
type boundedOutput struct {
	bytes.Buffer
	cut bool
}

func (b *boundedOutput) Write(p []byte) (int, error) {
	n := len(p)
	if room := maxReported - b.Len(); n > room {
		p, b.cut = p[:max(room, 0)], true
	}
	b.Buffer.Write(p) // never fails
	return n, nil
}
