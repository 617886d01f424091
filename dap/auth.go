package dap

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// TokenVariable is the environment variable that holds a server's token when
// no file is named.
const TokenVariable = "LLMSPELL_DAP_TOKEN"

const (
	// minTokenChars hold 128 bits in base64; hexadecimal digits need more.
	minTokenChars = 22
	minTokenHex   = 32
	// minTokenKinds is how many different characters a token has at least:
	// "aaaa…" is long enough and worth nothing.
	minTokenKinds = 8
	// authTimeout is how long a peer may take to show its token.
	authTimeout = 10 * time.Second
)

// CheckToken refuses a token that is too weak to protect a server.
func CheckToken(token string) error {
	need := minTokenChars
	if strings.Trim(token, "0123456789abcdefABCDEF") == "" {
		need = minTokenHex
	}
	kinds := map[rune]bool{}
	for _, c := range token {
		if c <= ' ' || c > '~' {
			return errors.New("the token has a space, or a character that is not ASCII")
		}
		kinds[c] = true
	}
	if len(token) < need || len(kinds) < minTokenKinds {
		return fmt.Errorf("the token is too weak: want at least 128 random bits, for example from `openssl rand -hex 32`")
	}
	return nil
}

// ReadToken returns the token from a file of this user's only, or from the
// environment variable LLMSPELL_DAP_TOKEN when file is "". Neither given, it
// returns "".
func ReadToken(file string) (string, error) {
	token := os.Getenv(TokenVariable)
	if file != "" {
		info, err := os.Stat(file)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
			return "", fmt.Errorf("token file %s is open to other users (mode %04o): run chmod 600 on it", file, mode)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		if token = strings.TrimSpace(string(text)); token == "" {
			return "", fmt.Errorf("token file %s is empty", file)
		}
	}
	if token == "" {
		return "", nil
	}
	return token, CheckToken(token)
}

// NewToken makes a token of 256 bits.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// sameToken compares in a time that tells nothing of the tokens.
func sameToken(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// unauthorized is the error after which a connection is closed.
type unauthorized struct{ *requestError }

func (e unauthorized) Unwrap() error { return e.requestError }

func refusePeer(format string, args ...any) error {
	return unauthorized{&requestError{kind: kindUnauthorized, text: fmt.Sprintf(format, args...), show: true}}
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
	case args.Token != "" && sameToken(args.Token, s.server.opts.Token):
		s.authorized.Store(true)
		return nil
	case r.command == "disconnect" || r.command == "initialize" && args.Token == "":
		return nil
	}
	s.server.failures.add(s.peer, time.Now())
	if args.Token != "" {
		return refusePeer("%s: wrong token", r.command)
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

// isUnauthorized tells whether err must end the connection.
func isUnauthorized(err error) bool {
	_, ok := errors.AsType[unauthorized](err)
	return ok
}

// failures makes peers wait that have shown a wrong token.
type failures struct {
	mu    sync.Mutex
	peers map[string]failure
}

type failure struct {
	count int
	until time.Time
}

const (
	firstBackOff = time.Second
	maxBackOff   = time.Minute
	// maxFailures bounds the memory of failed peers.
	maxFailures = 1024
)

// add counts a failure of a peer. The wait doubles with each.
func (f *failures) add(peer string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.peers == nil {
		f.peers = map[string]failure{}
	}
	old := f.peers[peer]
	if len(f.peers) >= maxFailures {
		for name, one := range f.peers {
			if len(f.peers) >= maxFailures || now.Sub(one.until) > maxBackOff {
				delete(f.peers, name)
			}
		}
	}
	wait := min(firstBackOff<<min(old.count, 10), maxBackOff)
	f.peers[peer] = failure{old.count + 1, now.Add(wait)}
}

// wait returns how long a peer must stay away.
func (f *failures) wait(peer string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.peers[peer]
	if ok && now.Sub(one.until) > 10*maxBackOff {
		delete(f.peers, peer)
	}
	return max(0, one.until.Sub(now))
}

// peerName is what failures are counted under: the address of a peer without
// its port, and only the network of an IPv6 one, which has many.
func peerName(conn any) string {
	c, ok := conn.(net.Conn)
	if !ok {
		return ""
	}
	addr, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().Network()
	}
	ip := addr.Addr().Unmap().WithZone("")
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}
