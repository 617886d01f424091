//go:build unix

package daemon

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The advice is about the path at fault.
func TestExplain(t *testing.T) {
	for _, c := range []struct {
		cause                error
		folder, other, plain string
	}{
		{syscall.ENOSPC, "make room, or set XDG_RUNTIME_DIR to a folder elsewhere", "make room, or give X", "make room)"},
		{syscall.EROFS, "written there: set XDG_RUNTIME_DIR to a folder of your own", "written there: give X", ""},
		{fs.ErrPermission, "(set XDG_RUNTIME_DIR to a folder of your own)", "(give X)", ""},
		{fs.ErrNotExist, "(set XDG_RUNTIME_DIR (or TMPDIR) to a folder that exists)", "(give X)", ""},
		{syscall.EMFILE, "ulimit -n", "ulimit -n", "ulimit -n"},
		{syscall.EINVAL, "", "", ""},
	} {
		err := fmt.Errorf("write: %w", c.cause)
		for want, got := range map[string]error{c.folder: Explain(err), c.other: ExplainFor(err, "give X"), c.plain: ExplainFor(err, "")} {
			if want == "" && got != err || !strings.Contains(got.Error(), want) {
				t.Errorf("%v: %v, want %q", c.cause, got, want)
			}
		}
	}
	if Explain(nil) != nil || ExplainFor(nil, "give X") != nil {
		t.Error("no error is one")
	}
}

func TestExplainNamesTheFlag(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := writeOutside("--pid-file", file, nil); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(file, "x", "y")
	for want, r := range map[string]Record{"--connection-file": {ConnectionFile: below}, "--pid-file": {PIDFile: below}} {
		if err := r.writeFiles(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "XDG") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := Start(context.Background(), Command{Log: below, ChooseLog: "give --log-file"}); err == nil || !strings.HasSuffix(err.Error(), "(give --log-file)") {
		t.Errorf("log: %v", err)
	}
}
