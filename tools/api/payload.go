package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path/filepath"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// What may be sent.
const (
	maxPayload = 32 << 20 // as a parameter
	maxUpload  = 1 << 30  // with files
	maxParts   = 100
)

// bodyParameters are the ways to give a request a body; a call uses one.
func bodyParameters() []schema.Property {
	part := schema.Map("A part of the form",
		schema.Required("name", schema.Text("The name of its field")),
		schema.Optional("value", schema.Text("Its text")),
		schema.Optional("file", schema.Text("The path of the file that is its content"), "path"),
		schema.Optional("filename", schema.Text("The name of the file for the server; the default is that of the path")),
		schema.Optional("content_type", schema.Text("Its type; the default for a file follows from its name")))
	return []schema.Property{
		schema.Optional("body", &schema.Schema{Description: "The body: a text is sent as it is, anything else as JSON. At most 32 MB"}, "data", "payload"),
		schema.Optional("json", &schema.Schema{Description: "A value to send as JSON, also a text or number"}),
		schema.Optional("form", schema.Map("Names and values to send as a form (application/x-www-form-urlencoded)")),
		schema.Optional("multipart", &schema.Schema{Types: []schema.Type{schema.Array}, Items: part, MaxItems: schema.Ptr(maxParts),
			Description: "Parts to send as multipart/form-data, with files from the allowed folders; at most 1 GB in all"}),
		schema.Optional("body_file", schema.Text("The path of a file to send as the body; at most 1 GB"), "input_file", "upload_file"),
	}
}

// bodyOf makes the body that a call's parameters describe; nil for none. at is
// put before the names of parameters in errors.
func bodyOf(box *sandbox.Sandbox, at string, params tool.Params) (*httpx.Body, error) {
	given := ""
	for _, name := range []string{"body", "json", "form", "multipart", "body_file"} {
		if !params.Has(name) {
			continue
		}
		if given != "" {
			return nil, &schema.FieldError{Path: at + name, Problem: fmt.Sprintf("and %q are two bodies; pass one of them", given)}
		}
		given = name
	}
	switch given {
	case "body":
		if text, ok := params["body"].(string); ok {
			kind := "text/plain; charset=utf-8"
			if begins := strings.TrimLeft(text, " \t\r\n"); begins != "" && (begins[0] == '{' || begins[0] == '[') && json.Valid([]byte(text)) {
				kind = "application/json"
			}
			return sized(at+given, kind, []byte(text))
		}
		return jsonBody(at+given, params["body"])
	case "json":
		return jsonBody(at+given, params["json"])
	case "form":
		text, err := encodeForm(at+"form", params.Map("form"))
		if err != nil {
			return nil, err
		}
		return sized(at+given, "application/x-www-form-urlencoded", []byte(text))
	case "multipart":
		list, _ := params["multipart"].([]any)
		return multipartBody(box, at+"multipart", list)
	case "body_file":
		return fileBody(box, params.String("body_file"))
	}
	return nil, nil
}

func jsonBody(field string, v any) (*httpx.Body, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, &schema.FieldError{Path: field, Expected: "a value that JSON can hold", Found: err.Error()}
	}
	return sized(field, "application/json", data)
}

func sized(field, kind string, data []byte) (*httpx.Body, error) {
	if len(data) > maxPayload {
		return nil, &schema.FieldError{Path: field, Expected: fmt.Sprintf("at most %d MB", maxPayload>>20), Found: fmt.Sprintf("%d bytes", len(data)),
			Help: "send more from a file with body_file"}
	}
	return httpx.Bytes(kind, data), nil
}

