package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// A number that no integer holds is one mistake, at its place.
func TestNumberTooLarge(t *testing.T) {
	for _, text := range []string{"[kernel]\nmax_clients = 99999999999999999999", "[kernel]\nidle_timeout = -99999999999999999999"} {
		dir := home(t)
		path := write(t, filepath.Join(dir, "config.toml"), text)
		_, err := Load(Options{Dir: dir, File: path, Environ: []string{}})
		if err == nil || strings.Count(err.Error(), "config.toml:2:") != 1 || strings.Contains(err.Error(), "9223372036854775") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
