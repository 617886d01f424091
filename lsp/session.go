package lsp

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// session is what the server knows of one client.
type session struct {
	server   *Server
	conn     *wire.Conn
	log      *zap.Logger
	token    string // that the client must show; "": none
	accepted bool   // it has come over a listener, perhaps from a process we cannot watch
	known    func() // tells that it has shown the token

	// What initialize brings; not written afterwards.
	client      protocol.Client
	clientName  string
	encoding    syntax.Encoding
	positions   string          // its name
	options     json.RawMessage // initializationOptions
	initialized atomic.Bool
	ready       atomic.Bool // for messages: the client has heard what the server can do
	kernelTold  atomic.Bool // that the kernel cannot be reached

	ctx    context.Context // done when the client is gone
	cancel context.CancelFunc
	tasks  sync.WaitGroup // the session's own goroutines

	snap     atomic.Pointer[analysis.Snapshot]
	settings atomic.Pointer[Settings]

	// mu guards docs and what follows. It is held for moments.
	mu     sync.Mutex
	docs   map[string]*document // by canonical URI
	closed string               // the key of the document that was closed last
	// ended: no more goroutines are begun.
	ended bool

	changing    sync.Mutex // of those who make a snapshot out of the last one
	moved       chan struct{}
	workspace   *workspace
	diagnostics *diagnostics
	progresses  progresses
	completions completions
	tokens      tokenResults
	runs        runs
	checked     checked

	settingFaults settingFaults
}

func newSession(server *Server, conn *wire.Conn, log *zap.Logger) *session {
	s := &session{server: server, conn: conn, log: log, docs: map[string]*document{}, encoding: syntax.UTF16, moved: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.settings.Store(defaultSettings())
	s.snap.Store(analysis.NewSnapshot(nil, server.opts.Catalog()))
	s.workspace = newWorkspace(s)
	s.settingFaults.s = s
	s.diagnostics = newDiagnostics(s)
	return s
}

// serve serves the client until it leaves.
func (s *session) serve(ctx context.Context) error {
	defer s.snapshot().EndWith(ctx)()
	err := s.conn.Serve(ctx, s.methods())
	s.cancel()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.stopTyping()
	s.diagnostics.stop()
	s.tasks.Wait()
	return err
}

// snapshot returns the current view of all files.
func (s *session) snapshot() *analysis.Snapshot { return s.snap.Load() }

// change makes a new current snapshot out of the last one. It may be called from any
// goroutine; make must be quick.
func (s *session) change(make func(*analysis.Snapshot) *analysis.Snapshot) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.snap.Store(make(s.snap.Load()))
	close(s.moved)
	s.moved = newSignal()
}

// rest forgets what is not needed while nobody asks for anything, and soon found out again.
func (s *session) rest() {
	s.changing.Lock()
	old := s.snap.Load()
	s.snap.Store(old.Rested())
	s.checked.move(old, s.snap.Load())
	s.changing.Unlock()
	s.completions.rest()
}

func newSignal() chan struct{} { return make(chan struct{}) }

// changes returns a channel that is closed when the snapshot is not current any more.
func (s *session) changes(snap *analysis.Snapshot) <-chan struct{} {
	s.changing.Lock()
	defer s.changing.Unlock()
	if !s.snap.Load().Same(snap) {
		done := newSignal()
		close(done)
		return done
	}
	return s.moved
}

// background runs f on a goroutine that the end of the session waits for. f must heed
// its context.
func (s *session) background(f func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.tasks.Go(func() { f(s.ctx) })
	}
}

// lifecycle are the methods that are no features.
func (s *session) lifecycle() map[string]wire.Method {
	note := func(f func(params []byte) error) wire.Method { return wire.Method{Notification: f} }
	return map[string]wire.Method{
		"initialize":                          {Inline: true, Request: s.initialize},
		"initialized":                         note(s.whenInitialized),
		"textDocument/didOpen":                note(s.didOpen),
		"textDocument/didChange":              note(s.didChange),
		"textDocument/didClose":               note(s.didClose),
		"textDocument/didSave":                note(s.didSave),
		"workspace/didChangeConfiguration":    note(s.didChangeConfiguration),
		"workspace/didChangeWatchedFiles":     note(s.didChangeWatchedFiles),
		"workspace/didChangeWorkspaceFolders": note(s.didChangeWorkspaceFolders),
		"workspace/didRenameFiles":            note(s.didRenameFiles),
		"window/workDoneProgress/cancel":      note(s.progresses.cancelled),
	}
}

