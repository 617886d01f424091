//go:build unix

package filesystem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// runner makes a folder with a.txt, d/b.txt, d/e/c.txt and links that lead out.
func runner(t *testing.T) *tooltest.Runner {
	t.Helper()
	r := tooltest.New(t, Definitions())
	outside := t.TempDir()
	for path, content := range map[string]string{
		filepath.Join(r.Dir, "a.txt"): "alpha", filepath.Join(r.Dir, "d/b.txt"): "beta", filepath.Join(r.Dir, "d/e/c.txt"): "gamma",
		filepath.Join(outside, "secret"): "secret",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"out": outside, "secret": filepath.Join(outside, "secret"), "link": "a.txt"} {
		if err := os.Symlink(target, filepath.Join(r.Dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestOperations(t *testing.T) {
	r := runner(t)
	q := func(s string) string { b, _ := json.Marshal(filepath.Join(r.Dir, s)); return string(b) }
	r.Table(t, "file-operations", []tooltest.Want{
		{Params: `{"operation":"read","path":"a.txt"}`, Field: "content", Value: `"alpha"`},
		{Params: `{"operation":"read","path":` + q("d/../a.txt") + `}`, Field: "size", Value: `5`},
		{Params: `{"operation":"read","path":"link"}`, Field: "content", Value: `"alpha"`},
		{Params: `{"operation":"write","path":"w.txt","input":"one"}`, Field: "path", Value: q("w.txt")},
		{Params: `{"operation":"write","path":"w.txt","content":"twó"}`, Field: "bytes_written", Value: `4`},
		{Params: `{"operation":"append","path":"w.txt","input":"!"}`, Field: "size", Value: `5`},
		{Params: `{"operation":"append","path":"new.txt","input":"x"}`, Field: "size", Value: `1`},
		{Params: `{"operation":"read","path":"w.txt"}`, Field: "content", Value: `"twó!"`},
		{Params: `{"operation":"write","path":"empty","input":""}`, Field: "size", Value: `0`},
		{Params: `{"operation":"write","path":"x/y/z.txt","input":"deep","recursive":true}`, Field: "size", Value: `4`},
		{Params: `{"operation":"write","path":"bin","input":"/wD+","encoding":"base64"}`, Field: "bytes_written", Value: `3`},
		{Params: `{"operation":"append","path":"bin","input":"QQ==","encoding":"base64"}`, Field: "size", Value: `4`},
		{Params: `{"operation":"read","path":"bin","encoding":"base64"}`, Field: "content_base64", Value: `"/wD+QQ=="`},
		{Params: `{"operation":"read","path":"bin"}`, Field: "valid_utf8", Value: `false`},
		{Params: `{"operation":"exists","path":"w.txt"}`, Field: "exists", Value: `true`},
		{Params: `{"operation":"exists","path":"none"}`, Field: "exists", Value: `false`},
		{Params: `{"operation":"exists","path":"a.txt/none"}`, Field: "exists", Value: `false`},
		{Params: `{"operation":"delete","path":"w.txt"}`, Field: "path", Value: q("w.txt")},
		{Params: `{"operation":"exists","path":"w.txt"}`, Field: "exists", Value: `false`},
		{Params: `{"operation":"rm","path":"x","recursive":true}`, Field: "path", Value: q("x")},
		{Params: `{"operation":"delete","path":"secret"}`, Field: "path", Value: q("secret")}, // the link, not what it leads to
		{Params: `{"operation":"mkdir","path":"m"}`, Field: "created", Value: `true`},
		{Params: `{"operation":"create_dir","path":"m"}`, Field: "created", Value: `false`},
		{Params: `{"operation":"create_dir","path":"m/n/o","recursive":true}`, Field: "created", Value: `true`},
		{Params: `{"operation":"delete","path":"m/n/o"}`, Field: "path", Value: q("m/n/o")}, // an empty folder needs no recursive
		{Params: `{"operation":"copy","source_path":"a.txt","target_path":"copy.txt"}`, Field: "files", Value: `1`},
		{Params: `{"operation":"cp","path":"a.txt","target_path":"m"}`, Field: "target_path", Value: q("m/a.txt")},
		{Params: `{"operation":"copy","source_path":"d","target_path":"dd","recursive":true}`, Field: "files", Value: `2`},
		{Params: `{"operation":"read","path":"dd/e/c.txt"}`, Field: "content", Value: `"gamma"`},
		{Params: `{"operation":"move","source_path":"dd","target_path":"m"}`, Field: "target_path", Value: q("m/dd")},
		{Params: `{"operation":"rename","source":"copy.txt","destination":"moved.txt"}`, Field: "files", Value: `1`},
		{Params: `{"operation":"exists","path":"copy.txt"}`, Field: "exists", Value: `false`},
		{Params: `{"operation":"stat","path":"a.txt"}`, Field: "type", Value: `"file"`},
		{Params: `{"operation":"metadata","path":"a.txt"}`, Field: "permissions", Value: `"0644"`},
		{Params: `{"operation":"metadata","path":"d"}`, Field: "is_dir", Value: `true`},
		{Params: `{"operation":"metadata","path":"link"}`, Field: "is_symlink", Value: `true`},
		{Params: `{"operation":"metadata","path":"."}`, Field: "is_dir", Value: `true`},
		{Params: `{"operation":"list_dir","path":"d"}`, Field: "count", Value: `2`},
		{Params: `{"operation":"ls","path":"d","recursive":true}`, Field: "count", Value: `3`},
	})
}

func TestRefusals(t *testing.T) {
	r := runner(t)
	if err := syscall.Mkfifo(filepath.Join(r.Dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "file-operations", []tooltest.Want{
		{Params: `{}`, Err: `"operation" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"raed","path":"a"}`, Err: `did you mean "read"?`},
		{Params: `{"operation":"read"}`, Err: `"path" is missing (the operation "read" needs it)`},
		{Params: `{"operation":"read","path":5}`, Err: `"path" is wrong`},
		{Params: `{"operation":"write","path":"a"}`, Err: `"input" is missing`},
		{Params: `{"operation":"write","path":"a","input":5}`, Err: `"input" is wrong`},
		{Params: `{"operation":"write","path":"no/such/a","input":"x"}`, Err: "set recursive"},
		{Params: `{"operation":"append","path":"no/such/a","input":"x"}`, Err: "set recursive"},
		{Params: `{"operation":"write","path":"a","input":"*","encoding":"base64"}`, Err: `"input" is wrong: expected Base64`},
		{Params: `{"operation":"read","path":"a.txt","encoding":"ebcdic"}`, Err: `"encoding" is wrong`},
		{Params: `{"operation":"append","path":"a"}`, Err: `"input" is missing`},
		{Params: `{"operation":"copy","target_path":"b"}`, Err: `"source_path" is missing`},
		{Params: `{"operation":"copy","source_path":5,"target_path":"b"}`, Err: `"source_path" is wrong`},
		{Params: `{"operation":"copy","source_path":"a.txt"}`, Err: `"target_path" is missing`},
		{Params: `{"operation":"move","path":"a.txt","target_path":5}`, Err: `"target_path" is wrong`},
		{Params: `{"operation":"delete","path":"d","recursive":"yes"}`, Err: `"recursive" is wrong`},
		{Params: `{"operation":"read","path":"none"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"read","path":"d"}`, Err: "is a folder"},
		{Params: `{"operation":"read","path":"pipe"}`, Err: "not a regular file"},
		{Params: `{"operation":"append","path":"pipe","input":"x"}`, Err: "pipe"},
		{Params: `{"operation":"write","path":"no/x","input":""}`, Err: "create it first", Code: tool.ResourceNotFound},
		{Params: `{"operation":"append","path":"no/x","input":""}`, Err: "create it first"},
		{Params: `{"operation":"write","path":"d","input":""}`, Err: "not a regular file"},
		{Params: `{"operation":"delete","path":"none"}`, Err: "no such file"},
		{Params: `{"operation":"delete","path":"d"}`, Err: "set recursive to delete it"},
		{Params: `{"operation":"delete","path":".","recursive":true}`, Err: "allowed folder itself", Code: tool.PermissionDenied},
		{Params: `{"operation":"move","source_path":".","target_path":"d/x"}`, Err: "lies inside the source"},
		{Params: `{"operation":"create_dir","path":"no/x"}`, Err: "set recursive to make it too"},
		{Params: `{"operation":"create_dir","path":"a.txt"}`, Err: "is not a folder"},
		{Params: `{"operation":"list_dir","path":"a.txt"}`, Err: "use metadata for a file"},
		{Params: `{"operation":"list_dir","path":"none"}`, Err: "no such file"},
		{Params: `{"operation":"copy","source_path":"d","target_path":"x"}`, Err: "set recursive to copy it"},
		{Params: `{"operation":"copy","source_path":"d","target_path":"d/e","recursive":true}`, Err: "lies inside the source"},
		{Params: `{"operation":"copy","source_path":"a.txt","target_path":"./a.txt"}`, Err: "are the same"},
		{Params: `{"operation":"copy","source_path":"none","target_path":"x"}`, Err: "no such file"},
		{Params: `{"operation":"copy","source_path":"` + `.` + `","target_path":"` + `/etc/x"}`, Err: "denied", Code: tool.PermissionDenied},
	})
	if content(t, filepath.Join(r.Dir, "a.txt")) != "alpha" {
		t.Error("a.txt has changed")
	}
}

// No operation reaches the world outside, by any path.
func TestEscapes(t *testing.T) {
	for _, path := range []string{"../x", "d/../../x", "/etc/passwd", "out/secret", "out", "secret", "out/new", "out/../secret"} {
		r := runner(t)
		secret, err := os.Readlink(filepath.Join(r.Dir, "secret"))
		if err != nil {
			t.Fatal(err)
		}
		for _, params := range []string{
			`{"operation":"read","path":%q}`, `{"operation":"write","path":%q,"input":"x"}`, `{"operation":"append","path":%q,"input":"x"}`,
			`{"operation":"list_dir","path":%q}`, `{"operation":"metadata","path":%q}`, `{"operation":"exists","path":%q}`,
			`{"operation":"create_dir","path":%q,"recursive":true}`,
			`{"operation":"copy","source_path":%q,"target_path":"stolen","recursive":true}`,
			`{"operation":"copy","source_path":"a.txt","target_path":%q}`,
			`{"operation":"write","path":%q,"input":"x","recursive":true}`,
		} {
			res, terr := r.Call(t, context.Background(), "file-operations", fmt.Sprintf(params, path))
			if path == "out/../secret" && terr == nil {
				t.Errorf("%s of %s: %v", params, path, res.Value)
			}
			if terr == nil || terr.Code != tool.PermissionDenied || !errors.Is(terr, fs.ErrPermission) && terr.Details == nil {
				t.Errorf(params+": got %v, %v; want it denied", path, res, terr)
			}
		}
		if got := content(t, secret); got != "secret" {
			t.Fatalf("%s: the secret is now %q", path, got)
		}
		if entries, err := os.ReadDir(filepath.Dir(secret)); err != nil || len(entries) != 1 {
			t.Fatalf("%s: something was put outside: %v", path, entries)
		}
	}
}

// Moving and deleting work on a link itself, never on what it leads to.
func TestDeletingALinkedFolderLeavesIt(t *testing.T) {
	r := runner(t)
	secret, err := os.Readlink(filepath.Join(r.Dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(r.Dir, "out"), filepath.Join(r.Dir, "d", "out")); err != nil {
		t.Fatal(err)
	}
	if _, terr := r.Call(t, context.Background(), "file-operations", `{"operation":"delete","path":"d","recursive":true}`); terr != nil {
		t.Fatal(terr)
	}
	if content(t, secret) != "secret" {
		t.Error("deleting a folder went through a link in it")
	}
}

func TestListing(t *testing.T) {
	r := runner(t)
	res, terr := r.Call(t, context.Background(), "file-operations", `{"operation":"list_dir","path":".","recursive":true}`)
	if terr != nil {
		t.Fatal(terr)
	}
	var got []string
	for _, e := range res.Value.(map[string]any)["entries"].([]any) {
		m := e.(map[string]any)
		got = append(got, fmt.Sprintf("%s:%s", m["path"], m["type"]))
	}
	want := "a.txt:file d:directory d/b.txt:file d/e:directory d/e/c.txt:file link:symlink out:symlink secret:symlink"
	if strings.Join(got, " ") != want {
		t.Errorf("listed %v; want %s", got, want)
	}
}

func TestListingIsBounded(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for i := range maxEntries + 5 {
		if err := os.WriteFile(filepath.Join(r.Dir, fmt.Sprint(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	res, terr := r.Call(t, context.Background(), "file-operations", `{"operation":"list_dir","path":"."}`)
	if terr != nil {
		t.Fatal(terr)
	}
	if m := res.Value.(map[string]any); m["count"] != maxEntries || m["truncated"] != true {
		t.Errorf("count %v, truncated %v; want %d and true", m["count"], m["truncated"], maxEntries)
	}
}

func TestPlainText(t *testing.T) {
	r := runner(t)
	for params, want := range map[string]string{
		`{"operation":"read","path":"a.txt"}`: "alpha", `{"operation":"exists","path":"a.txt"}`: "true", `{"operation":"exists","path":"b"}`: "false",
	} {
		res, terr := r.Call(t, context.Background(), "file-operations", params)
		if terr != nil || res.Text == nil || *res.Text != want {
			t.Errorf("%s: %v, %v; want the text %q", params, res, terr, want)
		}
	}
}

func TestBetweenFolders(t *testing.T) {
	r := runner(t)
	other := t.TempDir()
	box, err := sandbox.New(r.Dir, sandbox.Folders(r.Dir, other))
	if err != nil {
		t.Fatal(err)
	}
	r.Sandbox = box
	r.Table(t, "file-operations", []tooltest.Want{
		{Params: fmt.Sprintf(`{"operation":"move","source_path":"d","target_path":%q}`, filepath.Join(other, "moved")), Field: "files", Value: "1"},
		{Params: fmt.Sprintf(`{"operation":"copy","source_path":"a.txt","target_path":%q}`, other), Field: "files", Value: "1"},
		{Params: fmt.Sprintf(`{"operation":"move","source_path":%q,"target_path":"x"}`, other), Err: "allowed folder itself"},
	})
	if content(t, filepath.Join(other, "moved/e/c.txt")) != "gamma" || content(t, filepath.Join(other, "a.txt")) != "alpha" {
		t.Error("the files did not arrive")
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "d")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the moved folder is still there: %v", err)
	}
}

func TestCancellation(t *testing.T) {
	r := runner(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, params := range []string{
		`{"operation":"read","path":"a.txt"}`, `{"operation":"list_dir","path":".","recursive":true}`, `{"operation":"delete","path":"d","recursive":true}`,
		`{"operation":"copy","source_path":"d","target_path":"x","recursive":true}`, `{"operation":"copy","source_path":"a.txt","target_path":"y"}`,
	} {
		if _, err := r.Call(t, ctx, "file-operations", params); err == nil || err.Code != tool.Cancelled {
			t.Errorf("%s after cancellation: %v", params, err)
		}
	}
	if content(t, filepath.Join(r.Dir, "d/e/c.txt")) != "gamma" {
		t.Error("something was deleted after cancellation")
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "y")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a cancelled copy left its target")
	}
}
