package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestEmailOverSendGrid(t *testing.T) {
	var got map[string]any
	var n atomic.Int32
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer SG.key-1" {
			w.WriteHeader(401)
			io.WriteString(w, `{"errors":[{"message":"The provided authorization grant is invalid, expired, or revoked"}]}`)
			return
		}
		if n.Add(1) == 1 { // busy at first
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(429)
			return
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.URL.Path != "/v3/mail/send" {
			t.Errorf("%s: %v", r.URL, err)
		}
		w.Header().Set("X-Message-Id", "sg-42")
		w.WriteHeader(202)
	})
	r := runner(t)
	r.Settings = map[string]string{"sendgrid_api_key": "SG.key-1", "sendgrid_url": base}
	write(t, r, "a.txt", "attached")
	v, err := call(t, r, "email-sender", with(simpleMail(), "cc", "bob@example.com, eve@example.com", "bcc", "h@example.com", "reply_to", "r@example.com", "html", true, "text", "plain",
		"attachments", []any{"a.txt"}, "headers", map[string]any{"X-Tag": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	if v["message_id"] != "sg-42" || v["provider"] != "sendgrid" || n.Load() != 2 {
		t.Errorf("the result is %v after %d requests", v, n.Load())
	}
	for path, want := range map[string]any{"personalizations[0].to[0].email": "bob@example.com", "personalizations[0].cc[0].email": "eve@example.com", "personalizations[0].bcc[0].email": "h@example.com",
		"from.name": "Ada", "reply_to.email": "r@example.com", "subject": "Hi", "content[0].type": "text/plain", "content[1].type": "text/html",
		"attachments[0].content": base64.StdEncoding.EncodeToString([]byte("attached")), "attachments[0].filename": "a.txt", "headers.X-Tag": "1"} {
		if have := field(t, got, path); have != want {
			t.Errorf("%s is %v; want %v", path, have, want)
		}
	}
	r.Settings["sendgrid_api_key"] = "SG.other"
	_, err = call(t, r, "email-sender", simpleMail())
	if err == nil || err.Code != tool.RemoteFailed || !strings.Contains(err.Message, "invalid, expired, or revoked") || strings.Contains(err.Error(), "SG.") {
		t.Errorf("a wrong key: %v", err)
	}
	r.Settings["sendgrid_url"] = "nonsense"
	if _, err = call(t, r, "email-sender", simpleMail()); err == nil || err.Code != tool.NotConfigured {
		t.Errorf("a wrong address: %v", err)
	}
}

func TestEmailOverSES(t *testing.T) {
	now := time.Now()
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		// What the client signed is signed again, at the time that it names.
		when, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil || when.Before(now.Add(-time.Minute)) {
			t.Errorf("the date is %q", r.Header.Get("X-Amz-Date"))
		}
		again := http.Header{"Content-Type": r.Header["Content-Type"]}
		signV4(awsCredentials{key: "AKID", secret: "topsecret", token: "session", region: "eu-west-1", service: "ses"}, "POST",
			&url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}, again, body, when)
		if again.Get("Authorization") != r.Header.Get("Authorization") {
			w.WriteHeader(403)
			io.WriteString(w, `{"message":"The request signature we calculated does not match"}`)
			return
		}
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Error(err)
		}
		raw, _ := base64.StdEncoding.DecodeString(fmt.Sprint(field(t, v, "Content.Raw.Data")))
		if !strings.Contains(string(raw), "Subject: Hi") || field(t, v, "Destination.BccAddresses[0]") != "h@example.com" || strings.Contains(string(raw), "h@example") {
			t.Errorf("the request is %v with %s", v, raw)
		}
		io.WriteString(w, `{"MessageId":"ses-42"}`)
	})
	r := runner(t)
	r.Settings = map[string]string{"ses_access_key_id": "AKID", "ses_secret_access_key": "topsecret", "ses_session_token": "session", "ses_region": "eu-west-1", "ses_url": base}
	v, err := call(t, r, "email-sender", with(simpleMail(), "bcc", "h@example.com"))
	if err != nil || v["message_id"] != "ses-42" || v["provider"] != "ses" {
		t.Fatalf("%v, %v", v, err)
	}
	r.Settings["ses_secret_access_key"] = "othersecret"
	_, err = call(t, r, "email-sender", simpleMail())
	if err == nil || !strings.Contains(err.Message, "does not match") || strings.Contains(err.Error(), "othersecret") {
		t.Errorf("a wrong key: %v", err)
	}
	for _, missing := range []string{"ses_region", "ses_secret_access_key"} {
		keep := r.Settings[missing]
		r.Settings[missing] = ""
		if _, err := call(t, r, "email-sender", simpleMail()); err == nil || err.Code != tool.NotConfigured || !strings.Contains(err.Message, missing) {
			t.Errorf("without %s: %v", missing, err)
		}
		r.Settings[missing] = keep
	}
}