// initialize reads what the client says of itself, and answers what the server can do.
func (s *session) initialize(params []byte) (wire.Work, error) {
	var p protocol.InitializeParams
	if err := wire.Decode(params, &p); err != nil {
		return nil, err
	}
	return func(context.Context) (any, error) {
		if e := s.authorize(p.InitializationOptions); e != nil {
			return nil, e
		}
		s.client, s.options = p.Capabilities, p.InitializationOptions
		if p.ClientInfo != nil {
			s.clientName = p.ClientInfo.Name
		}
		name, extension := negotiate(s.client)
		s.encoding, _ = encodingOf(name)
		s.positions = name
		s.initialSettings()
		s.workspace.begin(&p)
		if p.ProcessID != nil && !s.accepted {
			s.watchParent(*p.ProcessID)
		}
		result := &protocol.InitializeResult{
			Capabilities: s.capabilities(name),
			ServerInfo:   &protocol.Info{Name: "llmspell", Version: s.server.opts.Version},
		}
		if extension {
			result.OffsetEncoding = name
		}
		s.initialized.Store(true)
		s.server.idle.used()
		s.log.Info("a client is served", zap.String("name", s.clientName), zap.String("positions", name))
		return result, nil
	}, nil
}

// authorize checks the token, where clients must have one.
func (s *session) authorize(options json.RawMessage) *wire.Error {
	if s.token == "" {
		return nil
	}
	var given struct {
		Token string `json:"token"`
	}
	_ = json.Unmarshal(options, &given) // options that cannot be read have no token
	if socket.SameToken(given.Token, s.token) {
		s.known()
		return nil
	}
	socket.Sleep(s.ctx, socket.WrongTokenDelay)
	e := wire.Errorf(wire.CodeRequestFailed, "wrong token: give the server's as \"token\" in the initializationOptions")
	e.Data, e.Close = protocol.InitializeError{Retry: false}, true
	return e
}

// capabilities are what the server can do for this client.
func (s *session) capabilities(encoding string) protocol.ServerCapabilities {
	c := protocol.ServerCapabilities{
		PositionEncoding: encoding,
		TextDocumentSync: &protocol.TextDocumentSync{
			OpenClose: true, Change: protocol.SyncIncremental, Save: &protocol.SaveOptions{},
		},
		Workspace: protocol.WorkspaceCapabilities{
			WorkspaceFolders: protocol.WorkspaceFoldersOptions{Supported: true, ChangeNotifications: true},
		},
	}
	for _, f := range features() {
		if f.announce != nil {
			f.announce(s, &c)
		}
	}
	return c
}

// whenInitialized begins what needs a client that can be asked.
func (s *session) whenInitialized([]byte) error {
	s.background(func(ctx context.Context) {
		s.register(ctx)
		s.pullSettings(ctx)
		s.settingFaults.begin() // when the settings are known: what they mend is not shown
	})
	s.workspace.scan()
	s.ready.Store(true)
	s.tellOfKernel()
	return nil
}

// catalogChanged takes another catalogue. A client that cannot be asked yet asks later.
func (s *session) catalogChanged() {
	s.change(func(snap *analysis.Snapshot) *analysis.Snapshot { return snap.WithCatalog(s.server.opts.Catalog()) })
	if s.initialized.Load() {
		s.refreshAll()
	}
}

// refreshAll makes the client ask again for what depends on more than one file, and
// checks all open files again.
func (s *session) refreshAll() {
	s.diagnostics.all()
	s.background(s.refresh)
}

// watchParent ends the session when the process that has started the server is gone.
func (s *session) watchParent(pid int64) {
	if !alive(pid) {
		return // it is a process of another machine, or another world of names
	}
	s.background(func(ctx context.Context) {
		ticker := time.NewTicker(parentInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if !alive(pid) {
					s.log.Warn("the client's process is gone", zap.Int64("pid", pid))
					s.conn.End(wire.ErrNoShutdown)
					return
				}
			}
		}
	})
}

// parentInterval is how often it is looked for the client's process.
const parentInterval = 2 * time.Second
