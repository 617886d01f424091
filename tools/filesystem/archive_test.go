//go:build unix

package filesystem

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

// tree lists what is below a folder: paths, with contents, targets of links
// and / for folders.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		rel, _ := filepath.Rel(dir, path)
		switch {
		case rel == ".":
		case e.IsDir():
			out = append(out, rel+"/")
		case e.Type()&fs.ModeSymlink != 0:
			to, _ := os.Readlink(path)
			out = append(out, rel+"->"+to)
		default:
			out = append(out, rel+"="+content(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestArchiveRoundTrip(t *testing.T) {
	for _, format := range []string{"zip", "tar", "tar.gz", "tgz", "tar.xz", "tar.zst"} {
		r := tooltest.New(t, Definitions())
		put(t, r, map[string]string{"in/a.txt": "alpha", "in/d/run.sh": "#!", "in/d/skip.log": "x", "in/empty": ""})
		os.Chmod(filepath.Join(r.Dir, "in/d/run.sh"), 0o755)
		os.Symlink("../a.txt", filepath.Join(r.Dir, "in/d/link"))
		os.Symlink("/etc/passwd", filepath.Join(r.Dir, "in/d/away"))
		if err := syscall.Mkfifo(filepath.Join(r.Dir, "in/pipe"), 0o600); err != nil {
			t.Fatal(err)
		}
		archive := "in/x." + format // inside the folder that it is made of
		for range 2 {               // the second time it replaces itself
			res, err := r.Call(t, context.Background(), "archive-handler", `{"operation":"create","path":"`+archive+`","input":["in"],"exclude":["*.log"]}`)
			if err != nil {
				t.Fatal(format, err)
			}
			v := res.Value.(map[string]any)
			if v["files"] != 3 || v["directories"] != 2 || v["links"] != 1 || len(v["skipped"].([]any)) != 2 {
				t.Errorf("%s: create: %v", format, v)
			}
		}
		res, err := r.Call(t, context.Background(), "archive-handler", `{"operation":"extract","path":"`+archive+`","target_path":"out/deep"}`)
		if err != nil {
			t.Fatal(format, err)
		}
		if v := res.Value.(map[string]any); v["files"] != 3 || v["bytes"] != int64(7) {
			t.Errorf("%s: extract: %v", format, v)
		}
		if got, want := tree(t, filepath.Join(r.Dir, "out/deep")), "in/ in/a.txt=alpha in/d/ in/d/link->../a.txt in/d/run.sh=#! in/empty="; got != want {
			t.Errorf("%s: got %s; want %s", format, got, want)
		}
		if info, err := os.Stat(filepath.Join(r.Dir, "out/deep/in/d/run.sh")); err != nil || info.Mode().Perm()&0o111 == 0 {
			t.Errorf("%s: the mode is lost: %v %v", format, info.Mode(), err)
		}
		res, err = r.Call(t, context.Background(), "archive-handler", `{"operation":"list","path":"`+archive+`","input":"*.txt"}`)
		if err != nil || res.Value.(map[string]any)["count"] != 1 || res.Value.(map[string]any)["total_size"] != int64(5) {
			t.Errorf("%s: list: %v %v", format, res, err)
		}
		// Parts of it, over what is there.
		_, err = r.Call(t, context.Background(), "archive-handler", `{"operation":"extract","path":"`+archive+`","target_path":"out/deep","input":["in/a.txt"]}`)
		if err == nil || !strings.Contains(err.Message, "exists; set overwrite") {
			t.Errorf("%s: overwriting: %v", format, err)
		}
		_, err = r.Call(t, context.Background(), "archive-handler", `{"operation":"extract","path":"`+archive+`","target_path":"out/deep","input":["in/*"],"exclude":"in/d","overwrite":true}`)
		if err != nil {
			t.Errorf("%s: overwriting: %v", format, err)
		}
	}
}

// An archive can be extracted over itself, links included, and what has taken
// the place of a link, or it of a file, is replaced without being followed.
func TestArchiveOverItself(t *testing.T) {
	for _, format := range []string{"zip", "tar"} {
		r := tooltest.New(t, Definitions())
		put(t, r, map[string]string{"in/a.txt": "alpha", "in/b.txt": "beta", "kept": "kept"})
		if err := os.Symlink("a.txt", filepath.Join(r.Dir, "in/link")); err != nil {
			t.Fatal(err)
		}
		old := time.Date(2020, 1, 2, 3, 4, 6, 0, time.Local)
		if err := os.Chtimes(filepath.Join(r.Dir, "in"), old, old); err != nil {
			t.Fatal(err)
		}
		r.Table(t, "archive-handler", []tooltest.Want{
			{Params: `{"operation":"create","path":"x.` + format + `","input":["in"]}`, Field: "links", Value: `1`},
			{Params: `{"operation":"extract","path":"x.` + format + `","target_path":"out"}`, Field: "links", Value: `1`},
			{Params: `{"operation":"extract","path":"x.` + format + `","target_path":"out","overwrite":true}`, Field: "links", Value: `1`},
		})
		if info, err := os.Stat(filepath.Join(r.Dir, "out/in")); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s: the folder's time is %v, not %v (%v)", format, info.ModTime(), old, err)
		}
		for name, to := range map[string]string{"b.txt": "../../kept", "link": ""} {
			at := filepath.Join(r.Dir, "out/in", name)
			if err := os.Remove(at); err != nil {
				t.Fatal(err)
			}
			if to == "" {
				put(t, r, map[string]string{"out/in/" + name: "a file"})
			} else if err := os.Symlink(to, at); err != nil {
				t.Fatal(err)
			}
		}
		r.Table(t, "archive-handler", []tooltest.Want{
			{Params: `{"operation":"extract","path":"x.` + format + `","target_path":"out"}`, Err: "set overwrite"},
			{Params: `{"operation":"extract","path":"x.` + format + `","target_path":"out","overwrite":true}`, Field: "links", Value: `1`},
		})
		if got, want := tree(t, filepath.Join(r.Dir, "out")), "in/ in/a.txt=alpha in/b.txt=beta in/link->a.txt"; got != want {
			t.Errorf("%s: got %s; want %s", format, got, want)
		}
		if got := content(t, filepath.Join(r.Dir, "kept")); got != "kept" {
			t.Errorf("%s: a link was followed: %q", format, got)
		}
	}
}

func TestArchiveSingle(t *testing.T) {
	r := tooltest.New(t, Definitions())
	put(t, r, map[string]string{"a.txt": "alpha", "b.txt": "beta", "hello.bz2": bzip2Hello, "absolute": "x"})
	for _, format := range []string{"gz", "xz", "zst"} {
		r.Table(t, "archive-handler", []tooltest.Want{
			{Params: `{"operation":"create","path":"a.txt.` + format + `","input":"a.txt"}`, Field: "files", Value: `1`},
			{Params: `{"operation":"list","path":"a.txt.` + format + `"}`, Field: "total_size", Value: `5`},
			{Params: `{"operation":"extract","path":"a.txt.` + format + `","target_path":"` + format + `"}`, Field: "files", Value: `1`},
			{Params: `{"operation":"create","path":"x.` + format + `","input":["a.txt","b.txt"]}`, Err: "holds only one", Code: tool.InvalidParameters},
		})
		if got := content(t, filepath.Join(r.Dir, format, "a.txt")); got != "alpha" {
			t.Errorf("%s: got %q", format, got)
		}
	}
	r.Table(t, "archive-handler", []tooltest.Want{
		{Params: `{"operation":"extract","path":"hello.bz2","target_path":"b"}`, Field: "bytes", Value: `6`},
		{Params: `{"operation":"create","path":"c.bin","format":"tgz","input":["` + filepath.Join(r.Dir, "a.txt") + `"]}`, Field: "format", Value: `"tar.gz"`},
		{Params: `{"operation":"extract","path":"c.bin","target_path":"c"}`, Field: "files", Value: `1`},
	})
	if got := tree(t, filepath.Join(r.Dir, "c")); got != "a.txt=alpha" {
		t.Errorf("an absolute path is stored as %s", got)
	}
}

// bzip2Hello is the text hello and the end of a line, as bzip2.
const bzip2Hello = "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xc1\xc0\x80\xe2\x00\x00\x01\x41\x00\x00\x10\x02\x44\xa0\x00\x30\xcd\x00\xc3\x46\x29\x97\x17\x72\x45\x38\x50\x90\xc1\xc0\x80\xe2"

// tarOf makes a tar archive.
func tarOf(headers ...tar.Header) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		text := "x"
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag != tar.TypeReg {
			text = ""
		}
		h.Size = int64(len(text))
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(&h); err != nil {
			panic(err)
		}
		io.WriteString(w, text)
	}
	w.Close()
	return b.String()
}

