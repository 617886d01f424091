package api

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/tool"
)

// newMessageID makes an id that names nothing of this machine.
func newMessageID(domain string) string { return rand.Text() + "@" + domain }

// smtpServer is what the settings say about the mail server.
type smtpServer struct {
	host, security string
	port           int
	user, password string
	tls            *tls.Config
}

func smtpSettings(call *tool.Call) (s smtpServer, err error) {
	s = smtpServer{host: strings.TrimSpace(call.Setting("smtp_host")), security: strings.ToLower(call.Setting("smtp_security")),
		user: call.Setting("smtp_username"), password: call.Setting("smtp_password")}
	if s.security == "" {
		s.security = "starttls"
	}
	ports := map[string]int{"starttls": 587, "tls": 465, "none": 25}
	var known bool
	if s.port, known = ports[s.security]; !known {
		return s, tool.Errorf(tool.NotConfigured, "the setting smtp_security is %q; it must be starttls, tls or none", clip(s.security, 30))
	}
	if text := call.Setting("smtp_port"); text != "" {
		if s.port, err = strconv.Atoi(text); err != nil || s.port < 1 || s.port > 65535 {
			return s, tool.Errorf(tool.NotConfigured, "the setting smtp_port is %q; it must be a number between 1 and 65535", clip(text, 30))
		}
	}
	if s.tls, err = httpx.TLSConfig(call.Setting("ca_file"), false); err == nil {
		s.tls.ServerName = s.host
	}
	return s, err
}

// options configure the library's client for a server.
func (s *smtpServer) options(ctx context.Context, dial mail.DialContextFunc) []mail.Option {
	limit := time.Minute
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(time.Until(deadline), 0) + 5*time.Second // later than the context, which says it better
	}
	options := []mail.Option{mail.WithPort(s.port), mail.WithTLSConfig(s.tls), mail.WithTimeout(limit), mail.WithDialContextFunc(dial),
		mail.WithHELO("localhost"), mail.WithoutNoop()}
	switch s.security {
	case "starttls":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default: // a TLS connection is made by dial
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.user != "" {
		// Without TLS the library gives PLAIN and LOGIN to a server on this machine only.
		options = append(options, mail.WithUsername(s.user), mail.WithPassword(s.password), mail.WithOpportunisticSMTPAuth(
			mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
	}
	return options
}

// sendSMTP talks to the mail server over a connection of the sandbox, which ends with
// the context whatever the server does.
func sendSMTP(ctx context.Context, call *tool.Call, m *message) (delivery, error) {
	s, err := smtpSettings(call)
	if err != nil {
		return delivery{}, err
	}
	where := "the mail server " + net.JoinHostPort(s.host, strconv.Itoa(s.port))
	phase := "connecting"
	var open net.Conn
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := call.Sandbox.DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		conn = &boundedConn{Conn: conn, left: maxSMTPAnswers}
		open = conn
		phase = "greeting and logging in"
		if s.security == "tls" {
			secure := tls.Client(conn, s.tls)
			if err := secure.HandshakeContext(ctx); err != nil {
				conn.Close()
				return nil, err
			}
			open = secure
		}
		// A read or write that waits ends at once when the call does.
		context.AfterFunc(ctx, func() { conn.Close() })
		return open, nil
	}
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := mail.NewClient(s.host, s.options(own, dial)...)
	if err != nil {
		return delivery{}, tool.Errorf(tool.NotConfigured, "the settings of the mail server are wrong: %w", err)
	}
	defer func() {
		if open != nil {
			open.Close()
		}
	}()
	session, err := client.DialToSMTPClientWithContext(own)
	if err != nil {
		return delivery{}, s.explain(ctx, where, phase, err)
	}
	phase = "sending the mail"
	if err := client.SendWithSMTPClient(session, m.msg); err != nil && !m.msg.IsDelivered() {
		return delivery{}, s.explain(ctx, where, phase, err)
	}
	// The server has the mail; how the good-bye goes does not matter.
	_ = client.CloseWithSMTPClient(session)
	return delivery{response: m.msg.ServerResponse()}, nil
}

// explain says what the server did not like. Answers of SMTP have three digits:
// those with 4 may be better later, those with 5 not.
func (s *smtpServer) explain(ctx context.Context, where, phase string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: stopped while %s: %w", where, phase, ctx.Err())
	}
	text := err.Error()
	if s.password != "" {
		text = strings.ReplaceAll(text, s.password, httpx.Hidden)
	}
	var answered *textproto.Error
	var sending *mail.SendError
	e := &tool.Error{Code: tool.RemoteFailed, Details: map[string]any{"phase": phase}}
	switch {
	case errors.As(err, &answered):
		e.Message = fmt.Sprintf("%s refused while %s: %d %s", where, phase, answered.Code, clip(answered.Msg, 300))
		e.Temporary = answered.Code/100 == 4
		e.Details["smtp_code"] = answered.Code
		if answered.Code == 535 || answered.Code == 534 || answered.Code == 530 {
			e.Message += "; check smtp_username and smtp_password"
		}
	case errors.As(err, &sending) && sending.ErrorCode() != 0:
		e.Message = fmt.Sprintf("%s refused the mail: %s", where, clip(strings.ReplaceAll(text, "\n", " "), 400))
		e.Temporary = sending.IsTemp()
		e.Details["smtp_code"] = sending.ErrorCode()
	case strings.Contains(text, "STARTTLS"):
		e.Message = where + ": the server does not offer STARTTLS; set smtp_security to tls, or to none where the network is trusted"
	case errors.Is(err, errTalksTooMuch):
		e.Code, e.Message = tool.LimitExceeded, where+": "+errTalksTooMuch.Error()
	case errors.Is(err, mail.ErrNoSupportedAuthDiscovered) || strings.Contains(text, "AUTH") || strings.Contains(text, "unencrypted connection"):
		e.Message = where + ": logging in is not possible: " + clip(text, 200)
	default:
		return httpx.Explain(ctx, where, phase, err)
	}
	return e
}

// maxSMTPAnswers bounds what a mail server may say in one session; the
// library keeps each answer whole.
const maxSMTPAnswers = 1 << 20

var errTalksTooMuch = errors.New("the server answers with more than 1 MB")

// boundedConn ends with an error when too much has been read from it.
type boundedConn struct {
	net.Conn
	left int
}

// Read counts what it reads.
func (b *boundedConn) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalksTooMuch
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
