package nettest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Mail is a mail that an SMTP server has taken.
type Mail struct {
	From   string
	To     []string
	Data   string // with the dots of the protocol undone
	Secure bool   // came over TLS
	User   string // who was logged in
}

// SMTP is a mail server (RFC 5321) for tests.
type SMTP struct {
	// Cert makes the server speak TLS: after STARTTLS, or, with Implicit, from the beginning.
	Cert     *tls.Certificate
	Implicit bool
	// User and Password are who may send; without a User anybody may.
	User, Password string
	// Mechanisms that AUTH offers; "PLAIN LOGIN" when empty.
	Mechanisms string
	// Answer, when not nil, may answer a command itself: the whole reply, or "" for
	// the usual one. It may wait.
	Answer func(command string) string

	Host, Port string // where it listens, after Start

	mu    sync.Mutex
	mails []Mail
}

// Start starts the server; it ends with the test.
func (s *SMTP) Start(t testing.TB) *SMTP {
	t.Helper()
	s.Host, s.Port, _ = net.SplitHostPort(TCP(t, func(conn net.Conn) {
		if s.Implicit {
			conn = tls.Server(conn, s.config())
		}
		(&smtpSession{server: s, conn: conn, secure: s.Implicit, r: bufio.NewReader(conn)}).serve()
	}))
	return s
}

func (s *SMTP) config() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{*s.Cert}} }

// Mails returns what came.
func (s *SMTP) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

type smtpSession struct {
	server *SMTP
	conn   net.Conn
	r      *bufio.Reader
	secure bool
	mail   Mail
	user   string
}

func (c *smtpSession) say(text string) { io.WriteString(c.conn, text+"\r\n") }

func (c *smtpSession) line() (string, bool) {
	text, err := c.r.ReadString('\n')
	return strings.TrimRight(text, "\r\n"), err == nil
}

func (c *smtpSession) serve() {
	greeting := "220 test ready"
	if c.server.Answer != nil {
		if own := c.server.Answer(""); own != "" {
			greeting = own
		}
	}
	c.say(greeting)
	for {
		command, ok := c.line()
		if !ok {
			return
		}
		if c.server.Answer != nil {
			if own := c.server.Answer(command); own != "" {
				c.say(own)
				continue
			}
		}
		verb, rest, _ := strings.Cut(command, " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			c.hello()
		case "STARTTLS":
			c.say("220 go ahead")
			c.conn = tls.Server(c.conn, c.server.config())
			c.r, c.secure = bufio.NewReader(c.conn), true
		case "AUTH":
			c.auth(rest)
		case "MAIL":
			if c.server.User != "" && c.user == "" {
				c.say("530 authentication required")
				continue
			}
			c.mail = Mail{From: inAngles(rest), Secure: c.secure, User: c.user}
			c.say("250 ok")
		case "RCPT":
			c.mail.To = append(c.mail.To, inAngles(rest))
			c.say("250 ok")
		case "DATA":
			c.say("354 go ahead")
			if !c.data() {
				return
			}
		case "RSET", "NOOP":
			c.say("250 ok")
		case "QUIT":
			c.say("221 bye")
			return
		default:
			c.say("502 unknown command")
		}
	}
}

func (c *smtpSession) hello() {
	lines := []string{"test", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 30000000"}
	if c.server.Cert != nil && !c.secure {
		lines = append(lines, "STARTTLS")
	}
	if c.server.User != "" {
		mechanisms := c.server.Mechanisms
		if mechanisms == "" {
			mechanisms = "PLAIN LOGIN"
		}
		lines = append(lines, "AUTH "+mechanisms)
	}
	for i, l := range lines {
		separator := "-"
		if i == len(lines)-1 {
			separator = " "
		}
		c.say("250" + separator + l)
	}
}

func (c *smtpSession) auth(rest string) {
	mechanism, initial, _ := strings.Cut(rest, " ")
	ask := func(prompt string) string {
		c.say("334 " + base64.StdEncoding.EncodeToString([]byte(prompt)))
		text, _ := c.line()
		return text
	}
	decode := func(s string) string { b, _ := base64.StdEncoding.DecodeString(s); return string(b) }
	var user, password string
	switch mechanism {
	case "PLAIN":
		if initial == "" {
			initial = ask("")
		}
		parts := strings.Split(decode(initial), "\x00")
		if len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		if initial != "" {
			user = decode(initial)
		} else {
			user = decode(ask("Username:"))
		}
		password = decode(ask("Password:"))
	}
	if user == "" || user != c.server.User || password != c.server.Password {
		c.say(fmt.Sprintf("535 5.7.8 %s is not welcome", user))
		return
	}
	c.user = user
	c.say("235 welcome")
}

// data reads a mail up to the line with a single dot.
func (c *smtpSession) data() bool {
	var b strings.Builder
	for {
		text, ok := c.line()
		if !ok {
			return false
		}
		if text == "." {
			break
		}
		b.WriteString(strings.TrimPrefix(text, ".") + "\r\n")
	}
	if c.server.Answer != nil {
		if own := c.server.Answer("."); own != "" {
			c.say(own)
			return true
		}
	}
	c.mail.Data = b.String()
	c.server.mu.Lock()
	c.server.mails = append(c.server.mails, c.mail)
	c.server.mu.Unlock()
	c.say("250 2.0.0 queued as 42")
	return true
}

func inAngles(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