func zipOf(names ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		name, target, link := strings.Cut(n, "->")
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		text := "x"
		if link {
			h.SetMode(fs.ModeSymlink | 0o777)
			text = target
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			panic(err)
		}
		io.WriteString(f, text)
	}
	w.Close()
	return b.String()
}

// Every attack is refused, and nothing of the archive stays behind.
func TestArchiveAttacks(t *testing.T) {
	file := func(name string) tar.Header { return tar.Header{Name: name} }
	link := func(name, to string) tar.Header {
		return tar.Header{Name: name, Linkname: to, Typeflag: tar.TypeSymlink}
	}
	hard := func(name, to string) tar.Header {
		return tar.Header{Name: name, Linkname: to, Typeflag: tar.TypeLink}
	}
	bomb := gz(strings.Repeat("\x00", 30<<20))
	for name, c := range map[string]struct{ data, err string }{
		"dotdot.zip":      {zipOf("ok", "../evil"), "leads out of its folder"},
		"inner.zip":       {zipOf("ok", "a/../../evil"), "leads out of its folder"},
		"backslash.zip":   {zipOf("ok", `..\evil`), "leads out of its folder"},
		"absolute.zip":    {zipOf("ok", "/tmp/evil"), "absolute path"},
		"twice.zip":       {zipOf("a", "b", "a"), "two entries"},
		"link.zip":        {zipOf("ok", "l->/etc"), "absolute target"},
		"linkout.zip":     {zipOf("ok", "l->../.."), "leads out"},
		"underfile.zip":   {zipOf("a", "a/b"), "is not a folder"},
		"dotdot.tar":      {tarOf(file("ok"), file("../evil")), "leads out of its folder"},
		"absolute.tar":    {tarOf(file("ok"), file("/tmp/evil")), "absolute path"},
		"through.tar":     {tarOf(link("l", "d"), file("d/x"), file("l/evil")), "exists"},
		"chain.tar":       {tarOf(link("x", "."), link("y", "x/..")), `".." in its middle`},
		"linkup.tar":      {tarOf(file("ok"), link("d/l", "../../evil")), "leads out"},
		"hardout.tar":     {tarOf(file("ok"), hard("h", "../../etc/passwd")), "leads out of its folder"},
		"hardabs.tar":     {tarOf(file("ok"), hard("h", "/etc/passwd")), "absolute path"},
		"twice.tar":       {tarOf(file("a"), file("a")), "two entries"},
		"linkandfile.tar": {tarOf(link("a", "b"), file("a")), "two entries"},
		"deep.tar":        {tarOf(file(strings.Repeat("d/", 150) + "x")), "100 folders deep"},
		"bomb.gz":         {bomb, "decompression bomb"},
		"bombs.gz":        {gz(bomb + bomb), "no"}, // one level only: what is inside stays packed
		"cut.zip":         {zipOf("a", "b")[:80], "damaged"},
		"cut.tar":         {tarOf(file("a"))[:512], "damaged"},
		"cut.gz":          {gz("hello")[:14], "damaged"},
		"rar.rar":         {"Rar!\x1a\x07\x00", "7z or rar"},
		"text.zip":        {"just text", "damaged"},
		"text.bin":        {"just text", "no archive of a known format"},
		"empty.tar":       {"", "no archive"},
	} {
		r := tooltest.New(t, Definitions())
		put(t, r, map[string]string{name: c.data, "out/kept": "kept"})
		_, err := r.Call(t, context.Background(), "archive-handler", `{"operation":"extract","path":"`+name+`","target_path":"out"}`)
		if c.err == "no" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Message, c.err) {
			t.Errorf("%s: %v; want %q", name, err, c.err)
		}
		if got := tree(t, filepath.Join(r.Dir, "out")); got != "kept=kept" {
			t.Errorf("%s: left behind: %s", name, got)
		}
		os.Remove(filepath.Join(r.Dir, name))
		if got := tree(t, r.Dir); got != "out/ out/kept=kept" {
			t.Errorf("%s: outside the target: %s", name, got)
		}
		_, err = r.Call(t, context.Background(), "archive-handler", `{"operation":"list","path":"`+name+`"}`)
		if err == nil {
			t.Errorf("%s: a missing archive is listed", name)
		}
	}
}

