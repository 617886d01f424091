package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// mailRunner runs email-sender with a mail server.
func mailRunner(t testing.TB, s *nettest.SMTP, more map[string]string) *tooltest.Runner {
	t.Helper()
	s.Start(t)
	r := runner(t)
	r.Settings = map[string]string{"smtp_host": s.Host, "smtp_port": s.Port, "smtp_security": "none"}
	for k, v := range more {
		r.Settings[k] = v
	}
	return r
}

func simpleMail() map[string]any {
	return map[string]any{"from": "Ada <ada@example.com>", "to": "bob@example.com", "subject": "Hi", "body": "Line one\n.\n..dots\nend"}
}

func with(m map[string]any, more ...any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

func TestEmailOverSMTP(t *testing.T) {
	ca := nettest.NewAuthority(t)
	cert := ca.Issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	for name, test := range map[string]struct {
		server   *nettest.SMTP
		settings map[string]string
		secure   bool
		user     string
	}{
		"plain":    {server: &nettest.SMTP{}},
		"starttls": {server: &nettest.SMTP{Cert: &cert}, settings: map[string]string{"smtp_security": "starttls", "ca_file": ca.File}, secure: true},
		"tls":      {server: &nettest.SMTP{Cert: &cert, Implicit: true}, settings: map[string]string{"smtp_security": "tls", "ca_file": ca.File}, secure: true},
		"login plain": {server: &nettest.SMTP{Cert: &cert, User: "joe", Password: "hunter2"}, secure: true, user: "joe",
			settings: map[string]string{"smtp_security": "starttls", "ca_file": ca.File, "smtp_username": "joe", "smtp_password": "hunter2"}},
		"login login": {server: &nettest.SMTP{Cert: &cert, Implicit: true, User: "joe", Password: "hunter2", Mechanisms: "LOGIN"}, secure: true, user: "joe",
			settings: map[string]string{"smtp_security": "tls", "ca_file": ca.File, "smtp_username": "joe", "smtp_password": "hunter2"}},
		"login on this machine": {server: &nettest.SMTP{User: "joe", Password: "hunter2"}, user: "joe",
			settings: map[string]string{"smtp_username": "joe", "smtp_password": "hunter2"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := mailRunner(t, test.server, test.settings)
			v, err := call(t, r, "email-sender", with(simpleMail(), "cc", []any{"Eve <eve@example.com>"}, "bcc", "hidden@example.com, bob@example.com", "reply_to", "answers@example.com"))
			if err != nil {
				t.Fatal(err)
			}
			if v["sent"] != true || v["provider"] != "smtp" || len(v["accepted"].([]any)) != 3 || !strings.Contains(v["server_response"].(string), "queued as 42") {
				t.Errorf("the result is %v", v)
			}
			mails := test.server.Mails()
			if len(mails) != 1 {
				t.Fatalf("%d mails came", len(mails))
			}
			m := mails[0]
			if m.From != "ada@example.com" || m.Secure != test.secure || m.User != test.user ||
				!strings.Contains(strings.Join(m.To, " "), "hidden@example.com") || strings.Contains(m.Data, "hidden@") {
				t.Errorf("the mail is %+v", m)
			}
			parsed, perr := netmail.ReadMessage(strings.NewReader(m.Data))
			if perr != nil {
				t.Fatal(perr)
			}
			body, _ := io.ReadAll(parsed.Body)
			if got := strings.ReplaceAll(string(body), "\r\n", "\n"); !strings.HasPrefix(got, "Line one\n.\n..dots\nend") {
				t.Errorf("the body is %q", got)
			}
			if parsed.Header.Get("Reply-To") != "<answers@example.com>" || parsed.Header.Get("Message-ID") == "" || parsed.Header.Get("Date") == "" ||
				"<"+v["message_id"].(string)+">" != parsed.Header.Get("Message-ID") {
				t.Errorf("the headers are %v, the id %v", parsed.Header, v["message_id"])
			}
		})
	}
}

func TestEmailParts(t *testing.T) {
	s := &nettest.SMTP{}
	r := mailRunner(t, s, map[string]string{"from": "default@example.com"})
	write(t, r, "data.csv", "id\n1\n")
	write(t, r, "b.bin", "\x00\xff\r\n.\r\n")
	_, err := call(t, r, "email-sender", map[string]any{"to": []any{"bob@example.com"}, "subject": "Größe ✓", "body": "<p>é</p>", "html": true, "text": "é plain",
		"attachments": []any{"data.csv", map[string]any{"path": "b.bin", "name": "other \"q\".bin", "content_type": "application/x-test"}}, "headers": map[string]any{"X-Tag": "a", "List-Id": 5}})
	if err != nil {
		t.Fatal(err)
	}
	m, perr := netmail.ReadMessage(strings.NewReader(s.Mails()[0].Data))
	if perr != nil {
		t.Fatal(perr)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if subject != "Größe ✓" || m.Header.Get("From") != "<default@example.com>" || m.Header.Get("X-Tag") != "a" || m.Header.Get("List-Id") != "5" {
		t.Errorf("headers: %v", m.Header)
	}
	kind, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if kind != "multipart/mixed" {
		t.Fatalf("the type is %s", kind)
	}
	var names []string
	mr := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := mr.NextPart()
		if err != nil {
			break
		}
		t1, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		names = append(names, t1+" "+p.FileName())
	}
	if got := strings.Join(names, ";"); got != `multipart/alternative ;text/csv data.csv;application/x-test other _q_.bin` {
		t.Errorf("the parts are %s", got)
	}
}

func TestEmailRefusals(t *testing.T) {
	s := &nettest.SMTP{}
	r := mailRunner(t, s, nil)
	write(t, r, "big", strings.Repeat("x", maxAttached+1))
	linkOut(t, r, "link")
	m := simpleMail()
	for _, test := range []struct {
		params map[string]any
		says   string
		code   tool.Code
	}{
		{with(m, "from", ""), `"from" is missing`, tool.InvalidParameters},
		{with(m, "from", "a@example.com, b@example.com"), "expected one address, got 2", tool.InvalidParameters},
		{with(m, "from", "ada@example.com\r\nBcc: x@example.com"), "line break", tool.InvalidParameters},
		{with(m, "from", 5), `"from" is wrong`, tool.InvalidParameters},
		{with(m, "to", ""), "at least one address", tool.InvalidParameters},
		{with(m, "to", []any{}), "at least one address", tool.InvalidParameters},
		{with(m, "to", "nobody"), "expected e-mail addresses", tool.InvalidParameters},
		{with(m, "to", []any{"a@example.com", "b@example.com\nX: y"}), `"to[2]" is wrong`, tool.InvalidParameters},
		{with(m, "to", `"a> RCPT TO:<x"@example.com`), "expected e-mail addresses", tool.InvalidParameters},
		{with(m, "to", strings.Repeat("a@example.com,", 101)+"b@example.com"), "at most 100 recipients", tool.InvalidParameters},
		{with(m, "to", 5), `"to" is wrong`, tool.InvalidParameters},
		{with(m, "cc", "x"), `"cc" is wrong`, tool.InvalidParameters},
		{with(m, "bcc", "x"), `"bcc" is wrong`, tool.InvalidParameters},
		{with(m, "reply_to", "x"), `"reply_to" is wrong`, tool.InvalidParameters},
		{with(m, "subject", "a\r\nBcc: evil@example.com"), `"subject" is wrong: expected one line`, tool.InvalidParameters},
		{with(m, "subject", strings.Repeat("a", 1000)), `"subject" is wrong`, tool.InvalidParameters},
		{with(m, "body", strings.Repeat("a", maxMailBody+1)), "at most 5 MB", tool.InvalidParameters},
		{with(m, "body", 5), `"body" is wrong`, tool.InvalidParameters},
		{with(m, "html", "yes"), `"html" is wrong`, tool.InvalidParameters},
		{with(m, "text", "x"), "is for mails whose body is HTML", tool.InvalidParameters},
		{with(m, "headers", map[string]any{"Bcc": "x"}), "cannot be set here", tool.InvalidParameters},
		{with(m, "headers", map[string]any{"X-A": "a\nb"}), "one line of text", tool.InvalidParameters},
		{with(m, "headers", map[string]any{"X A": "a"}), "names of headers", tool.InvalidParameters},
		{with(m, "headers", map[string]any{"X-A": []any{}}), "expected a text", tool.InvalidParameters},
		{with(m, "attachments", "x"), `"attachments" is wrong`, tool.InvalidParameters},
		{with(m, "attachments", []any{"none"}), "no such file", tool.ResourceNotFound},
		{with(m, "attachments", []any{"/etc/passwd"}), "outside the allowed folders", tool.PermissionDenied},
		{with(m, "attachments", []any{"link"}), "leads out", tool.PermissionDenied},
		{with(m, "attachments", []any{"big"}), "more than 20 MB", tool.LimitExceeded},
		{with(m, "attachments", []any{map[string]any{"path": "big", "content_type": "x\r\ny: z"}}), "a type such as", tool.InvalidParameters},
		{with(m, "attachments", []any{map[string]any{"path": "big", "name": "x\r\ny: z"}}), "one line", tool.InvalidParameters},
		{with(m, "provider", "pigeon"), `"provider" is wrong`, tool.InvalidParameters},
		{with(m, "provider", "sendgrid"), "set the environment variable LLMSPELL_TOOLS_EMAIL_SENDER_SENDGRID_API_KEY or SENDGRID_API_KEY", tool.NotConfigured},
		{with(m, "provider", "ses"), "needs the setting ses_access_key_id", tool.NotConfigured},
		{with(m, "timeout", 0), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "dry_run", 1), `"dry_run" is wrong`, tool.InvalidParameters},
	} {
		_, err := call(t, r, "email-sender", test.params)
		if err == nil || err.Code != test.code || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%.80v: %v; want %s: %s", test.params, err, test.code, test.says)
		}
	}
	if n := len(s.Mails()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	r.Settings = nil
	if _, err := call(t, r, "email-sender", m); err == nil || err.Code != tool.NotConfigured || !strings.Contains(err.Message, "SMTP_HOST") {
		t.Errorf("without settings: %v", err)
	}
	v, err := call(t, r, "email-sender", with(m, "dry_run", true))
	if err != nil || v["sent"] != false || !strings.Contains(v["preview"].(string), "Subject: Hi") {
		t.Errorf("dry run: %v, %v", v, err)
	}
}

