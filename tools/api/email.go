package api

import (
	"context"
	"fmt"
	"strings"

	mail "github.com/wneessen/go-mail"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func emailDefinition() tool.Definition {
	people := func(description string) *schema.Schema {
		return &schema.Schema{Types: []schema.Type{schema.String, schema.Array}, Items: schema.Text("An address"), MaxItems: schema.Ptr(maxRecipients),
			Description: description + ": an address such as ada@example.com or Ada <ada@example.com>, several joined by commas, or a list"}
	}
	attachment := schema.Map("A file",
		schema.Required("path", schema.Text("Where it is, inside the allowed folders"), "file"),
		schema.Optional("name", schema.Text("Its name in the mail; the default is that of the path"), "filename"),
		schema.Optional("content_type", schema.Text("Its type; the default follows from its name")))
	attachment.Types = append(attachment.Types, schema.String)
	attachments := schema.List("Files to attach: paths, or {path, name, content_type}; at most 20, of 20 MB in all", attachment)
	attachments.MaxItems = schema.Ptr(maxAttachments)
	secret := func(name, description string, env ...string) tool.Setting {
		return tool.Setting{Name: name, Description: description, Env: env, Secret: true}
	}
	return tool.Static(&tool.Descriptor{
		Name: "email-sender", Aliases: []string{"email", "send-email", "mail"}, Category: "api", Version: "1.0.0", Security: tool.Restricted,
		SideEffects: true, Timeout: longest + margin, Needs: []tool.Need{tool.Network, tool.Files},
		Tags: []string{"email", "mail", "smtp", "sendgrid", "ses", "send"},
		Description: "Sends an e-mail over SMTP, SendGrid or Amazon SES, with copies, HTML and attachments. Servers and keys come from the settings, never from the call. " +
			"dry_run builds and checks the mail without sending it",
		Parameters: schema.Map("",
			schema.Optional("from", schema.Text("The sender's address; the default is the setting from"), "sender"),
			schema.Required("to", people("Who gets it"), "recipient", "recipients"),
			schema.Optional("cc", people("Who gets a copy")),
			schema.Optional("bcc", people("Who gets a copy that the others do not see")),
			schema.Optional("reply_to", schema.Text("The address for answers"), "replyTo"),
			schema.Required("subject", subjectSchema()),
			schema.Required("body", schema.Text("The text, or with html the HTML; at most 5 MB"), "input", "content", "message"),
			schema.Optional("html", schema.Flag("Whether body is HTML")),
			schema.Optional("text", schema.Text("The text for readers that show no HTML (html)"), "alternative"),
			schema.Optional("attachments", attachments),
			schema.Optional("headers", schema.Map("Further headers whose names begin with X-, or List-Unsubscribe, List-Id, In-Reply-To, References, Auto-Submitted: names and texts")),
			schema.Optional("provider", schema.Choice("Over what to send it: smtp, sendgrid or ses; the default is the first that is configured", "smtp", "sendgrid", "ses").
				WithAliases(map[string]string{"aws": "ses", "SMTP": "smtp", "SendGrid": "sendgrid", "SES": "ses"})),
			timeoutParameter("How long the sending may take", 60),
			schema.Optional("dry_run", schema.Flag("Build and check the mail, and do not send it")),
		),
		Result: schema.Map("What became of it",
			schema.Required("sent", schema.Flag("Whether the server took it; false for a dry run")),
			schema.Required("provider", schema.Text("Over what; none for a dry run that needs none")),
			schema.Required("message_id", schema.Text("The mail's id, the provider's when it gives one")),
			schema.Required("accepted", schema.List("The addresses for which it was taken", schema.Text("An address"))),
			schema.Required("from", schema.Text("The sender's address")),
			schema.Required("size", schema.Int("Bytes of the mail as it travels", 0, 1<<40)),
			schema.Optional("server_response", schema.Text("What the server said at last")),
			schema.Optional("preview", schema.Text("The beginning of the mail as it would travel, without the hidden recipients (dry_run)"))),
		Settings: []tool.Setting{
			{Name: "from", Description: "The sender when a call names none", Env: []string{"EMAIL_FROM"}},
			{Name: "smtp_host", Description: "The mail server", Env: []string{"SMTP_HOST"}},
			{Name: "smtp_port", Description: "Its port; the default is 587, for tls 465, for none 25", Env: []string{"SMTP_PORT"}},
			{Name: "smtp_username", Description: "The user's name there", Env: []string{"SMTP_USERNAME", "SMTP_USER"}},
			secret("smtp_password", "The user's password there", "SMTP_PASSWORD"),
			{Name: "smtp_security", Description: "How the connection is secured: starttls, tls (from its beginning) or none (only for a server on this machine or in a network that is trusted)",
				Default: "starttls", Env: []string{"SMTP_SECURITY"}},
			secret("sendgrid_api_key", "The key of SendGrid", "SENDGRID_API_KEY"),
			{Name: "sendgrid_url", Description: "The address of SendGrid's interface", Default: "https://api.sendgrid.com"},
			{Name: "ses_region", Description: "The region of Amazon SES", Env: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}},
			{Name: "ses_access_key_id", Description: "The id of the key for Amazon SES", Env: []string{"AWS_ACCESS_KEY_ID"}},
			secret("ses_secret_access_key", "The key for Amazon SES", "AWS_SECRET_ACCESS_KEY"),
			secret("ses_session_token", "The token that belongs to a temporary key", "AWS_SESSION_TOKEN"),
			{Name: "ses_url", Description: "The address of Amazon SES; the default follows from the region"},
			httpx.CAFileSetting(),
		},
		Examples: []tool.Example{
			{Description: "See what would be sent", Params: map[string]any{"from": "Ada <ada@example.com>", "to": "bob@example.com", "subject": "Größe",
				"body": "See you at noon.\n", "dry_run": true},
				Want: map[string]any{"sent": false, "from": "ada@example.com", "accepted": []any{}}},
			{Description: "HTML with a file", Files: map[string]string{"report.csv": "id,name\n"}, Params: map[string]any{"from": "ada@example.com",
				"to": []any{"bob@example.com", "Eve <eve@example.com>"}, "subject": "Report", "body": "<p>Here it is.</p>", "html": true, "text": "Here it is.",
				"attachments": []any{"report.csv"}, "dry_run": true}, Want: map[string]any{"sent": false}},
		},
	}, sendEmail)
}

