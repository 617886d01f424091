package main

import (
	"context"
	"fmt"
	"os/exec"
)

// need is what a peer is measured with; the zero value is nothing.
type need struct {
	program string
	modules string // of Python, as import takes them
	install string // how they come there
}

// python is Debian's, which has the packages that are measured.
const python = "/usr/bin/python3"

// What the peers need besides llmspell, which scripts/peers.sh installs.
var (
	nothing   = need{}
	needDlv   = need{program: "dlv", install: "scripts/peers.sh installs it with go install"}
	needGopls = need{program: "gopls", install: needDlv.install}
	needLua   = need{program: "lua5.1", install: "apt-get install lua5.1"}
	needJIT   = need{program: "luajit", install: "apt-get install luajit"}
	debugpy   = need{program: python, modules: "debugpy", install: "apt-get install python3-debugpy"}
	ipykernel = need{program: python, modules: "ipykernel, jupyter_client", install: "apt-get install python3-ipykernel python3-jupyter-client"}
)

// missing is the error of what is not there.
func (n need) missing(ctx context.Context) error {
	if n.program == "" {
		return nil
	}
	if _, err := exec.LookPath(n.program); err != nil {
		return fmt.Errorf("%s is not there (%s)", n.program, n.install)
	}
	if n.modules == "" {
		return nil
	}
	if err := exec.CommandContext(ctx, n.program, "-c", "import "+n.modules).Run(); err != nil {
		return fmt.Errorf("%s cannot import %s (%s)", n.program, n.modules, n.install)
	}
	return nil
}
