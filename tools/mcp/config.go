package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ServerConfig says how one server is reached: by a command, which speaks the
// protocol on its standard streams, or by a URL.
type ServerConfig struct {
	Name    string
	Command string
	Args    []string
	Env     map[string]string // added to what the sandbox lets programs see
	Dir     string            // the command's working folder; empty: the sandbox's
	URL     string
	Headers map[string]string // sent with each request
	Timeout time.Duration     // of a call; 0: CallTimeout
	// Disabled servers are listed, and never started.
	Disabled bool
	// Err says what is wrong with this entry. The others work.
	Err error
}

// CallTimeout bounds a call of a server's tool when its entry does not.
const CallTimeout = 60 * time.Second

const (
	maxConfig  = 1 << 20
	maxServers = 64
)

// LoadConfig reads a configuration file, in the form that most clients use:
//
//	{"mcpServers": {"name": {"command": …, "args": […], "env": {…}, "cwd": …} |
//	                        {"url": …, "headers": {…}},  …}}
//
// Each entry may have "timeout", in milliseconds, and "disabled". In its strings
// ${NAME} stands for an environment variable, which lookup finds, and
// ${NAME:-default} for one that may be missing.
func LoadConfig(path string, lookup func(string) (string, bool)) ([]ServerConfig, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the MCP configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, fmt.Errorf("read the MCP configuration: %w", err)
	}
	configs, err := ParseConfig(data, lookup)
	if err != nil {
		return nil, fmt.Errorf("the MCP configuration %s: %w", path, err)
	}
	return configs, nil
}

// entry is a server in the file. What other clients keep there beside it is
// nothing to us.
type configEntry struct {
	Type     string            `json:"type"`
	Command  string            `json:"command"`
	Args     []string          `json:"args"`
	Env      map[string]string `json:"env"`
	Cwd      string            `json:"cwd"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers"`
	Timeout  float64           `json:"timeout"`
	Disabled bool              `json:"disabled"`
}

// ParseConfig reads a configuration: see LoadConfig. The servers are sorted by
// name. A mistake in one entry is its Err.
func ParseConfig(data []byte, lookup func(string) (string, bool)) ([]ServerConfig, error) {
	if len(data) > maxConfig {
		return nil, fmt.Errorf("it is larger than %d MB", maxConfig>>20)
	}
	var file struct {
		Servers map[string]json.RawMessage `json:"mcpServers"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &file); err != nil {
		return nil, fmt.Errorf("it is not as expected ({\"mcpServers\": {\"name\": {…}}}): %w", err)
	}
	if len(file.Servers) > maxServers {
		return nil, fmt.Errorf("it has %d servers; %d is the most", len(file.Servers), maxServers)
	}
	configs := []ServerConfig{}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(file.Servers)) {
		c := parseEntry(name, file.Servers[name], lookup)
		folded := fold(name)
		if other, taken := seen[folded]; taken && c.Err == nil {
			c.Err = fmt.Errorf("its name differs from %q only in case, hyphens or underscores", other)
		}
		seen[folded] = name
		configs = append(configs, c)
	}
	return configs, nil
}

func fold(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "-")) }

var serverName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

func parseEntry(name string, raw json.RawMessage, lookup func(string) (string, bool)) ServerConfig {
	c := ServerConfig{Name: name}
	if !serverName.MatchString(name) {
		c.Err = errors.New("its name must consist of letters, digits, hyphens, underscores and dots, 64 at most")
		return c
	}
	var e configEntry
	if err := json.Unmarshal(raw, &e); err != nil {
		c.Err = fmt.Errorf("it is not as expected: %w", err)
		return c
	}
	x := expander{lookup: lookup}
	c.Command, c.Dir, c.URL = x.text(e.Command), x.text(e.Cwd), x.text(e.URL)
	for _, a := range e.Args {
		c.Args = append(c.Args, x.text(a))
	}
	c.Env, c.Headers = x.values(e.Env), x.values(e.Headers)
	c.Disabled, c.Timeout = e.Disabled, time.Duration(e.Timeout*float64(time.Millisecond))
	if c.Err = x.err; c.Err == nil {
		c.Err = c.check(e.Type)
	}
	return c
}

func (c *ServerConfig) check(kind string) error {
	switch {
	case c.Command == "" && c.URL == "":
		return errors.New(`it has neither "command" nor "url"`)
	case c.Command != "" && c.URL != "":
		return errors.New(`it has both "command" and "url"; keep one`)
	case kind == "sse":
		return errors.New(`the transport "sse" was replaced by streamable HTTP in 2025 and is not supported; ask for the server's "http" address`)
	case c.Timeout < 0 || c.Timeout > 24*time.Hour:
		return errors.New(`"timeout" must be between 0 and a day, in milliseconds`)
	case c.URL == "":
		return nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New(`"url" must be an http or https address`) // it may hold a key: not shown
	}
	return nil
}

// expander puts variables in place, and keeps the first error.
type expander struct {
	lookup func(string) (string, bool)
	err    error
}

var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

func (x *expander) text(s string) string {
	return reference.ReplaceAllStringFunc(s, func(ref string) string {
		parts := reference.FindStringSubmatch(ref)
		v, ok := x.lookup(parts[1])
		switch {
		case ok:
			return v
		case parts[2] == "" && x.err == nil:
			x.err = fmt.Errorf("the environment variable %s is not set; set it, or write ${%s:-default}", parts[1], parts[1])
		}
		return parts[3]
	})
}

func (x *expander) values(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = x.text(v)
	}
	return out
}

// Target says how the server is reached, without its secrets.
func (c *ServerConfig) Target() string {
	if c.Command != "" {
		return c.Command
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// redact removes the entry's secrets from a text of the server's.
func (c *ServerConfig) redact(text string) string {
	for _, values := range []map[string]string{c.Env, c.Headers} {
		for _, v := range values {
			if len(v) >= 6 {
				text = strings.ReplaceAll(text, v, "***")
			}
			if _, token, ok := strings.Cut(v, " "); ok && len(token) >= 6 { // of "Bearer TOKEN"
				text = strings.ReplaceAll(text, token, "***")
			}
		}
	}
	if c.URL != "" {
		text = strings.ReplaceAll(text, c.URL, c.Target())
	}
	return text
}
