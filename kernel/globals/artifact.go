package globals

import (
	"encoding/json"
	"errors"
	"io"
	"path"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
)

// describeArtifact is an artifact as scripts see it.
func describeArtifact(a *archive.Artifact) map[string]any {
	m := map[string]any{
		"content_hash": a.Hash, "session_id": a.Session, "sequence": a.Sequence, "name": a.Name, "version": a.Version,
		"artifact_type": string(a.Type), "type": string(a.Type), "mime_type": a.Mime, "size": a.Size, "stored_size": a.Stored,
		"tags": textList(a.Tags), "metadata": a.Metadata, "custom": a.Metadata, "created_at": rfc(a.CreatedAt),
	}
	if a.CreatedBy != "" {
		m["created_by"] = a.CreatedBy
	}
	return m
}

func (c *sessionCall) pushArtifacts(list []*archive.Artifact) int {
	out := make([]any, len(list))
	for i, a := range list {
		out[i] = describeArtifact(a)
	}
	return c.push(out)
}

// artifactSpec reads the type from argument n and what is known of the artifact
// from argument m: mime_type, tags and created_by; all else is metadata.
func (c *sessionCall) artifactSpec(session, name string, n, m int) archive.ArtifactSpec {
	o := c.table(m)
	spec := archive.ArtifactSpec{Session: session, Name: name, Mime: o.text("mime_type"), Tags: o.texts("tags"), CreatedBy: o.text("created_by"), Metadata: map[string]any{}}
	if c.L.Get(n) != lua.LNil {
		var err error
		spec.Type, err = archive.ParseArtifactType(c.text(n, "the type of the artifact"))
		c.must(err)
	}
	for k, v := range o.m {
		if k != "mime_type" && k != "tags" && k != "created_by" {
			spec.Metadata[k] = v
		}
	}
	return spec
}

// store is Artifact.store(session, type, name, content, meta): {content_hash,
// session_id, sequence}. A table as the content is kept as JSON.
func (g *sessionGlobal) store(c *sessionCall) int {
	spec := c.artifactSpec(c.session(1), c.text(3, "the name of the artifact"), 2, 5)
	var content string
	switch v := c.L.Get(4).(type) {
	case lua.LString:
		content = string(v)
	case *lua.LTable:
		value, err := runtime.ToGo(v, g.env.limits(c.L))
		c.must(err)
		var data []byte
		c.must(g.env.elsewhere(func() { data, err = json.Marshal(value) }))
		c.must(err)
		if content = string(data); spec.Mime == "" {
			spec.Mime = "application/json"
		}
	default:
		c.fail("argument 4 must be the content, a string or a table, not a %s", v.Type())
	}
	return c.pushStored(spec, strings.NewReader(content))
}

func (c *sessionCall) pushStored(spec archive.ArtifactSpec, r io.Reader) int {
	a, err := c.view().StoreArtifact(c.context(), spec, r)
	c.must(err)
	return c.push(map[string]any{"content_hash": a.Hash, "session_id": a.Session, "sequence": a.Sequence})
}

// storeFile is Artifact.store_file(session, path, type, meta): as store, of a file
// that the sandbox allows to read. meta.name is the name; else it is the file's.
func (g *sessionGlobal) storeFile(c *sessionCall) int {
	session, file := c.session(1), c.text(2, "a path")
	spec := c.artifactSpec(session, path.Base(filepath.ToSlash(file)), 3, 4)
	if name, ok := spec.Metadata["name"].(string); ok {
		spec.Name = name
		delete(spec.Metadata, "name")
	}
	f, err := c.sandbox().OpenFile(file)
	c.must(err)
	defer f.Close()
	return c.pushStored(spec, f)
}

// artifactRef reads a session from argument 1 and what names an artifact from
// argument 2: a table such as store returns, a hash, a name, or a sequence number.
func (c *sessionCall) artifactRef() archive.ArtifactRef {
	ref := archive.ArtifactRef{}
	switch v := c.L.Get(2).(type) {
	case lua.LNumber:
		ref.Sequence = int(v)
	case lua.LString:
		if archive.IsHash(string(v)) {
			ref.Hash = string(v)
		} else {
			ref.Name = string(v)
		}
	case *lua.LTable:
		o := c.table(2)
		ref.Session, ref.Sequence, ref.Hash = o.text("session_id"), int(o.integer("sequence")), o.text("content_hash")
		ref.Name, ref.Version = o.text("name"), int(o.integer("version"))
	default:
		c.fail("argument 2 must name an artifact: {content_hash=, session_id=, sequence=}, a hash, a name or a number; not a %s", v.Type())
	}
	if c.L.Get(1) != lua.LNil && c.L.Get(1) != lua.LString("") || ref.Session == "" {
		ref.Session = c.session(1)
	}
	if ref.Sequence == 0 && ref.Hash == "" && ref.Name == "" {
		c.fail("argument 2 names no artifact: it has neither content_hash nor sequence nor name")
	}
	return ref
}