func TestMailServersThatRefuse(t *testing.T) {
	ca, stranger := nettest.NewAuthority(t), nettest.NewAuthority(t)
	cert := ca.Issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	expired := ca.Issue(t, "127.0.0.1", time.Now().Add(-time.Minute))
	answer := func(to, reply string) func(string) string {
		return func(command string) string {
			if to == "" && command == "" || to != "" && strings.HasPrefix(command, to) {
				return reply
			}
			return ""
		}
	}
	tls := map[string]string{"smtp_security": "tls", "ca_file": ca.File}
	login := func(more ...string) map[string]string {
		m := map[string]string{"smtp_username": "joe", "smtp_password": "hunter2"}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	for name, test := range map[string]struct {
		server    *nettest.SMTP
		settings  map[string]string
		says      string
		temporary bool
	}{
		"greeting":        {&nettest.SMTP{Answer: answer("", "554 go away")}, nil, "554 go away", false},
		"greeting later":  {&nettest.SMTP{Answer: answer("", "421 busy")}, nil, "421 busy", true},
		"sender":          {&nettest.SMTP{Answer: answer("MAIL", "550 5.7.1 sender refused")}, nil, "sender refused", false},
		"recipient":       {&nettest.SMTP{Answer: answer("RCPT", "550 5.1.1 no such user")}, nil, "no such user", false},
		"recipient later": {&nettest.SMTP{Answer: answer("RCPT", "451 4.7.1 greylisted")}, nil, "greylisted", true},
		"data":            {&nettest.SMTP{Answer: answer(".", "552 5.3.4 too big")}, nil, "too big", false},
		"not SMTP":        {&nettest.SMTP{Answer: answer("", "HTTP/1.1 400 Bad Request")}, nil, "", false},
		"no starttls":     {&nettest.SMTP{}, map[string]string{"smtp_security": "starttls"}, "does not offer STARTTLS", false},
		"no TLS":          {&nettest.SMTP{}, tls, "does not speak TLS", false},
		"expired":         {&nettest.SMTP{Cert: &expired, Implicit: true}, tls, "certificate expired on", false},
		"unknown":         {&nettest.SMTP{Cert: &cert, Implicit: true}, map[string]string{"smtp_security": "tls", "ca_file": stranger.File}, "an authority that is not trusted", false},
		"unknown later":   {&nettest.SMTP{Cert: &cert}, map[string]string{"smtp_security": "starttls", "ca_file": stranger.File}, "an authority that is not trusted", false},
		"password":        {&nettest.SMTP{User: "joe", Password: "other"}, login(), "535", false},
		"login needed":    {&nettest.SMTP{User: "joe", Password: "x"}, nil, "authentication required", false},
		"no login":        {&nettest.SMTP{}, login(), "logging in is not possible", false},
		"strange login":   {&nettest.SMTP{User: "joe", Mechanisms: "XOAUTH2"}, login(), "logging in is not possible", false},
		"security":        {&nettest.SMTP{}, map[string]string{"smtp_security": "maybe"}, "must be starttls, tls or none", false},
		"port":            {&nettest.SMTP{}, map[string]string{"smtp_port": "0"}, "must be a number between", false},
		"ca_file":         {&nettest.SMTP{}, map[string]string{"ca_file": "/none"}, "ca_file", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := mailRunner(t, test.server, test.settings)
			_, err := call(t, r, "email-sender", simpleMail())
			if err == nil || !strings.Contains(err.Message, test.says) || err.Temporary != test.temporary && test.says != "" {
				t.Fatalf("got %v (temporary %v); want %q", err, err != nil && err.Temporary, test.says)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the password: %v", err)
			}
			if len(test.server.Mails()) != 0 {
				t.Error("the mail was taken")
			}
		})
	}
}

