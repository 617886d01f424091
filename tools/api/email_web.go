package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	netmail "net/mail"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/tool"
)

// service makes one request to a mail service. It is repeated only when the
// service says that it has not acted on it.
func service(ctx context.Context, call *tool.Call, setting, address string, secrets []string, prepare func(*httpx.Request) error) (*httpx.Response, error) {
	u, err := httpx.ParseURL(setting, address)
	if err != nil {
		return nil, tool.Errorf(tool.NotConfigured, "the setting %s of email-sender is wrong: %w", setting, err)
	}
	r := &httpx.Request{Method: http.MethodPost, URL: u, Header: http.Header{}, MaxBytes: 1 << 20, MaxRedirects: -1, Retry: httpx.Retry{Max: 2}, Secrets: secrets}
	if err := prepare(r); err != nil {
		return nil, err
	}
	client, err := httpx.New(call.Sandbox, httpx.Options{CAFile: call.Setting("ca_file")})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	resp, err := client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if resp.Status >= 200 && resp.Status < 300 {
		return resp, nil
	}
	failed := resp.Failed()
	if failed == nil {
		failed = tool.Errorf(tool.RemoteFailed, "%s answered %d %s", httpx.Redact(resp.URL), resp.Status, resp.StatusText)
	}
	if why := serviceProblem(resp); why != "" {
		failed.Message += ": " + why
	}
	return nil, failed
}

// serviceProblem finds what a service says about a refusal.
func serviceProblem(resp *httpx.Response) string {
	v, err := resp.JSON()
	if err != nil {
		return ""
	}
	for _, path := range []string{"errors[0].message", "message", "Message"} {
		if text, found, _ := lookup(v, path); found {
			if s, ok := text.(string); ok {
				return clip(s, 300)
			}
		}
	}
	return ""
}

// sendSendGrid uses the interface v3/mail/send.
func sendSendGrid(ctx context.Context, call *tool.Call, m *message) (delivery, error) {
	one := func(a *netmail.Address) map[string]any {
		out := map[string]any{"email": a.Address}
		if a.Name != "" {
			out["name"] = a.Name
		}
		return out
	}
	seen := map[string]bool{} // SendGrid refuses an address that stands twice
	many := func(list []*netmail.Address) (out []any) {
		for _, a := range list {
			if !seen[a.Address] {
				seen[a.Address] = true
				out = append(out, one(a))
			}
		}
		return out
	}
	personal := map[string]any{}
	for _, f := range []struct {
		name string
		list []*netmail.Address
	}{{"to", m.to}, {"cc", m.cc}, {"bcc", m.bcc}} {
		if list := many(f.list); len(list) > 0 {
			personal[f.name] = list
		}
	}
	content := []any{map[string]any{"type": string(contentTypes(m.html)), "value": m.body}}
	if m.alternate != "" {
		content = append([]any{map[string]any{"type": "text/plain", "value": m.alternate}}, content...)
	}
	mail := map[string]any{"personalizations": []any{personal}, "from": one(m.from), "subject": m.subject, "content": content}
	if m.replyTo != nil {
		mail["reply_to"] = one(m.replyTo)
	}
	if len(m.headers) > 0 {
		mail["headers"] = m.headers
	}
	var files []any
	for _, f := range m.files {
		files = append(files, map[string]any{"content": base64.StdEncoding.EncodeToString(f.data), "type": f.kind, "filename": f.name, "disposition": "attachment"})
	}
	if files != nil {
		mail["attachments"] = files
	}
	key := call.Setting("sendgrid_api_key")
	resp, err := service(ctx, call, "sendgrid_url", orDefault(call.Setting("sendgrid_url"), "https://api.sendgrid.com")+"/v3/mail/send", []string{key}, func(r *httpx.Request) error {
		data, err := json.Marshal(mail)
		if err != nil {
			return err
		}
		r.Body = httpx.Bytes("application/json", data)
		return setHeader(r.Header, "sendgrid_api_key", "Authorization", "Bearer "+key)
	})
	if err != nil {
		return delivery{}, err
	}
	return delivery{id: resp.Header.Get("X-Message-Id"), response: resp.StatusText}, nil
}

// sendSES uses the operation SendEmail of the interface v2, with the mail as it travels.
func sendSES(ctx context.Context, call *tool.Call, m *message) (delivery, error) {
	c := awsCredentials{key: call.Setting("ses_access_key_id"), secret: call.Setting("ses_secret_access_key"), token: call.Setting("ses_session_token"),
		region: call.Setting("ses_region"), service: "ses"}
	switch {
	case c.secret == "":
		return delivery{}, notConfigured("ses", "ses_secret_access_key", "AWS_SECRET_ACCESS_KEY")
	case c.region == "":
		return delivery{}, notConfigured("ses", "ses_region", "AWS_REGION", "AWS_DEFAULT_REGION")
	}
	destination := map[string]any{}
	for _, f := range []struct {
		name string
		list []*netmail.Address
	}{{"ToAddresses", m.to}, {"CcAddresses", m.cc}, {"BccAddresses", m.bcc}} {
		var list []any
		for _, a := range f.list {
			list = append(list, a.Address)
		}
		if list != nil {
			destination[f.name] = list
		}
	}
	address := orDefault(call.Setting("ses_url"), "https://email."+c.region+".amazonaws.com") + "/v2/email/outbound-emails"
	resp, err := service(ctx, call, "ses_url", address, []string{c.secret, c.token}, func(r *httpx.Request) error {
		data, err := json.Marshal(map[string]any{"Content": map[string]any{"Raw": map[string]any{"Data": base64.StdEncoding.EncodeToString(m.raw)}},
			"Destination": destination, "FromEmailAddress": m.from.Address})
		if err != nil {
			return err
		}
		r.Body = httpx.Bytes("application/json", data)
		r.Header.Set("Content-Type", "application/json")
		signV4(c, r.Method, r.URL, r.Header, data, time.Now())
		return nil
	})
	if err != nil {
		return delivery{}, err
	}
	v, err := resp.JSON()
	if err != nil {
		return delivery{}, err
	}
	id, _ := member(v, "MessageId").(string)
	return delivery{id: id, response: resp.StatusText}, nil
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
