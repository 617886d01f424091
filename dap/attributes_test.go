package dap_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
)

// Attributes that the extension for VS Code takes itself, before a session begins.
var extensionAttributes = []string{"port", "host", "socket", "adapter", "adapterArgs", "headless"}

// The extension's schema of launch.json and the documentation have the attributes that
// this package reads, and no others.
func TestAttributesAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../editors/vscode/package.json")
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var manifest struct {
		Contributes struct {
			Debuggers []struct {
				ConfigurationAttributes struct{ Launch, Attach schema } `json:"configurationAttributes"`
			} `json:"debuggers"`
		} `json:"contributes"`
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Contributes.Debuggers) != 1 {
		t.Fatalf("%d debuggers", len(manifest.Contributes.Debuggers))
	}
	attributes := manifest.Contributes.Debuggers[0].ConfigurationAttributes
	docs, err := os.ReadFile("../docs/dap.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		request, section string
		read             []string
		schema           schema
	}{
		{"launch", "\n## Launch\n", dap.LaunchAttributes(), attributes.Launch},
		{"attach", "\n## Attach\n", dap.AttachAttributes(), attributes.Attach},
	} {
		t.Run(tt.request, func(t *testing.T) {
			inSchema := slices.DeleteFunc(slices.Sorted(maps.Keys(tt.schema.Properties)), func(name string) bool {
				return slices.Contains(extensionAttributes, name)
			})
			if slices.Sort(tt.read); !slices.Equal(inSchema, tt.read) {
				t.Errorf("the schema has\n%q, and what is read is\n%q", inSchema, tt.read)
			}
			_, text, ok := strings.Cut(string(docs), tt.section)
			if !ok {
				t.Fatalf("docs/dap.md has no section %q", strings.TrimSpace(tt.section))
			}
			text, _, _ = strings.Cut(text, "\n## ")
			for _, name := range tt.read {
				if !strings.Contains(text, "`"+name+"`") {
					t.Errorf("docs/dap.md does not tell of %s for %s", name, tt.request)
				}
			}
		})
	}
}
