package cli

import (
	"bytes"
	"io"
	"testing"
)

// seenAtRead keeps what a stream has when a script first reads.
type seenAtRead struct {
	out  *bytes.Buffer
	seen *string
}

func (r seenAtRead) Read([]byte) (int, error) {
	if *r.seen == "" {
		*r.seen = "printed: " + r.out.String()
	}
	return 0, io.EOF
}

// What a script has flushed is on stdout, whatever becomes of the process then.
func TestFlushedIsOnStdout(t *testing.T) {
	for _, flush := range []string{"io.flush()", "io.stdout:flush()"} {
		code := "print('one') io.write('two') " + flush + " io.read()"
		path := script(t, code)
		for _, args := range [][]string{{"run", path}, {"exec", code}, {"run", "--debug-listen", ":0", path}} {
			var out, errs bytes.Buffer
			seen := ""
			exit := Main(args, seenAtRead{&out, &seen}, &out, &errs)
			if want := "printed: one\ntwo"; exit != 0 || seen != want {
				t.Errorf("%q: exit %d, %q, want %q\n%s", args, exit, seen, want, errs.String())
			}
		}
	}
}
