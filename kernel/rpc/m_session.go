package rpc

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel"
	lua "github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// sessionMeta is what the server notes on a session that it has made.
type sessionMeta struct{ ephemeral bool }

// createSession is session.create.
func (p *peer) createSession(c ctx, r *SessionParams) (SessionInfo, error) {
	if r.Record != "" {
		_, s, err := p.record(c, r.Record)
		if err != nil {
			return SessionInfo{}, err
		}
		r.Record = s.ID
	}
	h, err := p.open(c, "session.create", *r, "")
	if err != nil {
		return SessionInfo{}, err
	}
	return describe(h), nil
}

// open makes a session. Folder is where the script lies, if it is known.
func (p *peer) open(c ctx, method string, r SessionParams, folder string) (*kernel.Hosted, error) {
	if r.Cwd != "" && !filepath.IsAbs(r.Cwd) {
		if p.cwd == "" {
			return nil, badParam("cwd", "%s: the folder %q is not an absolute path", method, r.Cwd)
		}
		r.Cwd = filepath.Join(p.cwd, r.Cwd)
	}
	dir := cmp.Or(r.Cwd, p.cwd)
	if dir == "" {
		var err error
		if dir, err = os.Getwd(); err != nil {
			return nil, err
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, badParam("cwd", "%s: there is no folder %q", method, dir)
	}
	for name, value := range r.Env {
		text := ""
		if value != nil {
			text = *value
		}
		if e := checkVariable(method, name, text); e != nil {
			return nil, e
		}
	}
	limits, e := r.Limits.runtime(method)
	if e != nil {
		return nil, e
	}
	if r.Permissions == nil {
		r.Permissions = p.hello.Permissions
	}
	box, err := p.sandbox(r.Permissions, dir, cmp.Or(folder, dir), r.Env)
	if err != nil {
		return nil, err
	}
	h, err := p.server.opts.Kernel.OpenContext(c, kernel.SessionOptions{
		ID: r.ID, Name: r.Name, Dir: dir, Env: r.Env, BaseEnv: p.env, Sandbox: box, Limits: limits, Record: r.Record, Meta: sessionMeta{r.Ephemeral},
	})
	if errors.Is(err, kernel.ErrInvalidID) {
		return nil, badParam("id", "%s: %v", method, err)
	}
	if err != nil {
		return nil, err
	}
	if !r.Ephemeral {
		return h, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ephemeral[h.ID()] = h
	return h, nil
}

// environ is an environment as the kernel has it; nil stays nil.
func environ(env map[string]Text) map[string]string {
	if env == nil {
		return nil
	}
	out := make(map[string]string, len(env))
	for name, value := range env {
		out[name] = string(value)
	}
	return out
}

// checkVariable refuses variables with which no program can be started.
func checkVariable(method, name, value string) *Error {
	switch {
	case name == "" || strings.Contains(name[1:], "="): // Windows has names that begin with =
		return badParam("env", "%s: %q is no name of a variable of the environment", method, name)
	case strings.Contains(name, "\x00") || strings.Contains(value, "\x00"):
		return badParam("env", "%s: the variable %q holds a byte 0, which the environment cannot", method, name)
	}
	return nil
}

// runtime makes limits those of the Lua runtime.
func (l *Limits) runtime(method string) (lua.Limits, *Error) {
	if l == nil {
		return lua.Limits{}, nil
	}
	if l.TimeMS < 0 || l.Instructions < 0 || l.HeapBytes < 0 {
		return lua.Limits{}, badParam("limits", "%s: a limit is negative", method)
	}
	return lua.Limits{Time: milliseconds(l.TimeMS), Instructions: l.Instructions, Heap: l.HeapBytes}, nil
}

// milliseconds is a duration; those that are too long for one are the longest.
func milliseconds(ms int64) time.Duration {
	const most = int64(1<<63-1) / int64(time.Millisecond)
	return time.Duration(min(ms, most)) * time.Millisecond
}

// policyFor is what scripts may touch that lie in folder and work in dir.
func (p *peer) policyFor(r *Permissions, dir, folder string, env map[string]*string) (sandbox.Policy, error) {
	var ceiling *sandbox.Policy
	if p.server.opts.Policy != nil {
		most, err := p.server.opts.Policy(folder)
		if err != nil {
			return sandbox.Policy{}, err
		}
		ceiling = &most
	}
	if r == nil {
		r = &Permissions{}
	}
	var policy sandbox.Policy
	switch r.Profile {
	case "safe":
	case "trusted":
		policy = sandbox.Trusted()
	case "restricted":
		policy = sandbox.Restricted(folder)
	case "":
		policy = sandbox.Restricted(folder)
		if ceiling != nil {
			policy = *ceiling
		}
	default:
		return policy, badParam("permissions", "the profile %q is unknown: use safe, restricted or trusted", r.Profile)
	}
	absolute := func(path string) string {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return filepath.Clean(path)
	}
	if err := r.add(&policy, absolute); err != nil {
		return policy, err
	}
	if ceiling == nil {
		return policy, nil
	}
	for name, value := range env {
		if value != nil && !ceiling.Run.All && sandbox.LoadsCode(name) {
			return policy, errorf(CodeDenied, "the variable %s of env makes programs run other code than their own, which this kernel's operator does not allow", name).
				withHint("leave it out, or have the kernel started with --allow-run")
		}
	}
	return policy, policy.Limit(ceiling, absolute)
}

// add adds the lists to a policy.
func (r *Permissions) add(policy *sandbox.Policy, absolute func(string) string) *Error {
	for _, lists := range []map[string]PermissionList{r.Allow, r.Deny} {
		for kind := range lists {
			if policy.Rule(sandbox.Permission(kind)) == nil {
				return badParam("permissions", "there is no permission %q: there are read, write, net, run, env and db", kind)
			}
		}
	}
	for _, kind := range sandbox.Permissions() {
		allow, deny := r.Allow[string(kind)], r.Deny[string(kind)]
		if kind == sandbox.Read || kind == sandbox.Write {
			allow.Entries, deny.Entries = mapped(allow.Entries, absolute), mapped(deny.Entries, absolute)
		}
		policy.Add(kind, allow.All, allow.Entries, deny.All, deny.Entries)
	}
	return nil
}

func mapped(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}

// sandbox makes the sandbox of scripts that lie in folder and work in dir.
func (p *peer) sandbox(r *Permissions, dir, folder string, env map[string]*string) (*sandbox.Sandbox, error) {
	policy, err := p.policyFor(r, dir, folder, env)
	if err != nil {
		return nil, err
	}
	box, err := sandbox.New(dir, policy, p.environment()...)
	if err != nil {
		return nil, badParam("permissions", "%v", err)
	}
	if p.server.opts.Policy == nil {
		return box, nil
	}
	// What the client's entries lead to by links must be allowed too. The sandbox,
	// once made, sticks to what they lead to now.
	most, err := p.server.opts.Policy(folder)
	if err != nil {
		return nil, err
	}
	ceiling, err := sandbox.New(dir, most)
	if err != nil {
		return nil, err
	}
	if kind, entry, ok := box.WithinFolders(ceiling); !ok {
		return nil, &sandbox.CeilingError{Permission: kind, Entry: entry, Linked: true}
	}
	return box, nil
}

// environment makes a sandbox read the client's variables.
func (p *peer) environment() []sandbox.Option {
	env := p.env
	if env == nil {
		return nil
	}
	return []sandbox.Option{sandbox.WithEnvironment(sandbox.Environment{
		Lookup: func(name string) (string, bool) {
			v, ok := env[name]
			if !ok && runtime.GOOS == "windows" { // where names differ in case only
				for other, v := range env {
					if strings.EqualFold(other, name) {
						return v, true
					}
				}
			}
			return v, ok
		},
		List: func() []string {
			out := make([]string, 0, len(env))
			for name, value := range env {
				out = append(out, name+"="+value)
			}
			return out
		},
	})}
}

// listSessions is session.list.
func (p *peer) listSessions(ctx, *Empty) (SessionList, error) {
	out := SessionList{Sessions: []SessionInfo{}}
	for _, h := range p.server.opts.Kernel.Sessions() {
		out.Sessions = append(out.Sessions, describe(h))
	}
	return out, nil
}

func describe(h *kernel.Hosted) SessionInfo {
	i := h.Info()
	meta, _ := h.Options().Meta.(sessionMeta)
	return SessionInfo{
		ID: i.ID, Name: i.Name, Cwd: i.Dir, Created: i.Created, LastUse: i.LastUse, Busy: i.Busy, Queued: i.Queued,
		Executions: i.Executions, Ephemeral: meta.ephemeral, Record: h.Options().Record,
	}
}

// hosted finds a session.
func (p *peer) hosted(method, id string) (*kernel.Hosted, error) {
	if id == "" {
		return nil, badParam("session", "%s: the parameter \"session\" is missing", method)
	}
	h, err := p.server.opts.Kernel.Session(id)
	if err != nil {
		return nil, errorf(CodeNotFound, "there is no session %.140q", id).withHint("session.list names them")
	}
	return h, nil
}

// sessionInfo is session.info.
func (p *peer) sessionInfo(_ ctx, r *SessionParam) (SessionInfo, error) {
	h, err := p.hosted("session.info", r.Session)
	if err != nil {
		return SessionInfo{}, err
	}
	return describe(h), nil
}

// closeSession is session.close.
func (p *peer) closeSession(_ ctx, r *SessionParam) (Empty, error) {
	h, err := p.hosted("session.close", r.Session)
	if err != nil {
		return Empty{}, err
	}
	h.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.ephemeral, h.ID())
	if p.session == h {
		p.session = nil
	}
	return Empty{}, nil
}

// own returns the session of requests that name none, and makes it at its first use.
func (p *peer) own() (*kernel.Hosted, error) {
	p.making.Lock()
	defer p.making.Unlock()
	p.mu.Lock()
	h := p.session
	p.mu.Unlock()
	if h != nil {
		if _, err := p.server.opts.Kernel.Session(h.ID()); err == nil {
			return h, nil // it was idle for too long, or closed by another client, otherwise
		}
	}
	h, err := p.open(p.ctx, "exec.run", SessionParams{Ephemeral: true, Name: p.hello.Client}, "")
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = h
	return h, nil
}
