package httpx

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow goes where a redirect leads. Methods change as browsers change them.
func (a *exchange) follow(status int, location string) error {
	from := a.url
	to, err := from.Parse(location)
	if err == nil && len(location) > MaxURL {
		err = errors.New("too long")
	}
	if err == nil {
		to, err = ParseURL("location", to.String())
	}
	if err != nil {
		return tool.Errorf(tool.RemoteFailed, "%s: redirects to %s, which is not an http or https address", Redact(from), clip(RedactText(clip(location, 200)), 200))
	}
	to.User = nil // credentials are the caller's to give
	if from.Scheme == "https" && to.Scheme == "http" && !a.request.AllowDowngrade {
		return tool.Errorf(tool.RemoteFailed, "%s: redirects from https to http (%s), which is refused", Redact(from), Redact(to))
	}
	if a.request.Redirected != nil {
		if err := a.request.Redirected(to); err != nil {
			return err
		}
	}
	if !sameServer(from, to) {
		a.dropCredentials()
	}
	toGet := status == http.StatusSeeOther && a.method != http.MethodHead ||
		(status == http.StatusMovedPermanently || status == http.StatusFound) && a.method == http.MethodPost
	if toGet {
		a.method, a.body = http.MethodGet, nil
		for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Location"} {
			a.header.Del(name)
		}
	}
	a.url = to
	a.hops = append(a.hops, Hop{Status: status, URL: Redact(to)})
	return nil
}

// sameServer tells whether what is told to the one may be told to the other.
// From http to https of the same host is a step up.
func sameServer(from, to *url.URL) bool {
	if !strings.EqualFold(from.Hostname(), to.Hostname()) {
		return false
	}
	return hostPort(from) == hostPort(to) && from.Scheme == to.Scheme ||
		from.Scheme == "http" && to.Scheme == "https" && from.Port() == "" && to.Port() == ""
}

func (a *exchange) dropCredentials() {
	for name := range a.header {
		if IsSecretName(name) {
			delete(a.header, name)
		}
	}
}