func typeOfName(name string) string {
	if t := mime.TypeByExtension(filepath.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func fileBody(box *sandbox.Sandbox, path string) (*httpx.Body, error) {
	s, err := fileSegment(box, path)
	if err != nil {
		return nil, err
	}
	return segments{s}.body(typeOfName(path))
}

// multipartBody makes a form of texts and files. Files are opened when they are
// sent, one at a time.
func multipartBody(box *sandbox.Sandbox, field string, parts []any) (*httpx.Body, error) {
	var out segments
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	flush := func() {
		out = append(out, textSegment(bytes.Clone(head.Bytes())))
		head.Reset()
	}
	for i, v := range parts {
		m, _ := v.(map[string]any)
		p := tool.Params(m)
		at := fmt.Sprintf("%s[%d]", field, i+1)
		if p.Has("value") == p.Has("file") {
			return nil, &schema.FieldError{Path: at, Expected: "a value or a file", Found: map[bool]string{true: "both", false: "neither"}[p.Has("value")]}
		}
		kind, filename := p.String("content_type"), p.String("filename")
		if !httpguts.ValidHeaderFieldValue(kind) {
			return nil, &schema.FieldError{Path: at + ".content_type", Expected: "one line of text", Found: "a text with a control character"}
		}
		if p.Has("file") {
			if filename == "" {
				filename = filepath.Base(p.String("file"))
			}
			if kind == "" {
				kind = typeOfName(filename)
			}
		}
		header := textproto.MIMEHeader{}
		if filename != "" {
			header.Set("Content-Disposition", multipart.FileContentDisposition(p.String("name"), filename))
		} else {
			header.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": p.String("name")}))
		}
		if kind != "" {
			header.Set("Content-Type", kind)
		}
		if header.Get("Content-Disposition") == "" {
			return nil, &schema.FieldError{Path: at + ".name", Expected: "one line of text", Found: "a text with a control character"}
		}
		to, err := w.CreatePart(header)
		if err != nil {
			return nil, err
		}
		if !p.Has("file") {
			if _, err := io.WriteString(to, p.String("value")); err != nil {
				return nil, err
			}
			continue
		}
		flush()
		s, err := fileSegment(box, p.String("file"))
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	flush()
	return out.body(w.FormDataContentType())
}

// segment is a piece of a body: bytes, or a file that is opened when its turn comes.
type segment struct {
	size int64
	open func() (io.ReadCloser, error)
}

func textSegment(data []byte) segment {
	return segment{int64(len(data)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

func fileSegment(box *sandbox.Sandbox, path string) (segment, error) {
	f, err := box.OpenFile(path)
	if err != nil {
		return segment{}, err
	}
	info, err := f.Stat()
	f.Close()
	if err != nil {
		return segment{}, fmt.Errorf("cannot read %q: %w", path, err)
	}
	return segment{info.Size(), func() (io.ReadCloser, error) {
		f, err := box.OpenFile(path)
		if err != nil {
			return nil, err
		}
		return f, nil
	}}, nil
}

type segments []segment

func (s segments) body(kind string) (*httpx.Body, error) {
	total := int64(0)
	for _, one := range s {
		total += one.size
	}
	if total > maxUpload {
		return nil, tool.Errorf(tool.LimitExceeded, "what is to be sent has %d bytes; the limit is %d MB", total, maxUpload>>20)
	}
	return &httpx.Body{Type: kind, Size: total, Open: func() (io.ReadCloser, error) { return &segmentReader{rest: s}, nil }}, nil
}

// segmentReader reads one segment after the other.
type segmentReader struct {
	rest    segments
	current io.ReadCloser
}

// Read opens the next segment when one is at its end.
func (r *segmentReader) Read(p []byte) (int, error) {
	for {
		if r.current == nil {
			if len(r.rest) == 0 {
				return 0, io.EOF
			}
			var err error
			if r.current, err = r.rest[0].open(); err != nil {
				return 0, err
			}
			r.rest = r.rest[1:]
		}
		n, err := r.current.Read(p)
		if errors.Is(err, io.EOF) {
			r.current.Close()
			r.current, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// Close closes the segment that is open.
func (r *segmentReader) Close() error {
	r.rest = nil
	if r.current != nil {
		return r.current.Close()
	}
	return nil
}
