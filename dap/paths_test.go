package dap

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestTranslatorPaths(t *testing.T) {
	container := []pathMapping{{"/home/me/app", "/srv/app"}, {"/home/me/app/vendor", "/opt/vendor"}, {"/", "/mnt/host"}}
	windows := []pathMapping{{`C:\work\app`, "/srv/app"}}
	tests := []struct {
		name           string
		uri            bool
		mappings       []pathMapping
		client, server string
		oneWay         bool // server does not lead back to client
	}{
		{name: "plain", client: "/a/b.lua", server: "/a/b.lua"},
		{name: "unclean", client: "/a/./x/../b.lua", server: "/a/b.lua", oneWay: true},
		{name: "uri", uri: true, client: "file:///a/b.lua", server: "/a/b.lua"},
		{name: "uri with escapes", uri: true, client: "file:///a%20b/c%23d%25.lua", server: "/a b/c#d%.lua"},
		{name: "uri from a client of paths", client: "file:///a%20b/c.lua", server: "/a b/c.lua", oneWay: true},
		{name: "mapped uri from a client of paths", mappings: container, client: "file:///home/me/app/x.lua", server: "/srv/app/x.lua", oneWay: true},
		{name: "uri on localhost", uri: true, client: "file://localhost/a.lua", server: "/a.lua", oneWay: true},
		{name: "mapped", mappings: container, client: "/home/me/app/x/y.lua", server: "/srv/app/x/y.lua"},
		{name: "the folder itself", mappings: container, client: "/home/me/app", server: "/srv/app"},
		{name: "most specific", mappings: container, client: "/home/me/app/vendor/z.lua", server: "/opt/vendor/z.lua"},
		{name: "only whole names", mappings: container, client: "/home/me/application/x.lua", server: "/mnt/host/home/me/application/x.lua"},
		{name: "root", mappings: container, client: "/etc/x.lua", server: "/mnt/host/etc/x.lua"},
		{name: "mapped uri", uri: true, mappings: container, client: "file:///home/me/app/x.lua", server: "/srv/app/x.lua"},
		{name: "windows client", mappings: windows, client: `C:\work\app\sub\x.lua`, server: "/srv/app/sub/x.lua"},
		{name: "windows drive in lower case", mappings: windows, client: `c:\work\app\x.lua`, server: "/srv/app/x.lua", oneWay: true},
		{name: "windows with slashes", mappings: windows, client: `c:/work/app/x.lua`, server: "/srv/app/x.lua", oneWay: true},
		{name: "case matters elsewhere", mappings: container[:1], client: "/home/ME/app/x.lua", server: "/home/ME/app/x.lua"},
		{name: "trailing separators", mappings: []pathMapping{{"/local/", "/remote//"}}, client: "/local/x.lua", server: "/remote/x.lua"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := translator{uri: tt.uri, mappings: tt.mappings}
			got, err := tr.toServerPath(tt.client)
			if err != nil || got != tt.server {
				t.Errorf("toServerPath(%q) = %q, %v, want %q", tt.client, got, err, tt.server)
			}
			if back := tr.toClientPath(tt.server); back != tt.client && !tt.oneWay {
				t.Errorf("toClientPath(%q) = %q, want %q", tt.server, back, tt.client)
			}
		})
	}
	for _, bad := range []string{"/a/b.lua", "http://x/a.lua", "file://other/a.lua", "file:", "%zz", ""} {
		if got, err := (translator{uri: true}).toServerPath(bad); err == nil {
			t.Errorf("URI %q was taken as %q", bad, got)
		}
	}
}

func TestTranslatorLines(t *testing.T) {
	for _, base := range []int{0, 1} {
		tr := translator{lineBase: base, columnBase: base}
		if got := tr.toClientLine(1); got != base {
			t.Errorf("base %d: first line is %d for the client", base, got)
		}
		if got := tr.toServerLine(base); got != 1 {
			t.Errorf("base %d: client's first line is %d here", base, got)
		}
		file := debug.Source{Path: "/a.lua"}
		if f := tr.frame(debug.Frame{Line: 5, Source: file}); f.Line != 4+base || f.Column != base || f.Source.Name != "a.lua" {
			t.Errorf("base %d: frame %+v", base, f)
		}
		// Without a source both are 0 for everyone.
		if f := tr.frame(debug.Frame{Kind: debug.FrameGo}); f.Line != 0 || f.Column != 0 || f.Source != nil || f.Hint != "subtle" {
			t.Errorf("base %d: Go frame %+v", base, f)
		}
	}
}