// findArtifact looks for what the arguments name; nil if there is no such
// artifact.
func (c *sessionCall) findArtifact(view archive.View) *archive.Artifact {
	a, err := view.Artifact(c.context(), c.artifactRef())
	if errors.Is(err, archive.ErrNotFound) {
		return nil
	}
	c.must(err)
	return a
}

// maxContent is the largest content that becomes a Lua string.
const maxContent = 1 << 30

// getArtifact is Artifact.get(session, id): {metadata, content}, or nil.
func (g *sessionGlobal) getArtifact(c *sessionCall) int {
	view := c.view()
	a := c.findArtifact(view)
	if a == nil {
		c.L.Push(lua.LNil)
		return 1
	}
	if a.Size > maxContent {
		c.fail("artifact %q has %d bytes, which is too much for a string: write it to a file with Artifact.save_file", a.Name, a.Size)
	}
	if g.env.Alloc != nil {
		g.env.Alloc(c.L, 2*a.Size)
	}
	content := make([]byte, a.Size)
	r := view.OpenArtifact(c.context(), a)
	_, err := io.ReadFull(r, content)
	if err == nil { // the hash is compared at the end
		_, err = io.Copy(io.Discard, r)
	}
	c.must(err)
	t := c.L.CreateTable(0, 2)
	t.RawSetString("metadata", Kept(c.L, describeArtifact(a)))
	t.RawSetString("content", lua.LString(content))
	c.L.Push(t)
	return 1
}

// saveFile is Artifact.save_file(session, id, path): writes the content to a file,
// where the sandbox allows it. It returns the number of bytes.
func (g *sessionGlobal) saveFile(c *sessionCall) int {
	view := c.view()
	a := c.findArtifact(view)
	if a == nil {
		c.fail("there is no such artifact")
	}
	c.writeFile(c.text(3, "a path"), func(w io.Writer) error {
		_, err := io.Copy(w, view.OpenArtifact(c.context(), a))
		return err
	})
	c.L.Push(lua.LNumber(a.Size))
	return 1
}

// listArtifacts is Artifact.list(session): nil and "" are the current session, or all
// if there is none.
func (g *sessionGlobal) listArtifacts(c *sessionCall) int {
	q := archive.ArtifactQuery{Session: g.current.ID}
	if id := c.optionalID(1); id != "" {
		q.Session = id
	}
	list, err := c.view().QueryArtifacts(c.context(), q)
	c.must(err)
	return c.pushArtifacts(list)
}

// queryArtifacts is Artifact.query{session_id=, type=, name_pattern=, tags=,
// created_after=, created_before=, min_size=, max_size=, latest=, limit=, offset=}.
func (g *sessionGlobal) queryArtifacts(c *sessionCall) int {
	o := c.options(1, options.ArtifactQuery)
	q := archive.ArtifactQuery{
		Session: o.text("session_id"), Name: o.text("name_pattern"), Tags: o.texts("tags"), Hash: o.text("content_hash"),
		CreatedAfter: o.time("created_after"), CreatedBefore: o.time("created_before"),
		MinSize: o.integer("min_size"), MaxSize: o.integer("max_size"), Latest: o.boolean("latest"),
		Limit: int(o.integer("limit")), Offset: int(o.integer("offset")),
	}
	if text := o.text("type"); text != "" {
		var err error
		q.Type, err = archive.ParseArtifactType(text)
		c.must(err)
	}
	list, err := c.view().QueryArtifacts(c.context(), q)
	c.must(err)
	return c.pushArtifacts(list)
}

// deleteArtifact is Artifact.delete(session, id): true, or false if there is no
// such artifact.
func (g *sessionGlobal) deleteArtifact(c *sessionCall) int {
	_, err := c.view().DeleteArtifact(c.context(), c.artifactRef())
	if !errors.Is(err, archive.ErrNotFound) {
		c.must(err)
	}
	c.L.Push(lua.LBool(err == nil))
	return 1
}

// verify is Artifact.verify(session): {checked=, damaged={{…, error=}, …}}; "" is
// all sessions.
func (g *sessionGlobal) verify(c *sessionCall) int {
	id := g.current.ID
	if c.L.Get(1) != lua.LNil {
		id = c.id(1)
	}
	n, bad, err := c.view().Verify(c.context(), id)
	c.must(err)
	damaged := []any{}
	for a, why := range bad {
		m := describeArtifact(a)
		m["error"] = why.Error()
		damaged = append(damaged, m)
	}
	return c.push(map[string]any{"checked": n, "damaged": damaged})
}
