package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/daemon"
)

func (a *app) kernelLogsCommand() *cobra.Command {
	var follow bool
	var lines int
	cmd := &cobra.Command{
		Use:               "logs [ID]",
		Short:             "Print the log of a kernel",
		Long:              "Print the log of a kernel that was started in the background, also of one that has ended.",
		Example:           "  llmspell kernel logs dev\n  llmspell kernel logs dev -f",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeRunning,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if lines < 0 {
				return usagef("--lines: %d is negative", lines)
			}
			id := ""
			if len(args) == 1 {
				id = args[0]
			}
			path, err := logOf(id)
			if err != nil {
				return err
			}
			return a.printLog(cmd.Context(), path, lines, follow)
		}),
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is logged, until interrupted")
	cmd.Flags().IntVarP(&lines, "lines", "n", 100, "how many lines of its end (0: all)")
	return cmd
}

// logOf finds the log of a kernel, whether it runs or not.
func logOf(id string) (string, error) {
	target, err := kernels().Resolve(id)
	switch {
	case err == nil && target.Record.LogFile != "":
		return target.Record.LogFile, nil
	case err == nil:
		return "", fmt.Errorf("kernel %q logs into no file: it was started in the foreground, and logs to its stderr; start it with --log-file", target.Record.ID)
	case !errors.Is(err, daemon.ErrNotRunning) || daemon.CheckID(id) != nil:
		return "", err
	}
	path := stateFile("kernel-" + id + ".log")
	if _, serr := os.Stat(path); serr != nil {
		return "", fmt.Errorf("%w, and there is no log %s", err, path)
	}
	return path, nil
}

// logPause is how often a log that is followed is looked at.
const logPause = 100 * time.Millisecond

// printLog prints the end of a log, and what is added to it if follow is set. A log
// that is put aside or cut short is followed into the new file.
func (a *app) printLog(ctx context.Context, path string, lines int, follow bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer func() { f.Close() }()
	if lines > 0 {
		if err := seekLines(f, lines); err != nil {
			return fmt.Errorf("read the log %s: %w", path, err)
		}
	}
	for {
		if _, err := io.Copy(a.stdout, f); err != nil {
			return fmt.Errorf("print the log %s: %w", path, err)
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil // that is how following ends
		case <-time.After(logPause):
		}
		if next := replaced(f, path); next != nil {
			if _, err := io.Copy(a.stdout, f); err != nil { // its last lines
				return fmt.Errorf("print the log %s: %w", path, err)
			}
			f.Close()
			f = next
		}
	}
}

// replaced opens the file that a log goes on in, if it is not f any more.
func replaced(f *os.File, path string) *os.File {
	here, err1 := f.Stat()
	there, err2 := os.Stat(path)
	if err1 != nil || err2 != nil {
		return nil // between two files
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if os.SameFile(here, there) && (err != nil || there.Size() >= at) {
		return nil
	}
	next, err := os.Open(path)
	if err != nil {
		return nil
	}
	return next
}

// seekLines goes to where the last n lines of a file begin.
func seekLines(f *os.File, n int) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fs.ErrInvalid
	}
	const block = 64 << 10
	buf := make([]byte, block)
	end := info.Size()
	for at := end; at > 0; {
		from := max(at-block, 0)
		part := buf[:at-from]
		if _, err := f.ReadAt(part, from); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i := len(part) - 1; i >= 0; i-- {
			if part[i] != '\n' || from+int64(i) == end-1 { // not the end of the last line
				continue
			}
			if n--; n == 0 {
				_, err := f.Seek(from+int64(i)+1, io.SeekStart)
				return err
			}
		}
		at = from
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}