func gz(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func TestArchiveOddities(t *testing.T) {
	r := tooltest.New(t, Definitions())
	put(t, r, map[string]string{
		"odd.tar": tarOf(tar.Header{Name: "./a", Mode: 0o6755}, tar.Header{Name: "h", Linkname: "a", Typeflag: tar.TypeLink}, tar.Header{Name: "A"},
			tar.Header{Name: "dev", Typeflag: tar.TypeBlock}, tar.Header{Name: "fifo", Typeflag: tar.TypeFifo}, tar.Header{Name: "h2", Linkname: "none", Typeflag: tar.TypeLink}),
		"bad.zip": zipOf("../x", "y"),
	})
	res, err := r.Call(t, context.Background(), "archive-handler", `{"operation":"extract","path":"odd.tar","target_path":"o"}`)
	if err != nil {
		t.Fatal(err)
	}
	v := res.Value.(map[string]any)
	if v["links"] != 1 || len(v["skipped"].([]any)) != 3 || fmt.Sprint(v["case_clashes"]) != "[A]" {
		t.Errorf("%v", v)
	}
	info, serr := os.Stat(filepath.Join(r.Dir, "o/a"))
	if serr != nil || info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v (%v)", info.Mode(), serr)
	}
	r.Table(t, "archive-handler", []tooltest.Want{
		{Params: `{"operation":"list","path":"bad.zip"}`, Field: "count", Value: `2`},
		{Params: `{"operation":"list","path":"odd.tar","max_entries":2}`, Err: "more than 2 entries", Code: tool.LimitExceeded},
		{Params: `{"operation":"list","path":"bad.zip","max_entries":1}`, Err: "more than 1 entries", Code: tool.LimitExceeded},
		{Params: `{"operation":"extract","path":"odd.tar","target_path":"p","max_size":1}`, Err: "more than 1 bytes", Code: tool.LimitExceeded},
		{Params: `{"operation":"extract","path":"bad.zip","target_path":"p","max_size":1}`, Err: "more than 1 bytes", Code: tool.LimitExceeded},
	})
	res, err = r.Call(t, context.Background(), "archive-handler", `{"operation":"list","path":"bad.zip"}`)
	if err != nil || !strings.Contains(fmt.Sprint(res.Value), "leads out") {
		t.Errorf("list does not warn: %v %v", res, err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "p")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the target folder of a failed extraction is left behind")
	}
	// An encrypted entry.
	data := []byte(zipOf("secret"))
	for _, sign := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(data, []byte(sign))
		data[at+6+2*(int(sign[2])&1)] |= 1 // the flags lie at 6, and at 8 in the directory
	}
	put(t, r, map[string]string{"enc.zip": string(data)})
	r.Table(t, "archive-handler", []tooltest.Want{{Params: `{"operation":"extract","path":"enc.zip","target_path":"e"}`, Err: "encrypted", Code: tool.Unsupported}})
}