func subjectSchema() *schema.Schema {
	s := schema.Text("The subject, one line")
	s.MaxLength = schema.Ptr(900)
	return s
}

// delivery is what a provider says of a mail that it took.
type delivery struct {
	id, response string
}

func sendEmail(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	provider, err := emailProvider(call)
	if err != nil {
		return nil, err
	}
	m, err := newMessage(ctx, call)
	if err != nil {
		return nil, err
	}
	value := map[string]any{"sent": false, "provider": provider, "message_id": strings.Trim(m.msg.GetMessageID(), "<>"), "accepted": []any{}, "from": m.from.Address, "size": len(m.raw)}
	if call.Params.Bool("dry_run") {
		value["preview"] = clip(string(m.raw), 4<<10)
		return &tool.Result{Value: value, Message: fmt.Sprintf("the mail is fit to be sent to %d recipients; it was not sent", len(m.recipients()))}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, seconds(call.Params.Float("timeout")), errEmailTimeout)
	defer cancel()
	var d delivery
	switch provider {
	case "smtp":
		d, err = sendSMTP(ctx, call, m)
	case "sendgrid":
		d, err = sendSendGrid(ctx, call, m)
	default:
		d, err = sendSES(ctx, call, m)
	}
	if err != nil && context.Cause(ctx) == errEmailTimeout {
		return nil, errEmailTimeout
	}
	if err != nil {
		return nil, err
	}
	accepted := []any{}
	for _, a := range m.recipients() {
		accepted = append(accepted, a)
	}
	value["sent"], value["accepted"] = true, accepted
	if d.id != "" {
		value["message_id"] = d.id
	}
	if d.response != "" {
		value["server_response"] = clip(d.response, 500)
	}
	return &tool.Result{Value: value, Message: fmt.Sprintf("sent to %d recipients over %s", len(accepted), provider)}, nil
}

// errEmailTimeout is the end of the timeout parameter's time.
var errEmailTimeout = &tool.Error{Code: tool.Timeout, Temporary: true, Message: "the mail could not be delivered to the server in time; pass a longer timeout"}

// emailProvider returns the provider that the call names, or the first that is configured. A dry run needs none.
func emailProvider(call *tool.Call) (string, error) {
	needs := map[string]string{"smtp": "smtp_host", "sendgrid": "sendgrid_api_key", "ses": "ses_access_key_id"}
	variables := map[string]string{"smtp": "SMTP_HOST", "sendgrid": "SENDGRID_API_KEY", "ses": "AWS_ACCESS_KEY_ID"}
	named := call.Params.String("provider")
	if named == "" {
		for _, p := range []string{"smtp", "sendgrid", "ses"} {
			if call.Setting(needs[p]) != "" {
				return p, nil
			}
		}
		if call.Params.Bool("dry_run") {
			return "none", nil
		}
		return "", tool.Errorf(tool.NotConfigured, "no mail service is configured; set smtp_host, sendgrid_api_key or ses_access_key_id of email-sender "+
			"(or the variables SMTP_HOST, SENDGRID_API_KEY, AWS_ACCESS_KEY_ID)")
	}
	if call.Setting(needs[named]) == "" && !call.Params.Bool("dry_run") {
		return "", notConfigured(named, needs[named], variables[named])
	}
	return named, nil
}

// notConfigured is the error for a service that lacks a setting; variables are
// the setting's names in the environment besides the tool's own.
func notConfigured(service, setting string, variables ...string) error {
	variables = append([]string{"LLMSPELL_TOOLS_EMAIL_SENDER_" + strings.ToUpper(setting)}, variables...)
	return tool.Errorf(tool.NotConfigured, "%s is not configured; it needs the setting %s: set the environment variable %s", service, setting, strings.Join(variables, " or "))
}

// contentTypes are those of the body.
func contentTypes(html bool) mail.ContentType {
	if html {
		return mail.TypeTextHTML
	}
	return mail.TypeTextPlain
}
