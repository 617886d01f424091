package doctor

import (
	"context"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/tools/sandbox"
)

func (e *examination) sandbox() {
	const topic = "sandbox"
	if runtime.GOOS != "linux" {
		e.add(topic, Note, "run scripts that you do not trust without --allow-run", "programs that scripts run have no walls around them on this system; files and the network are guarded all the same")
		return
	}
	switch abi := sandbox.LandlockABI(); {
	case abi == 0:
		e.add(topic, Warn, "enable Landlock in the kernel (lsm=landlock,…), or do not allow untrusted scripts to run programs",
			"this kernel has no Landlock: programs that scripts run may reach files that the scripts may not")
	case abi < 4:
		e.add(topic, Note, "a newer kernel guards TCP ports as well (Landlock 4, Linux 6.7)", "Landlock %d: files are guarded, ports are not", abi)
	default:
		e.add(topic, OK, "", "Landlock %d", abi)
	}
	policy := sandbox.Restricted()
	policy.Run.Allow = []string{"true"}
	box, err := sandbox.New("", policy)
	if err == nil {
		ctx, cancel := context.WithTimeout(e.ctx, patience)
		defer cancel()
		var exit *sandbox.Exit
		if exit, err = box.Run(ctx, sandbox.Program{Name: "true"}); err == nil {
			e.add(topic, OK, "", "programs run under the supervisor, within: %s", orNothing(strings.Join(exit.Confined, ", ")))
			return
		}
	}
	e.add(topic, Warn, "scripts that run programs will fail like this", "a program could not be run in the sandbox: %v", err)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func (e *examination) daemons() {
	const topic = "kernels"
	live, stale, err := daemon.DefaultRoot().Survey()
	if err != nil {
		e.add(topic, Broken, "chmod 700 the folder if it is yours; remove it if it is not", "%v", err)
		return
	}
	for _, r := range live {
		ctx, cancel := context.WithTimeout(e.ctx, patience/5)
		err := ping(ctx, r)
		cancel()
		if err != nil {
			e.add(topic, Broken, "llmspell kernel stop --force "+r.ID, "kernel %s (process %d) does not answer: %v", r.ID, r.PID, err)
			continue
		}
		e.add(topic, OK, "", "kernel %s runs (process %d, %s)", r.ID, r.PID, r.Reach())
	}
	for _, dir := range stale {
		e.add(topic, Note, "llmspell kernel status removes it; it keeps nothing from starting", "a kernel has died and left %s", dir)
	}
	if len(live)+len(stale) == 0 {
		e.add(topic, OK, "", "none runs")
	}
}

func ping(ctx context.Context, r daemon.Record) error {
	c, err := rpc.Dial(ctx, r.Reach(), rpc.ClientOptions{Name: "doctor"})
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Ping(ctx)
}

// ports looks whether the configured ports are free.
func (e *examination) ports() {
	k := e.Config.Config.Kernel
	for _, p := range []struct {
		key  string
		port int
	}{{"kernel.port", k.Port}, {"kernel.metrics_port", k.MetricsPort}} {
		if p.port <= 0 {
			continue
		}
		ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)))
		if err != nil {
			e.add("ports", Warn, "fine if that is your kernel; else change the port or end what listens there", "%s %d: %v", p.key, p.port, err)
			continue
		}
		_ = ln.Close()
		e.add("ports", OK, "", "%s %d is free", p.key, p.port)
	}
}

func (e *examination) terminal() {
	const topic = "terminal"
	term, locale := e.env("TERM"), e.env("LC_ALL")
	for _, name := range []string{"LC_CTYPE", "LANG"} {
		if locale == "" {
			locale = e.env(name)
		}
	}
	switch {
	case !e.Terminal:
		e.add(topic, OK, "", "the output is not a terminal: plain text")
	case term == "dumb" || term == "" && runtime.GOOS != "windows":
		e.add(topic, Note, "set TERM, as in TERM=xterm-256color", "TERM is %q: no line editing and no colors", term)
	default:
		e.add(topic, OK, "", "%s, %d columns", term, e.Width)
	}
	if upper := strings.ToUpper(locale); runtime.GOOS != "windows" && locale != "" && !strings.Contains(upper, "UTF-8") && !strings.Contains(upper, "UTF8") {
		e.add(topic, Note, "set a locale such as LANG=C.UTF-8", "the locale %q is not UTF-8: some signs may look wrong", locale)
	}
}

func (e *examination) editors() {
	for _, ed := range []struct{ program, doc string }{
		{"code", "Visual Studio Code"}, {"nvim", "Neovim"}, {"emacs", "Emacs"},
	} {
		if path, err := exec.LookPath(ed.program); err == nil {
			e.add("editors", OK, "", "%s: %s", ed.doc, path)
		} else {
			e.add("editors", Note, "", "%s (%s) is not in PATH", ed.doc, ed.program)
		}
	}
}