// The first line is line 0 for some clients: it must not be left out.
func TestZeroLinesAreSent(t *testing.T) {
	zero := 0
	for _, body := range []any{
		breakpoint{Line: &zero}, outputBody{Line: &zero}, translator{}.frame(debug.Frame{Line: 1}),
	} {
		text, err := json.Marshal(body)
		if err != nil || !strings.Contains(string(text), `"line":0`) {
			t.Errorf("%s, %v: no line 0", text, err)
		}
	}
	text, err := json.Marshal(continuedBody{ThreadID: 1})
	if err != nil || !strings.Contains(string(text), `"allThreadsContinued":false`) {
		t.Errorf("%s, %v: allThreadsContinued is left out, which means true", text, err)
	}
}

func TestPathMappings(t *testing.T) {
	tests := []struct {
		in   string
		want pathMappings
		err  string
	}{
		{in: `null`},
		{in: `[]`},
		{in: `{}`},
		{in: `[{"localRoot":"/a","remoteRoot":"/b"}]`, want: pathMappings{{"/a", "/b"}}},
		{in: `{"/a":"/b"}`, want: pathMappings{{"/a", "/b"}}},
		{in: `[{"localRoot":"/a"}]`, err: "both folders"},
		{in: `{"":"/b"}`, err: "both folders"},
		{in: `{"/a":1}`, err: "must map folders"},
		{in: `["/a"]`, err: "must be a list"},
		{in: `"/a=/b"`, err: "must be a list"},
	}
	for _, tt := range tests {
		var got struct{ PathMappings pathMappings }
		err := json.Unmarshal([]byte(`{"pathMappings":`+tt.in+`}`), &got)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want one with %q", tt.in, err, tt.err)
			}
			continue
		}
		if err != nil || len(got.PathMappings) != len(tt.want) || len(tt.want) > 0 && got.PathMappings[0] != tt.want[0] {
			t.Errorf("%s: %v, %v, want %v", tt.in, got.PathMappings, err, tt.want)
		}
	}
}

func TestLaunchResolve(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "sub", "a.lua")
	if err := os.MkdirAll(filepath.Dir(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	mapped := pathMappings{{"/client", dir}}
	tests := []struct {
		name string
		args launchArguments
		err  string
	}{
		{"absolute", launchArguments{Program: script}, ""},
		{"relative to cwd", launchArguments{Program: "sub/a.lua", Cwd: dir}, ""},
		{"mapped", launchArguments{Program: "/client/sub/a.lua", Cwd: "/client", PathMappings: mapped}, ""},
		{"a server path beside mappings", launchArguments{Program: script, PathMappings: mapped}, ""},
		{"none", launchArguments{}, `needs "program"`},
		{"missing", launchArguments{Program: script + "x"}, "does not exist"},
		{"folder", launchArguments{Program: dir}, "not a file"},
		{"cwd missing", launchArguments{Program: script, Cwd: dir + "x"}, "not a folder"},
		{"cwd a file", launchArguments{Program: script, Cwd: script}, "not a folder"},
	}
	for _, tt := range tests {
		err := tt.args.resolve(translator{uri: true})
		switch {
		case tt.err == "":
			if err != nil || tt.args.Program != script {
				t.Errorf("%s: %q, %v", tt.name, tt.args.Program, err)
			}
		case err == nil || !strings.Contains(err.Error(), tt.err):
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.err)
		}
	}
}

func TestHandles(t *testing.T) {
	var h handles
	first := []int{h.toClient(1), h.toClient(7), h.toClient(0)}
	if first[0] != 1 || first[1] != 7 || first[2] != 0 {
		t.Errorf("first run: %v", first)
	}
	h.restart()
	if got := h.toClient(1); got != 8 {
		t.Errorf("second run: 1 is %d for the client, want 8", got)
	}
	if got, err := h.toEngine(8); got != 1 || err != nil {
		t.Errorf("toEngine(8) = %d, %v", got, err)
	}
	for _, old := range []int{1, 7, -3} {
		if _, err := h.toEngine(old); err != debug.ErrStale {
			t.Errorf("toEngine(%d): %v, want ErrStale", old, err)
		}
	}
	if got, err := h.toEngine(0); got != 0 || err != nil {
		t.Errorf("toEngine(0) = %d, %v", got, err)
	}
	h.last = maxHandleBase + 1
	h.restart()
	if got := h.toClient(1); got != 1 {
		t.Errorf("after very many handles: %d", got)
	}
}
