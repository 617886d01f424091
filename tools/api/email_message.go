package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	netmail "net/mail"
	"path/filepath"
	"slices"
	"strings"

	mail "github.com/wneessen/go-mail"
	"golang.org/x/net/http/httpguts"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// What a mail may come to.
const (
	maxRecipients   = 100
	maxAttachments  = 20
	maxAttached     = 20 << 20
	maxMailBody     = 5 << 20
	maxAddressBytes = 320
)

// message is a mail that is ready to be sent.
type message struct {
	msg             *mail.Msg
	raw             []byte
	from, replyTo   *netmail.Address
	to, cc, bcc     []*netmail.Address
	subject         string
	body, alternate string
	html            bool
	headers         map[string]string
	files           []attachedFile
}

type attachedFile struct {
	name, kind string
	data       []byte
}

func (m *message) recipients() []string {
	var out []string
	for _, a := range slices.Concat(m.to, m.cc, m.bcc) {
		if !slices.Contains(out, a.Address) {
			out = append(out, a.Address)
		}
	}
	return out
}

// newMessage checks the parameters and builds the mail.
func newMessage(ctx context.Context, call *tool.Call) (*message, error) {
	p := call.Params
	m := &message{subject: p.String("subject"), body: p.String("body"), html: p.Bool("html"), alternate: p.String("text")}
	if err := m.readAddresses(call); err != nil {
		return nil, err
	}
	if hasControl(m.subject) {
		return nil, oneLine("subject")
	}
	for field, text := range map[string]string{"body": m.body, "text": m.alternate} {
		if len(text) > maxMailBody {
			return nil, &schema.FieldError{Path: field, Expected: fmt.Sprintf("at most %d MB", maxMailBody>>20), Found: fmt.Sprintf("%d bytes", len(text))}
		}
	}
	if m.alternate != "" && !m.html {
		return nil, &schema.FieldError{Path: "text", Problem: "is for mails whose body is HTML", Help: "set html, or leave text out"}
	}
	var err error
	if m.headers, err = mailHeaders(p.Map("headers")); err != nil {
		return nil, err
	}
	if err := m.readFiles(ctx, call); err != nil {
		return nil, err
	}
	return m, m.build()
}

