package dap

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap/daptest"
)

// A script that the client has started, but that never calls back, fails the
// launch.
func TestTerminalThatDoesNotCallBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "main.lua")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	server := NewServer(Options{RunCommand: []string{"llmspell", "run"}})
	server.terminalTimeout = 50 * time.Millisecond
	for _, answers := range []bool{true, false} {
		client, conn := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- server.ServeConn(context.Background(), conn) }()
		c := daptest.New(t, client)
		args := daptest.InitializeArguments()
		args["supportsRunInTerminalRequest"] = true
		c.InitializeWith(args)
		launch := c.Launch(map[string]any{"program": path, "console": "integratedTerminal", "args": []string{"-x", "y"}})
		c.Send("configurationDone", nil)
		var asked struct{ Args []string }
		request := c.ExpectRequest("runInTerminal", &asked)
		if got := strings.Join(asked.Args[:4], " ") + " … " + strings.Join(asked.Args[5:], " "); got != "llmspell run --sandbox=restricted --debug-connect … "+path+" -- -x y" {
			t.Errorf("command line %q", asked.Args)
		}
		if answers {
			c.Reply(request, map[string]any{})
		}
		if text := c.Fails(launch); !strings.Contains(text, "has not called back") {
			t.Errorf("error %q", text)
		}
		c.Disconnect()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}
