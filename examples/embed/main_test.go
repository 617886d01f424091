package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// asProgram makes the test program behave as the example.
const asProgram = "EMBED_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The example is built, run, and debugged as a person would.
func TestExample(t *testing.T) {
	script, err := filepath.Abs("game.lua")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], script)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatalf("%v, stderr %q", err, errs.String())
	}
	_, address, _ := strings.Cut(strings.TrimSpace(string(line[:n])), "at: ")

	conn, err := dap.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	c := daptest.New(t, conn)
	c.Initialize()
	attach := c.Send("attach", map[string]any{})
	c.SetBreakpoints(script, 6)
	c.ConfigurationDone()
	c.Succeeds(attach, nil)
	c.ExpectStoppedAt("breakpoint", 6)
	stack := c.StackTrace(1)
	if len(stack) != 2 || stack[0].Name != "bonus" || stack[1].Name != "update" {
		t.Errorf("stack %+v", stack)
	}
	c.SetBreakpoints(script)
	c.StepOut(1)
	c.ExpectStoppedAt("step", 11)
	frame := c.Top(1).Id
	c.Evaluate(frame, "last = frame", "repl") // the script ends with this frame
	c.Continue(1)
	c.ExpectTerminated()
	c.Disconnect()
	rest := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(out)
		rest <- string(text)
	}()
	select {
	case text := <-rest:
		if !strings.HasPrefix(text, "score\t") || !strings.HasSuffix(text, "\t42\n") {
			t.Errorf("output %q", text)
		}
	case <-time.After(daptest.DefaultTimeout):
		t.Fatal("the program does not end")
	}
}
