package daptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// SchemaVariable is the environment variable that names the protocol's JSON
// schema (debugAdapterProtocol.json of the specification).
const SchemaVariable = "LLMSPELL_DAP_SCHEMA"

// schemaBeside is where the schema lies from the root of the repository, on
// machines that have it.
const schemaBeside = "../shared/data/debugAdapterProtocol.json"

// Schema validates messages. A nil Schema accepts everything.
type Schema struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	defined  map[string]bool
	flags    []string // the properties of Capabilities
	compiled map[string]*jsonschema.Schema
}

// FindSchema loads the protocol's JSON schema from the file that
// LLMSPELL_DAP_SCHEMA names, or from ../shared/data beside the repository. It
// returns nil when there is none.
func FindSchema(t testing.TB) *Schema {
	t.Helper()
	path := SchemaPath()
	if path == "" {
		return nil
	}
	s, err := LoadSchema(path)
	if err != nil {
		t.Fatalf("daptest: %v", err)
	}
	return s
}

// SchemaPath finds the file of the schema; "" if there is none.
func SchemaPath() string {
	if path := os.Getenv(SchemaVariable); path != "" {
		return path
	}
	return besideRepository()
}

func besideRepository() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			path := filepath.Join(dir, schemaBeside)
			if _, err := os.Stat(path); err != nil {
				return ""
			}
			return path
		}
	}
	return ""
}

// LoadSchema reads the protocol's JSON schema from a file.
func LoadSchema(path string) (*Schema, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load schema: %w", err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("load schema %s: %w", path, err)
	}
	var names struct {
		Definitions map[string]json.RawMessage
	}
	if err := json.Unmarshal(data, &names); err != nil {
		return nil, fmt.Errorf("load schema %s: %w", path, err)
	}
	s := &Schema{compiler: jsonschema.NewCompiler(), defined: map[string]bool{}, compiled: map[string]*jsonschema.Schema{}}
	for name := range names.Definitions {
		s.defined[name] = true
	}
	var capabilities struct{ Properties map[string]json.RawMessage }
	if data := names.Definitions["Capabilities"]; data != nil {
		if err := json.Unmarshal(data, &capabilities); err != nil {
			return nil, fmt.Errorf("load schema %s: %w", path, err)
		}
	}
	s.flags = slices.Sorted(maps.Keys(capabilities.Properties))
	if err := s.compiler.AddResource("dap.json", document); err != nil {
		return nil, fmt.Errorf("load schema %s: %w", path, err)
	}
	return s, nil
}

// Requests lists the requests that the schema defines, Events the events,
// Capabilities the properties of the answer to initialize.
func (s *Schema) Requests() []string { return s.named("Request") }

// Events: see Requests.
func (s *Schema) Events() []string { return s.named("Event") }

// Capabilities: see Requests.
func (s *Schema) Capabilities() []string { return slices.Clone(s.flags) }

func (s *Schema) named(suffix string) []string {
	var names []string
	for definition := range s.defined {
		if name, ok := strings.CutSuffix(definition, suffix); ok && name != "" {
			names = append(names, strings.ToLower(name[:1])+name[1:])
		}
	}
	slices.Sort(names)
	return names
}

// Validate checks a message body against the definition for its kind.
func (s *Schema) Validate(body []byte) error {
	if s == nil {
		return nil
	}
	var m Message
	if err := json.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("message is not a JSON object: %w", err)
	}
	schema, name, err := s.definition(m)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("message is not JSON: %w", err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("message is not a valid %s: %w", name, err)
	}
	return nil
}

// definition finds the definition for m, the general one for what the
// specification does not know.
func (s *Schema) definition(m Message) (*jsonschema.Schema, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, general := "", "ProtocolMessage"
	switch m.Type {
	case "request":
		name, general = capital(m.Command)+"Request", "Request"
	case "response":
		name, general = capital(m.Command)+"Response", "Response"
		if !m.Success {
			name = "ErrorResponse"
		}
	case "event":
		name, general = capital(m.Event)+"Event", "Event"
	}
	// The schema's restart request offers two forms of arguments, of which
	// exactly one must fit; yet whatever fits one fits the other.
	if !s.defined[name] || name == "RestartRequest" {
		name = general
	}
	if s.compiled[name] == nil {
		schema, err := s.compiler.Compile("dap.json#/definitions/" + name)
		if err != nil {
			return nil, "", fmt.Errorf("compile the schema of %s: %w", name, err)
		}
		s.compiled[name] = schema
	}
	return s.compiled[name], name, nil
}

func capital(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