func TestArchiveRefusals(t *testing.T) {
	r := runner(t)
	put(t, r, map[string]string{"ok.zip": zipOf("a")})
	r.Table(t, "archive-handler", []tooltest.Want{
		{Params: `{"path":"x"}`, Err: `"operation" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"pakc","path":"x"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"list"}`, Err: `"path" is missing`},
		{Params: `{"operation":"list","path":5}`, Err: `"path" is wrong`},
		{Params: `{"operation":"create","path":"x.zip"}`, Err: `"input" is missing`},
		{Params: `{"operation":"create","path":"x.zip","input":5}`, Err: `"input" is wrong`},
		{Params: `{"operation":"create","path":"x.zip","input":["none"]}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"create","path":"x.what","input":["d"]}`, Err: `"format" is missing`},
		{Params: `{"operation":"create","path":"x.zip","input":["d"],"format":"arj"}`, Err: `"format" is wrong`},
		{Params: `{"operation":"create","path":"x.tar.bz2","input":["d"]}`, Err: "can be read, not created", Code: tool.Unsupported},
		{Params: `{"operation":"create","path":"x.zip","input":["d","./d"]}`, Err: `gives two files the name "d"`},
		{Params: `{"operation":"create","path":"x.zip","input":["d"],"exclude":["["]}`, Err: `"exclude"`},
		{Params: `{"operation":"create","path":"x.zip","input":["d"],"exclude":["*"]}`, Err: "nothing to put"},
		{Params: `{"operation":"create","path":"x.zip","input":["d"],"max_size":3}`, Err: "more than 3 bytes", Code: tool.LimitExceeded},
		{Params: `{"operation":"create","path":"x.zip","input":["/etc/passwd"]}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"create","path":"x.zip","input":["out/secret"]}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"create","path":"/etc/x.zip","input":["d"]}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract","path":"/etc/x.zip"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract","path":"ok.zip","target_path":"/etc"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract","path":"ok.zip","target_path":"out"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract","path":"ok.zip","target_path":"a.txt"}`, Err: "not a folder"},
		{Params: `{"operation":"extract","path":"ok.zip","target_path":5}`, Err: `"target_path" is wrong`},
		{Params: `{"operation":"extract","path":"ok.zip","overwrite":5}`, Err: `"overwrite" is wrong`},
		{Params: `{"operation":"extract","path":"ok.zip","input":"["}`, Err: `"input"`},
		{Params: `{"operation":"extract","path":"ok.zip","max_size":0}`, Err: `"max_size" is wrong`},
		{Params: `{"operation":"extract","path":"ok.zip","max_entries":0}`, Err: `"max_entries" is wrong`},
		{Params: `{"operation":"extract","path":"ok.zip","max_ratio":0}`, Err: `"max_ratio" is wrong`},
		{Params: `{"operation":"extract","path":"d"}`, Err: "is a folder"},
	})
}