func oneLine(field string) error {
	return &schema.FieldError{Path: field, Expected: "one line of text", Found: "a text with a line break or another control character"}
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func (m *message) readAddresses(call *tool.Call) error {
	p := call.Params
	from := p.String("from")
	if from == "" {
		from = call.Setting("from")
	}
	if from == "" {
		return &schema.FieldError{Path: "from", Problem: "is missing", Help: "pass it, or set from of email-sender"}
	}
	one := func(field, text string) (*netmail.Address, error) {
		list, err := addresses(field, text)
		if err == nil && len(list) != 1 {
			err = &schema.FieldError{Path: field, Expected: "one address", Found: fmt.Sprintf("%d", len(list))}
		}
		if err != nil {
			return nil, err
		}
		return list[0], nil
	}
	var err error
	if m.from, err = one("from", from); err != nil {
		return err
	}
	if reply := p.String("reply_to"); reply != "" {
		if m.replyTo, err = one("reply_to", reply); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		field string
		into  *[]*netmail.Address
	}{{"to", &m.to}, {"cc", &m.cc}, {"bcc", &m.bcc}} {
		if *f.into, err = addressList(f.field, p[f.field]); err != nil {
			return err
		}
	}
	if len(m.to) == 0 {
		return &schema.FieldError{Path: "to", Expected: "at least one address", Found: "none"}
	}
	if n := len(m.to) + len(m.cc) + len(m.bcc); n > maxRecipients {
		return &schema.FieldError{Path: "to", Expected: fmt.Sprintf("at most %d recipients, with cc and bcc", maxRecipients), Found: fmt.Sprintf("%d", n)}
	}
	return nil
}

// addressList reads a text or a list of texts.
func addressList(field string, v any) ([]*netmail.Address, error) {
	switch v := v.(type) {
	case string:
		if strings.TrimSpace(v) == "" {
			return nil, nil
		}
		return addresses(field, v)
	case []any:
		var out []*netmail.Address
		for i := range v {
			text, _ := v[i].(string)
			list, err := addresses(fmt.Sprintf("%s[%d]", field, i+1), text)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
		return out, nil
	}
	return nil, nil
}

// addresses parses addresses joined by commas. Nothing that could begin
// another header, or another command of SMTP, passes.
func addresses(field, text string) ([]*netmail.Address, error) {
	if hasControl(text) {
		return nil, oneLine(field)
	}
	list, err := netmail.ParseAddressList(text)
	if err != nil {
		return nil, &schema.FieldError{Path: field, Expected: "e-mail addresses such as ada@example.com", Value: text}
	}
	for _, a := range list {
		if len(a.Address) > maxAddressBytes || strings.ContainsAny(a.Address, "<> \"\\") || hasControl(a.Address) || hasControl(a.Name) {
			return nil, &schema.FieldError{Path: field, Expected: "e-mail addresses such as ada@example.com", Value: a.Address}
		}
	}
	return list, nil
}

// mailHeaders checks further headers: those that decide about delivery or
// structure are not the caller's to set.
func mailHeaders(given map[string]any) (map[string]string, error) {
	if len(given) > 50 {
		return nil, &schema.FieldError{Path: "headers", Expected: "at most 50 headers", Found: fmt.Sprintf("%d", len(given))}
	}
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		field := "headers." + clip(name, 60)
		if !httpguts.ValidHeaderFieldName(name) || len(name) > 60 {
			return nil, &schema.FieldError{Path: "headers", Expected: "names of headers: letters, digits and hyphens", Value: name}
		}
		switch l := strings.ToLower(name); {
		case strings.HasPrefix(l, "x-"):
		case slices.Contains([]string{"list-unsubscribe", "list-unsubscribe-post", "list-id", "in-reply-to", "references", "auto-submitted"}, l):
		default:
			return nil, &schema.FieldError{Path: field, Problem: "cannot be set here; use the parameters, or a name that begins with X-"}
		}
		text, ok := httpx.ScalarText(given[name])
		if !ok {
			return nil, &schema.FieldError{Path: field, Expected: "a text", Value: given[name]}
		}
		if hasControl(text) || len(text) > 900 {
			return nil, oneLine(field)
		}
		out[name] = text
	}
	return out, nil
}

// readFiles reads the attachments.
func (m *message) readFiles(ctx context.Context, call *tool.Call) error {
	list, _ := call.Params["attachments"].([]any)
	total := 0
	for i, v := range list {
		given, ok := v.(map[string]any)
		if !ok {
			given = map[string]any{"path": v}
		}
		p, field := tool.Params(given), fmt.Sprintf("attachments[%d]", i+1)
		f := attachedFile{name: p.String("name"), kind: p.String("content_type")}
		if f.name == "" {
			f.name = filepath.Base(p.String("path"))
		}
		if f.kind == "" {
			f.kind = typeOfName(f.name)
		}
		if hasControl(f.name) {
			return oneLine(field + ".name")
		}
		if hasControl(f.kind) || !strings.Contains(f.kind, "/") {
			return &schema.FieldError{Path: field + ".content_type", Expected: "a type such as text/csv", Value: f.kind}
		}
		file, err := call.Sandbox.OpenFile(p.String("path"))
		if err != nil {
			return err
		}
		f.data, err = io.ReadAll(io.LimitReader(tool.Reader(ctx, file), int64(maxAttached-total)+1))
		file.Close()
		if err != nil {
			return err
		}
		if total += len(f.data); total > maxAttached {
			return tool.Errorf(tool.LimitExceeded, "the attachments have more than %d MB in all", maxAttached>>20)
		}
		m.files = append(m.files, f)
	}
	return nil
}

// build makes the mail as it travels.
func (m *message) build() error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	msg.ToMailAddress(m.to...)
	msg.CcMailAddress(m.cc...)
	msg.BccMailAddress(m.bcc...)
	if m.replyTo != nil {
		msg.ReplyToMailAddress(m.replyTo)
	}
	msg.Subject(m.subject)
	msg.SetDate()
	_, domain, _ := strings.Cut(m.from.Address, "@")
	msg.SetMessageIDWithValue(newMessageID(domain))
	for name, value := range m.headers {
		msg.SetGenHeader(mail.Header(name), value)
	}
	if m.html && m.alternate != "" {
		msg.SetBodyString(mail.TypeTextPlain, m.alternate)
		msg.AddAlternativeString(mail.TypeTextHTML, m.body)
	} else {
		msg.SetBodyString(contentTypes(m.html), m.body)
	}
	for _, f := range m.files {
		msg.AttachReadSeeker(f.name, bytes.NewReader(f.data), mail.WithFileContentType(mail.ContentType(f.kind)))
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return tool.Errorf(tool.ExecutionFailed, "the mail could not be written: %w", err)
	}
	m.msg, m.raw = msg, raw.Bytes()
	return nil
}
