package dap

import (
	"strings"
	"testing"
)

func TestSecrets(t *testing.T) {
	t.Setenv("TEST_API_KEY", "k-12345")
	t.Setenv("TEST_PIN", "123")
	long := "k-12345-and-more"
	s, err := newSecrets([]string{"*_key", "password", "test_pin"}, map[string]*string{"MY_KEY": &long, "OTHER": &long, "GONE_KEY": nil})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"api_key": true, "API_KEY": true, "password": true, "passwords": false, "key": false} {
		if got := s.name(name); got != want {
			t.Errorf("name %s: %v", name, got)
		}
	}
	for text, want := range map[string]string{
		"nothing": "nothing", "<k-12345>": "<•••>", "k-12345-and-more": "•••", "123": "123", "k-12345k-12345": "••••••",
	} {
		if got := string(s.redact([]byte(text))); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]int{"": 0, "x": 0, "xk": 1, "xk-12": 4, "k-12345": 7, "k-12345-and-more": 0, "k-k": 1} {
		if got := s.unfinished([]byte(text)); got != want {
			t.Errorf("%s: %d bytes unfinished, want %d", text, got, want)
		}
	}
	if s, err := newSecrets(nil, nil); s != nil || err != nil {
		t.Errorf("no patterns: %v, %v", s, err)
	}
	if _, err := newSecrets([]string{"[z-a]"}, nil); err == nil || !strings.Contains(err.Error(), "pattern") {
		t.Errorf("a bad pattern: %v", err)
	}
}
