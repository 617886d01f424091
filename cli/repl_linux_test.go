package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tty is a command on a terminal.
type tty struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd

	mu     sync.Mutex
	screen strings.Builder
	seen   int // of screen, by expect
	grown  chan struct{}
	ended  chan struct{} // the screen has
	exited chan struct{} // the command has
}

// onTerminal starts the command on a new terminal.
func onTerminal(t *testing.T, home string, args ...string) *tty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(environment(), "TERM=xterm", "XDG_DATA_HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home, "LLMSPELL_KERNEL=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &tty{t: t, master: master, cmd: cmd, grown: make(chan struct{}, 1), ended: make(chan struct{}), exited: make(chan struct{})}
	go c.read()
	go func() {
		_ = cmd.Wait() // the code says it
		close(c.exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-c.exited
		_ = master.Close()
		<-c.ended
	})
	return c
}

func (c *tty) read() {
	defer close(c.ended)
	buf := make([]byte, 4096)
	for {
		n, err := c.master.Read(buf)
		c.mu.Lock()
		c.screen.Write(buf[:n])
		c.mu.Unlock()
		select {
		case c.grown <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// expect waits until the text comes, behind what earlier calls have seen.
func (c *tty) expect(text string) {
	c.t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		c.mu.Lock()
		all := c.screen.String()
		if i := strings.Index(all[c.seen:], text); i >= 0 {
			c.seen += i + len(text)
			c.mu.Unlock()
			return
		}
		rest := all[c.seen:]
		c.mu.Unlock()
		select {
		case <-c.grown:
		case <-deadline:
			c.t.Fatalf("%q did not come; there is %.2000q", text, rest)
		case <-c.ended:
			c.t.Fatalf("%q did not come before the end; there is %q", text, rest)
		}
	}
}

func (c *tty) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.master, text); err != nil {
		c.t.Fatal(err)
	}
}

// line sends a line and waits for what it shows.
func (c *tty) line(text string, expected ...string) {
	c.t.Helper()
	c.send(text + "\r")
	for _, e := range expected {
		c.expect(e)
	}
}

// exit waits for the end and returns the exit code.
func (c *tty) exit() int {
	c.t.Helper()
	select {
	case <-c.exited:
	case <-time.After(60 * time.Second):
		c.t.Fatal("the command does not end")
	}
	<-c.ended // the screen is complete
	return c.cmd.ProcessState.ExitCode()
}

func TestREPLOnATerminal(t *testing.T) {
	home := t.TempDir()
	c := onTerminal(t, home, "repl")
	c.expect("Type .help")
	c.expect("> ")
	c.line("x = {1, 'two'}", "> ")
	c.line("x", `{1, "two"}`, "> ")
	c.line("for i = 1, 2 do", ".. ")
	c.line("print(i * 21)", ".. ")
	c.line("end", "21\r\n42", "> ")
	c.send("stri\t")
	c.expect("ng")
	c.send("\x03") // Ctrl-C drops the line
	c.expect("> ")
	for _, long := range []string{"while true do end", "Utils.sleep(60000)"} {
		c.line("print('be' .. 'gun') "+long, "begun\r\n")
		c.send("\x03")
		c.expect("interrupted")
		c.expect("> ")
	}
	c.line("x[2]", `"two"`, "> ")
	c.line("nope()", "attempt to call", "> ")
	c.line("io.read()")
	c.line("typed for the script", `"typed for the script"`, "> ")
	c.send("Tool.get(\"calcul\t") // Tab completes names of tools
	c.expect("ator")
	c.send("\x03")
	c.expect("> ")
	c.line(" 'a ' .. 'secret'", `"a secret"`, "> ")
	c.send("\x04")
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}

	c = onTerminal(t, home, "repl") // the history is still there
	c.expect("> ")
	c.send("\x1b[A\x1b[A") // io.read() is the one before Tool.get…, which was dropped
	c.expect("nope()")
	c.line("", "attempt to call", "> ")
	c.line(".history sleep", "Utils.sleep(60000)", "> ")
	c.line(".history 'a", "> ")
	c.line(".exit")
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(c.screen.String(), "'secret'") {
		t.Errorf("what began with a space was kept: %q", c.screen.String())
	}
	info, err := os.Stat(filepath.Join(home, "llmspell", "history.db"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("history.db: %v, %v", info, err)
	}
}

func TestREPLDebugsOnATerminal(t *testing.T) {
	path := script(t, "local function add(a, b)\n  local sum = a + b\n  return sum\nend\nlocal r = add(1, 2)\nprint('result ' .. r)\n")
	c := onTerminal(t, t.TempDir(), "repl")
	c.expect("> ")
	c.line(".break "+path+":3", "breakpoint 1 at", "> ")
	c.line(".run "+path, ":3 in add", "return sum", "debug> ")
	c.line(".locals", "sum = 3", "debug> ")
	c.line("sum * 100", "300", "debug> ")
	c.line("sum = 40", "debug> ")
	c.line(".up", "main chunk", "debug> ")
	c.line(".finish", "step at", ":6", "debug> ")
	c.line(".continue", "result 40", "> ")
	c.line(".delete 1", "> ")
	c.line(".run "+path, "result 3", "> ")
	c.line("function f(x)", ".. ")
	c.line("return x", ".. ")
	c.line("end", "> ")
	c.line(".break f", "breakpoint 2 at f", "> ")
	c.line("f(7)", "in f", "debug> ")
	c.send("\x03") // ends what is stopped
	c.expect("interrupted")
	c.expect("> ")
	c.line(".disable 2", "> ")
	c.line("f(7)", "7", "> ")
	c.line(".exit")
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A damaged history is said, and keeps nobody from working; one that was asked for is an
// error.
func TestREPLWithoutHistory(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "llmspell", "history.db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	damaged := []byte(strings.Repeat("no database ", 500))
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	c := onTerminal(t, home, "repl")
	c.expect("what is typed is not kept")
	c.expect("> ")
	c.line("6 * 7", "42", "> ")
	c.send("\x04")
	if code := c.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != string(damaged) {
		t.Errorf("the file has changed: %v", err)
	}
	c = onTerminal(t, home, "repl", "--history", path)
	c.expect("--history: ")
	if code := c.exit(); code != 1 {
		t.Errorf("exit %d", code)
	}
}
