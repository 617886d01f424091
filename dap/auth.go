package dap

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/llmspell/llmspell/internal/socket"
)

// TokenVariable is the environment variable that holds a server's token when
// no file is named.
const TokenVariable = "LLMSPELL_DAP_TOKEN"

// authTimeout is how long a peer may take to show its token.
const authTimeout = 10 * time.Second

// CheckToken refuses a token that is too weak to protect a server.
func CheckToken(token string) error { return socket.CheckToken(token) }

// ReadToken returns the token from a file of this user's only, or from the
// environment variable LLMSPELL_DAP_TOKEN when file is "". Neither given, it
// returns "".
func ReadToken(file string) (string, error) { return socket.ReadToken(file, TokenVariable) }

// NewToken makes a token of 256 bits.
func NewToken() string { return socket.NewToken() }

// unauthorized is the error after which a connection is closed, and before whose
// response the peer waits.
type unauthorized struct {
	*requestError
	delay time.Duration
}

func (e unauthorized) Unwrap() error { return e.requestError }

func refusePeer(format string, args ...any) unauthorized {
	return unauthorized{requestError: &requestError{kind: kindUnauthorized, text: fmt.Sprintf(format, args...), show: true}}
}

// authorize checks the token of a request, where the server wants one. The
// requests that carry it are initialize and, for editors that cannot add to
// that, launch and attach.
func (s *session) authorize(r *request) error {
	if s.authorized.Load() {
		return nil
	}
	var args struct {
		Token string `json:"token"`
	}
	carries := r.command == "initialize" || r.command == "launch" || r.command == "attach"
	if carries {
		_ = json.Unmarshal(r.arguments, &args) // what is wrong with them, the handler says
	}
	switch {
	case args.Token != "" && socket.SameToken(args.Token, s.server.opts.Token):
		s.authorized.Store(true)
		s.known()
		return nil
	case r.command == "disconnect" || r.command == "initialize" && args.Token == "":
		return nil
	}
	if args.Token != "" {
		err := refusePeer("%s: wrong token", r.command)
		err.delay = socket.WrongTokenDelay
		return err
	}
	return refusePeer("%s: this server wants a token: put \"token\" into the arguments of initialize, launch or attach", r.command)
}

// admit lets a request pass, or says why nothing is done for it.
func (s *session) admit(r *request) error {
	if err := s.authorize(r); err != nil {
		return err
	}
	if s.phase == phaseInitialized {
		s.invite()
	}
	if r.command == "launch" && s.server.opts.AttachOnly {
		return showUser(wrongState("launch: this server only lets clients attach: use attach"))
	}
	if s.server.opts.ReadOnly {
		return readOnly(r)
	}
	return nil
}

// invite asks the client for its breakpoints, once it has shown its token.
func (s *session) invite() {
	if !s.invited && s.authorized.Load() {
		s.invited = true
		s.emit("initialized", nil)
	}
}

// refused tells whether err must end the connection. It waits before it says so,
// where the peer must wait: that the peer cannot end, unlike a request's context.
func (s *session) refused(err error) bool {
	u, ok := errors.AsType[unauthorized](err)
	if ok {
		socket.Sleep(s.ctx, u.delay)
	}
	return ok
}
