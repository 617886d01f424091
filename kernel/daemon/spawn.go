package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Command is a kernel to be started in the background.
type Command struct {
	Path string   // the program
	Args []string // after its name
	Env  []string // nil: that of this process
	Dir  string   // "": that of this process
	Log  string   // the file that its standard output and error go to
	// ChooseLog says how a user chooses another file for Log, for errors.
	ChooseLog string
}

// StartError says why a kernel that was started in the background is not there.
type StartError struct {
	Text string // what the kernel said, or what is known
	Code int    // its exit code
}

// Error implements error.
func (e *StartError) Error() string { return e.Text }

// startPatience is how long a kernel may take until it is ready.
const startPatience = time.Minute

// readiness is what a kernel tells the process that started it: one line of JSON.
type readiness struct {
	Record *Record `json:"record,omitempty"`
	Error  string  `json:"error,omitempty"`
	Code   int     `json:"code,omitempty"`
}

// maxReadiness bounds what is read of a kernel that starts.
const maxReadiness = 1 << 20

// Start starts a kernel in the background, as a session of its own, and waits until
// it is ready. If it fails, or ctx ends, nothing is left running. The error is a
// *StartError if the kernel itself has failed.
func Start(ctx context.Context, c Command) (Record, error) {
	if err := os.MkdirAll(filepath.Dir(c.Log), 0o700); err != nil {
		return Record{}, ExplainFor(fmt.Errorf("make the folder of the log: %w", err), c.ChooseLog)
	}
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return Record{}, ExplainFor(fmt.Errorf("open the log: %w", err), c.ChooseLog)
	}
	defer log.Close()
	var before int64
	if info, err := log.Stat(); err == nil {
		before = info.Size()
	}
	news, told, err := os.Pipe()
	if err != nil {
		return Record{}, ExplainFor(fmt.Errorf("start the kernel: %w", err), "")
	}
	defer news.Close()
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, c.Env, log, log
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	detach(cmd, told)
	err = cmd.Start()
	told.Close()
	if err != nil {
		return Record{}, ExplainFor(fmt.Errorf("start the kernel: %w", err), "")
	}
	// It is waited for as long as this process lives, so that it leaves no zombie.
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	rec, err := await(ctx, news)
	if err == nil {
		return rec, nil
	}
	var failed *StartError
	if errors.As(err, &failed) || errors.Is(err, io.EOF) {
		// It goes by itself: it has said why, or it is gone already.
		select {
		case <-ended:
		case <-time.After(cleanupPatience):
		}
	}
	_ = cmd.Process.Kill()
	<-ended
	if errors.Is(err, io.EOF) {
		return Record{}, &StartError{Text: died(cmd, c.Log, before), Code: max(cmd.ProcessState.ExitCode(), 1)}
	}
	return Record{}, err
}

// await reads what the kernel says, until it says it, ends, or takes too long. The
// error wraps io.EOF if it has ended without a word.
func await(ctx context.Context, news *os.File) (Record, error) {
	stop := context.AfterFunc(ctx, func() { _ = news.SetReadDeadline(time.Now()) })
	defer stop()
	if err := news.SetReadDeadline(time.Now().Add(startPatience)); err != nil && ctx.Err() == nil {
		// Windows has no deadlines for pipes: closing ends the read there.
		timer := time.AfterFunc(startPatience, func() { news.Close() })
		defer timer.Stop()
		stopClosing := context.AfterFunc(ctx, func() { news.Close() })
		defer stopClosing()
	}
	text, err := io.ReadAll(io.LimitReader(news, maxReadiness))
	switch {
	case ctx.Err() != nil:
		return Record{}, fmt.Errorf("start the kernel: %w", context.Cause(ctx))
	case err != nil:
		return Record{}, fmt.Errorf("start the kernel: it was not ready after %v: %w", startPatience, err)
	case len(bytes.TrimSpace(text)) == 0:
		return Record{}, io.EOF
	}
	var r readiness
	if err := json.Unmarshal(text, &r); err != nil {
		return Record{}, fmt.Errorf("start the kernel: what it says of itself is not understood: %w", err)
	}
	if r.Record == nil {
		return Record{}, &StartError{Text: r.Error, Code: max(r.Code, 1)}
	}
	return *r.Record, nil
}

// died describes a kernel that ended without a word, with the end of its log.
func died(cmd *exec.Cmd, log string, before int64) string {
	text := fmt.Sprintf("the kernel ended before it was ready (%v); its log is %s", cmd.ProcessState, log)
	f, err := os.Open(log)
	if err != nil {
		return text
	}
	defer f.Close()
	const tail = 4 << 10
	if info, err := f.Stat(); err == nil {
		before = max(before, info.Size()-tail)
	}
	said, _ := io.ReadAll(io.NewSectionReader(f, before, tail))
	if s := strings.TrimSpace(string(said)); s != "" {
		text += ", which ends with:\n" + s
	}
	return text
}
