package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Explain turns an error of a connection to a server into one that says in
// plain words what happened. where names the server for people; phase is what
// was being done, such as "connecting". Denials, errors of parameters and those
// of tools come back as they are, ends of ctx wrapped.
func Explain(ctx context.Context, where, phase string, err error) error {
	var denied *sandbox.DeniedError
	var field *schema.FieldError
	var known *tool.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &denied):
		return denied
	case errors.As(err, &field):
		return field
	case errors.As(err, &known):
		return known
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%s: stopped while %s: %w", where, phase, cause)
	}
	problem, temporary := describe(err)
	if problem == "" {
		var timeout interface{ Timeout() bool }
		if errors.As(err, &timeout) && timeout.Timeout() {
			// The cause is left out: it would pass for the end of the call's own time.
			return &tool.Error{Code: tool.Timeout, Message: fmt.Sprintf("%s: timed out while %s", where, phase),
				Details: map[string]any{"phase": phase}, Temporary: true}
		}
		problem, temporary = "failed while "+phase+": "+clip(strings.ToValidUTF8(bare(err), "\uFFFD"), 200), true
	}
	return &tool.Error{Code: tool.RemoteFailed, Message: where + ": " + problem, Err: err,
		Details: map[string]any{"phase": phase}, Temporary: temporary}
}

// bare is an error's text without what merely says that it is one.
func bare(err error) string {
	var address *url.Error // of an http.Client; it shows the address
	if errors.As(err, &address) {
		err = address.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "net/http: "), "http: ")
}

// describe says what an error of the network means, and whether trying again
// may help; "" when it is of no known kind.
func describe(err error) (problem string, temporary bool) {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("the host name %q does not exist; check its spelling", dns.Name), false
	case errors.As(err, &dns) && !dns.IsTimeout:
		return fmt.Sprintf("the host name %q could not be looked up: %s", dns.Name, dns.Err), true
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused; nothing listens there, or a firewall is in between", true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the network does not lead there", true
	case errors.Is(err, errBodyGzip):
		return "the body says that it is gzip, and is not", false
	}
	if problem := describeTLS(err); problem != "" {
		return problem, false
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "headers exceeded"), strings.Contains(text, "header list larger"), strings.Contains(text, "response header too large"):
		return "the headers of the answer are larger than 512 KB", false
	case strings.Contains(text, "malformed"), strings.Contains(text, "invalid header"), strings.Contains(text, "bad Content-Length"),
		strings.Contains(text, "unsupported transfer encoding"), strings.Contains(text, "chunk"), strings.Contains(text, "too many transfer encodings"):
		return "the answer is not HTTP as it should be: " + clip(strings.ToValidUTF8(bare(err), "\uFFFD"), 120), false
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the server closed the connection before the answer was complete", true
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed), strings.Contains(text, "server closed idle connection"):
		return "the connection was lost", true
	}
	return "", false
}

func describeTLS(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an authority that is not trusted; if it is a private one, name its certificate in the setting ca_file"
	case errors.As(err, &host):
		return fmt.Sprintf("the server's certificate is not for the host %q", host.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		if time.Now().Before(invalid.Cert.NotBefore) {
			return "the server's certificate is not valid before " + invalid.Cert.NotBefore.UTC().Format(time.RFC3339)
		}
		return "the server's certificate expired on " + invalid.Cert.NotAfter.UTC().Format(time.RFC3339)
	case errors.As(err, &invalid):
		return "the server's certificate is not valid: " + clip(invalid.Error(), 120)
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "the server speaks plain http on that port; use http:// if that is meant"
	case errors.As(err, &record):
		return "the server does not speak TLS on that port"
	case errors.As(err, &alert):
		return "the server refused to set up TLS: " + alert.Error()
	}
	var verification *tls.CertificateVerificationError
	if errors.As(err, &verification) {
		return "the server's certificate cannot be verified: " + clip(verification.Err.Error(), 120)
	}
	return ""
}
