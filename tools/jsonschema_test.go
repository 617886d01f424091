package tools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/llmspell/llmspell/tools/schema"
)

// compileDraft compiles a schema of ours with a full implementation of JSON
// Schema, which checks it against the meta-schema of draft 2020-12 first.
func compileDraft(t *testing.T, s *schema.Schema) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	out, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// What editors, language models and MCP clients are given of each tool is valid
// JSON Schema, and says the same about the examples as our own checker.
func TestSchemasAreValidJSONSchema(t *testing.T) {
	for _, d := range Builtin().List(Filter{}) {
		t.Run(d.Name, func(t *testing.T) {
			draft := compileDraft(t, d.Parameters)
			if d.Result != nil {
				compileDraft(t, d.Result)
			}
			if parsed, err := schema.Parse(any(roundTrip(t, d.Parameters.JSON()))); err != nil {
				t.Errorf("our own parser refuses it: %v", err)
			} else if again, _ := json.Marshal(parsed); len(again) == 0 {
				t.Error("nothing is left of it")
			}
			for _, e := range d.Examples {
				if e.Setup != nil {
					continue // its parameters hold placeholders
				}
				checked, err := schema.Compile(d.Parameters).CheckObject(e.Params)
				if err != nil {
					t.Errorf("%s: %v", e.Description, err)
					continue
				}
				if err := draft.Validate(roundTrip(t, checked)); err != nil {
					t.Errorf("%s: ours accepts it, the draft does not: %v", e.Description, err)
				}
			}
			defaultsFit(t, d.Name, d.Parameters)
		})
	}
}

// defaultsFit checks that each default is what its schema allows.
func defaultsFit(t *testing.T, path string, s *schema.Schema) {
	t.Helper()
	if s.Default != nil {
		if _, err := schema.Compile(s).Check(s.Default); err != nil {
			t.Errorf("the default of %s: %v", path, err)
		}
	}
	for _, p := range s.Properties {
		if p.Required && p.Default != nil {
			t.Errorf("%s.%s is required and has a default", path, p.Name)
		}
		defaultsFit(t, path+"."+p.Name, p.Schema)
	}
	if s.Items != nil {
		defaultsFit(t, path+"[]", s.Items)
	}
	if s.Additional != nil {
		defaultsFit(t, path+".*", s.Additional)
	}
}

// roundTrip is a value as another program gets it.
func roundTrip(t *testing.T, v map[string]any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