func TestEmailSandboxAndTime(t *testing.T) {
	s := &nettest.SMTP{}
	allowed := mailRunner(t, s, nil)
	denied := allowed.Allow(t, func(p *sandbox.Policy) { p.Net = sandbox.Rule{} })
	if _, err := call(t, denied, "email-sender", simpleMail()); err == nil || err.Code != tool.PermissionDenied || err.Details["flag"] == nil {
		t.Errorf("without permission: %v", err)
	}
	for _, at := range []string{"", "EHLO", "MAIL", "RCPT", "."} {
		slow := &nettest.SMTP{Answer: func(command string) string {
			if at == "" && command == "" || at != "" && strings.HasPrefix(command, at) {
				<-t.Context().Done()
			}
			return ""
		}}
		r := mailRunner(t, slow, nil)
		start := time.Now()
		_, err := call(t, r, "email-sender", with(simpleMail(), "timeout", 0.1))
		if err == nil || err.Code != tool.Timeout || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("slow at %q: %v", at, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err = callContext(t, ctx, r, "email-sender", simpleMail())
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("slow at %q: %v; want the caller's deadline", at, err)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("slow at %q: took %v", at, d)
		}
	}
	chatty := runner(t)
	host, port, _ := net.SplitHostPort(nettest.TCP(t, func(c net.Conn) {
		for {
			if _, err := io.WriteString(c, "220-"+strings.Repeat("x", 1000)+"\r\n"); err != nil {
				return
			}
		}
	}))
	chatty.Settings = map[string]string{"smtp_host": host, "smtp_port": port, "smtp_security": "none"}
	if _, err := call(t, chatty, "email-sender", simpleMail()); err == nil || err.Code != tool.LimitExceeded {
		t.Errorf("a server that talks without end: %v", err)
	}
}
