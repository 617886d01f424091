package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// errNotStarted marks failures that another attempt would only repeat.
var errNotStarted = errors.New("it could not be started")

// carrier is what a connection goes through: a process, or HTTP.
type carrier interface {
	transport() sdk.Transport
	close()            // ends it; may be called twice
	lastWords() string // what the process complained about before it ended; waits a moment for that
}

// permitted tells whether a sandbox allows what it takes to reach the server.
func (c *ServerConfig) permitted(box *sandbox.Sandbox) error {
	if c.Command != "" {
		_, err := box.FindProgram(c.Command)
		return err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return box.CheckHost(u.Hostname(), port)
}

func (s *server) newCarrier() (carrier, error) {
	box := s.owner.opt.Sandbox
	if err := s.cfg.permitted(box); err != nil {
		var denied *sandbox.DeniedError
		if errors.As(err, &denied) {
			return nil, fmt.Errorf("the MCP server %q: %w", s.cfg.Name, err)
		}
		return nil, fmt.Errorf("%w: %w", errNotStarted, err)
	}
	if s.cfg.Command != "" {
		return startProcess(box, &s.cfg, s.owner.opt.Log)
	}
	return &httpCarrier{cfg: &s.cfg, base: box.Transport()}, nil
}

// process is a server that this process has started.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr *tail
	exited chan struct{}
	once   sync.Once
	name   string
	log    *slog.Logger
	warned bool // of what is no message; the reader's
}

// patience is how long a server may take to end by itself when its input is
// closed, and again after it was asked to.
const patience = time.Second

func startProcess(box *sandbox.Sandbox, cfg *ServerConfig, log *slog.Logger) (*process, error) {
	path, err := box.FindProgram(cfg.Command)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotStarted, err)
	}
	p := &process{cmd: exec.Command(path, cfg.Args...), stderr: &tail{}, exited: make(chan struct{}), name: cfg.Name, log: log}
	p.cmd.Env = append(box.Environ(), cfg.environment()...)
	if p.cmd.Dir = cfg.Dir; p.cmd.Dir == "" {
		p.cmd.Dir = box.Dir()
	}
	p.cmd.Stderr = p.stderr
	p.cmd.WaitDelay = patience // for one that leaves children behind who hold its streams
	ownGroup(p.cmd)
	// Pipes of our own: Wait must not close what the reader still reads.
	var childIn, childOut io.Closer
	if p.stdin, childIn, err = inputPipe(p.cmd); err != nil {
		return nil, err
	}
	if p.stdout, childOut, err = outputPipe(p.cmd); err != nil {
		p.stdin.Close()
		childIn.Close()
		return nil, err
	}
	err = p.cmd.Start()
	childIn.Close()
	childOut.Close()
	if err != nil {
		p.stdin.Close()
		p.stdout.Close()
		return nil, fmt.Errorf("%w: %w", errNotStarted, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended, its connection tells
		close(p.exited)
	}()
	return p, nil
}

func (p *process) transport() sdk.Transport {
	return &sdk.IOTransport{Reader: struct {
		io.Reader
		io.Closer
	}{newFrames(p.stdout, func() string { return "" }, p.reject), p.stdout}, Writer: p.stdin}
}

// reject passes over what is no message: many programs print greetings and
// warnings on the stream of messages. An answer that is too long becomes an error.
func (p *process) reject(id json.RawMessage, code int64, why error) []byte {
	if id != nil {
		return refusal(id, code, fmt.Errorf("its answer is wrong: %w", why))
	}
	level := slog.LevelDebug
	if !p.warned {
		p.warned, level = true, slog.LevelWarn
	}
	p.log.Log(context.Background(), level, "an MCP server printed something that is no message", "server", p.name, "reason", clip(why.Error(), 300))
	return nil
}

func (p *process) lastWords() string {
	p.wait()
	return p.stderr.lastLine()
}

// close ends the server as the protocol says: its input ends, then it is asked,
// then it and all in its group are killed.
func (p *process) close() {
	p.once.Do(func() {
		p.stdin.Close()
		if !p.wait() {
			askGroup(p.cmd)
			p.wait()
		}
		killGroup(p.cmd) // also what it has left behind
		<-p.exited
		p.stdout.Close()
	})
	<-p.exited
}

func (p *process) wait() bool {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-p.exited:
		return true
	case <-t.C:
		return false
	}
}

// tail keeps the end of what was written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

const tailSize = 4 << 10

// Write keeps the last bytes.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if len(t.data) > tailSize {
		t.data = append([]byte{}, t.data[len(t.data)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.data)), "\n")
	return clip(strings.TrimSpace(strings.ToValidUTF8(lines[len(lines)-1], "")), 300)
}

// httpCarrier reaches a server over HTTP.
type httpCarrier struct {
	cfg  *ServerConfig
	base *http.Transport
}

func (h *httpCarrier) transport() sdk.Transport {
	return &sdk.StreamableClientTransport{Endpoint: h.cfg.URL, MaxRetries: 1, HTTPClient: &http.Client{
		Transport: h,
		// A redirect would take the headers, and with them a key, elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// maxAnswer bounds an answer that is no stream. The events of a stream are
// bounded one by one, by the SDK.
const maxAnswer = 64 << 20

// RoundTrip adds the configured headers.
func (h *httpCarrier) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range h.cfg.Headers {
		r.Header.Set(name, value)
	}
	resp, err := h.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, nil
}

func (h *httpCarrier) close()            { h.base.CloseIdleConnections() }
func (h *httpCarrier) lastWords() string { return "" }