func TestArchiveCancelled(t *testing.T) {
	r := tooltest.New(t, Definitions())
	put(t, r, map[string]string{"big/a": strings.Repeat("some text", 1<<20), "big/b": "b"})
	for _, format := range []string{"zip", "tar.gz", "tar.xz", "tar.zst"} {
		if _, err := r.Call(t, newCountdown(10), "archive-handler", `{"operation":"create","path":"big.`+format+`","input":["big"]}`); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("create %s: %v", format, err)
		}
		if got := tree(t, r.Dir); strings.Contains(got, "llmspell") || strings.Contains(got, "big.") {
			t.Errorf("%s: a part is left behind", format)
		}
		if _, err := r.Call(t, context.Background(), "archive-handler", `{"operation":"create","path":"big.`+format+`","input":["big"]}`); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Call(t, newCountdown(20), "archive-handler", `{"operation":"extract","path":"big.`+format+`","target_path":"out","max_ratio":100000}`); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("extract %s: %v", format, err)
		}
		if _, err := os.Stat(filepath.Join(r.Dir, "out")); err == nil {
			t.Errorf("extract %s: a part is left behind", format)
		}
		os.Remove(filepath.Join(r.Dir, "big."+format))
	}
}

func TestArchiveReportsProgress(t *testing.T) {
	r := tooltest.New(t, Definitions())
	put(t, r, map[string]string{"a": strings.Repeat("0123456789", 4<<20)})
	var seen []float64
	call := tool.NewCall(tool.Params{"operation": "create", "path": "a.tar", "input": "a", "max_size": 1 << 30, "max_entries": 10}, r.Sandbox, nil,
		func(p tool.Progress) { seen = append(seen, p.Done/p.Total) })
	if _, err := runArchive(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 3 || !slices.IsSorted(seen) || seen[len(seen)-1] > 1 {
		t.Errorf("progress: %v", seen)
	}
}

func TestSafeLink(t *testing.T) {
	for _, c := range []struct {
		rel, target string
		ok          bool
	}{{"a", "b", true}, {"d/a", "../b", true}, {"d/a", "./b/c", true}, {"a", "../b", false}, {"a", "b/../c", false}, {"a", "/b", false}, {"a", "", false}, {"a", `\b`, false}, {"d/a", "../../b", false}} {
		if why := safeLink(c.rel, c.target); (why == "") != c.ok {
			t.Errorf("%s -> %s: %q", c.rel, c.target, why)
		}
	}
}

// FuzzArchive extracts anything: nothing may panic, hang or leave the folder.
func FuzzArchive(f *testing.F) {
	for _, seed := range []string{zipOf("a", "d/b", "l->a"), tarOf(tar.Header{Name: "a"}, tar.Header{Name: "l", Linkname: "a", Typeflag: tar.TypeSymlink}), gz("hello"), bzip2Hello, gz(tarOf(tar.Header{Name: "a"}))} {
		f.Add([]byte(seed))
	}
	r := tooltest.New(f, Definitions())
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(r.Dir, "x.bin")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		r.Call(t, ctx, "archive-handler", `{"operation":"extract","path":"x.bin","target_path":"in/out","max_size":1000000}`)
		if ctx.Err() != nil {
			t.Fatal("it hangs")
		}
		os.RemoveAll(filepath.Join(r.Dir, "in"))
		if entries, _ := os.ReadDir(r.Dir); len(entries) != 1 {
			t.Fatal("something was written outside")
		}
	})
}
