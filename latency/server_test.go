//go:build !race

package latency

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long a server process may live. It only ends a test that
// hangs.
const patience = 5 * time.Minute

// build compiles the llmspell command and returns its path.
func build(tb testing.TB) string {
	tb.Helper()
	binary := filepath.Join(tb.TempDir(), "llmspell")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", binary, "github.com/llmspell/llmspell").CombinedOutput()
	if err != nil {
		tb.Fatalf("build llmspell: %v\n%s", err, out)
	}
	return binary
}

// process starts llmspell with its standard streams on pipes. stop closes its
// stdin, ends it if force is set, and waits for its end.
func process(tb testing.TB, binary string, args ...string) (stdin io.WriteCloser, stdout io.Reader, stop func(force bool)) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	tb.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatalf("pipe to llmspell: %v", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatalf("pipe from llmspell: %v", err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("start llmspell: %v", err)
	}
	return stdin, out, func(force bool) {
		stdin.Close()
		if force {
			cancel()
		}
		err := cmd.Wait()
		if err != nil && !force {
			tb.Errorf("llmspell %s: %v", strings.Join(args, " "), err)
		}
	}
}

// serveTCP starts a server for the rest of the test and returns its address.
func serveTCP(tb testing.TB, binary string) string {
	tb.Helper()
	return serve(tb, binary, "127.0.0.1:0")
}

// serveUnix is serveTCP with a unix socket; it returns its path.
func serveUnix(tb testing.TB, binary string) string {
	tb.Helper()
	dir, err := os.MkdirTemp("/tmp", "dap") // the path of a socket is short
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	return strings.TrimPrefix(serve(tb, binary, "unix:"+filepath.Join(dir, "s")), "unix:")
}

func serve(tb testing.TB, binary, address string) string {
	tb.Helper()
	_, stdout, stop := process(tb, binary, "dap", "--listen", address)
	tb.Cleanup(func() { stop(true) })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		tb.Fatalf("read the server's address: %v", err)
	}
	told, ok := strings.CutPrefix(strings.TrimSpace(line), "DAP server listening at: ")
	if !ok {
		tb.Fatalf("the server said %q instead of its address", line)
	}
	return told
}

// connector opens a debug session. leave ends the session and frees all that
// belongs to it.
type connector func(tb testing.TB) (c *client, leave func())

// overTCP connects to a running server.
func overTCP(address string) connector { return over("tcp", address) }

// overUnix connects to a running server by its socket.
func overUnix(path string) connector { return over("unix", path) }

func over(network, address string) connector {
	return func(tb testing.TB) (*client, func()) {
		tb.Helper()
		conn, err := net.Dial(network, address)
		if err != nil {
			tb.Fatalf("connect to the server: %v", err)
		}
		c := newClient(tb, conn, conn)
		return c, func() {
			c.call("disconnect", object{})
			conn.Close()
		}
	}
}

// overStdio starts a server of the session's own.
func overStdio(binary string) connector {
	return func(tb testing.TB) (*client, func()) {
		tb.Helper()
		stdin, stdout, stop := process(tb, binary, "dap")
		c := newClient(tb, stdout, stdin)
		return c, func() {
			c.call("disconnect", object{})
			stop(false)
		}
	}
}
