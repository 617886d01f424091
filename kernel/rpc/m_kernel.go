package rpc

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/footprint"
)

type ctx = context.Context

func notification[P any](name, doc string) *method {
	return &method{name: name, doc: doc, params: reflect.TypeFor[P]()}
}

// greets is kernel.hello.
func (p *peer) greets(_ ctx, h *HelloParams) (HelloResult, error) {
	s := p.server
	if p.greet.Load() {
		return HelloResult{}, errorf(CodeInvalidRequest, "kernel.hello was said already")
	}
	if e := p.authorize(h.Token); e != nil {
		return HelloResult{}, e
	}
	if h.Version != ProtocolVersion {
		return HelloResult{}, errorf(CodeVersion, "the client speaks version %d of the protocol, and this kernel version %d", h.Version, ProtocolVersion).
			withHint("use a client and a kernel of the same llmspell")
	}
	cwd, env := string(h.Cwd), environ(h.Env)
	if cwd != "" && !filepath.IsAbs(cwd) {
		return HelloResult{}, badParam("cwd", "kernel.hello: the folder %q is not an absolute path", cwd)
	}
	for name, value := range env {
		if e := checkVariable("kernel.hello", name, value); e != nil {
			return HelloResult{}, e
		}
	}
	if _, err := p.policyFor(h.Permissions, cwd, cwd, nil); err != nil {
		return HelloResult{}, err
	}
	if p.spare == nil || !slices.Contains(h.Caps, capControl) {
		if e := s.admit(p); e != nil {
			s.refused.Add(1)
			return HelloResult{}, e
		}
	}
	h.Token, h.Env = "", nil // the kernel has its own form of env
	p.hello, p.cwd, p.env = *h, cwd, env
	p.greet.Store(true)
	p.in.Trust()
	p.log.Debug("hello", zap.String("name", h.Client))
	return HelloResult{
		Version: ProtocolVersion, Kernel: s.opts.Kernel.ID(), Server: s.opts.Version, PID: os.Getpid(),
		MaxMessageBytes: int64(s.opts.MaxMessage), Methods: s.names,
	}, nil
}

// status is kernel.status.
func (p *peer) status(ctx, *Empty) (StatusResult, error) {
	s := p.server
	k := s.opts.Kernel
	c := k.Counts()
	out := StatusResult{
		Kernel: k.ID(), Server: s.opts.Version, PID: os.Getpid(), Started: k.Started(), UptimeMS: time.Since(k.Started()).Milliseconds(),
		Clients: s.Clients(), Sessions: len(k.Sessions()), Running: c.Running, Queued: c.Queued, Submitted: c.Submitted,
		Completed: c.Completed, Failed: c.Failed, Interrupted: c.Interrupted, Requests: s.requests.Load(), ShuttingDown: s.isDraining(),
	}
	samples := []metrics.Sample{{Name: "/sched/goroutines:goroutines"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	out.Goroutines, out.HeapBytes = int(uint64Of(samples[0])), int64(uint64Of(samples[1]))
	use := footprint.Use()
	out.MemoryBytes, out.CPUSeconds = max(use.Resident, 0), max(use.CPU, 0)
	if use.Own > 0 {
		out.MemoryOwnBytes, out.MemoryFilesBytes = use.Own, use.Resident-use.Own
	}
	if s.opts.Info != nil {
		out.Info = s.opts.Info()
	}
	return out, nil
}

func uint64Of(s metrics.Sample) uint64 {
	if s.Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s.Value.Uint64()
}

func unsupported(method string) *Error {
	return errorf(CodeUnsupported, "%s: this kernel does not support it", method).
		withHint("it needs a kernel that runs as a daemon: llmspell kernel start --daemon")
}

// shutdown is kernel.shutdown.
func (p *peer) shutdown(_ ctx, r *ShutdownParams) (Empty, error) {
	if p.server.opts.Shutdown == nil {
		return Empty{}, unsupported("kernel.shutdown")
	}
	if r.TimeoutMS < 0 {
		return Empty{}, badParam("timeout_ms", "kernel.shutdown: timeout_ms is negative")
	}
	p.log.Info("a client asks for the shutdown", zap.String("name", p.hello.Client), zap.Bool("drain", r.Drain), zap.Bool("restart", r.Restart))
	if err := p.server.opts.Shutdown(*r); err != nil {
		return Empty{}, err
	}
	p.server.refuseWork() // the process may need a moment until it comes to Drain
	return Empty{}, nil
}

// reload is kernel.reload.
func (p *peer) reload(c ctx, _ *Empty) (ReloadResult, error) {
	if p.server.opts.Reload == nil {
		return ReloadResult{}, unsupported("kernel.reload")
	}
	return p.server.opts.Reload(c)
}

// logLevels is kernel.log.
func (p *peer) logLevels(_ ctx, r *LogParams) (LogResult, error) {
	if p.server.opts.LogLevels == nil {
		return LogResult{}, unsupported("kernel.log")
	}
	levels, err := p.server.opts.LogLevels(r.Levels)
	if err != nil {
		return LogResult{}, badParam("levels", "kernel.log: %v", err)
	}
	return LogResult{levels}, nil
}

// profileKinds are the profiles that there are.
var profileKinds = []string{"cpu", "heap", "goroutine", "allocs", "block", "mutex", "threadcreate", "trace"}

// maxProfile bounds profiles that take time.
const maxProfile = 10 * time.Minute

// profile is kernel.profile.
func (p *peer) profile(c ctx, r *ProfileParams) (ProfileResult, error) {
	var out ProfileResult
	switch {
	case p.server.opts.Profile == nil:
		return out, unsupported("kernel.profile")
	case !slices.Contains(profileKinds, r.Kind):
		return out, badParam("kind", "kernel.profile: there is no profile %q: there are %s", r.Kind, strings.Join(profileKinds, ", "))
	case !(r.Seconds >= 0 && r.Seconds <= maxProfile.Seconds()):
		return out, badParam("seconds", "kernel.profile: seconds must be between 0 and %v", maxProfile.Seconds())
	}
	var buf bytes.Buffer
	if err := p.server.opts.Profile(c, &buf, r.Kind, time.Duration(math.Round(r.Seconds*1e3))*time.Millisecond); err != nil {
		return out, fmt.Errorf("profile %s: %w", r.Kind, err)
	}
	return ProfileResult{r.Kind, buf.Bytes()}, nil
}

// cancelRequest is $/cancelRequest. A request that is not there has been answered.
func (p *peer) cancelRequest(_ ctx, r *CancelParams) (Empty, error) {
	p.mu.Lock()
	cancel := p.inFlight[string(r.ID)]
	p.mu.Unlock()
	if cancel != nil {
		cancel(errCancelled)
	}
	return Empty{}, nil
}
