package httpx

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"

	"github.com/llmspell/llmspell/tools/tool"
)

// errBodyGzip marks a body that is not the gzip that its header says.
var errBodyGzip = errors.New("not gzip")

// readBody reads the body into the response or the request's sink, up to the limit.
func (a *exchange) readBody(answer *http.Response, resp *Response, decode bool) error {
	r := a.request
	body, total := io.Reader(answer.Body), answer.ContentLength
	if a.method == http.MethodHead || answer.StatusCode == http.StatusNoContent || answer.StatusCode == http.StatusNotModified {
		return nil
	}
	limit := r.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	coded := decode && strings.EqualFold(strings.TrimSpace(answer.Header.Get("Content-Encoding")), "gzip")
	if coded {
		resp.Decoded, total = "gzip", -1
		resp.Header = answer.Header.Clone()
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		buffered := bufio.NewReader(body)
		switch magic, err := buffered.Peek(2); {
		case len(magic) == 0 && errors.Is(err, io.EOF): // nothing is no gzip, but some servers send it
			return nil
		case len(magic) == 2 && string(magic) != "\x1f\x8b":
			return errBodyGzip
		}
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return gzipError(err)
		}
		body = z
	}
	var sink io.Writer
	if r.Sink != nil {
		var err error
		if sink, err = r.Sink(resp); err != nil {
			return err
		}
		if sink == nil { // the limit was meant for where it does not go
			limit = min(limit, DefaultMaxBytes)
		}
	}
	if total > limit && !r.Truncate {
		return tooLarge(r, limit)
	}
	err := a.copyBody(resp, sink, body, limit, total)
	if coded {
		err = gzipError(err)
	}
	return err
}

// copyBody reads what there is, and one byte beyond the limit to know that
// there is more.
func (a *exchange) copyBody(resp *Response, sink io.Writer, body io.Reader, limit, total int64) error {
	r := a.request
	var buf []byte
	if sink == nil {
		buf = make([]byte, 0, min(limit, 1<<20, 512+knownLength(total)))
	}
	piece := make([]byte, 32<<10)
	for {
		n, err := body.Read(piece)
		data := piece[:n]
		if rest := limit - resp.Size; int64(n) > rest {
			if !r.Truncate {
				return tooLarge(r, limit)
			}
			data, resp.Truncated, err = data[:rest], true, io.EOF
		}
		resp.Size += int64(len(data))
		if sink == nil {
			buf = append(buf, data...)
		} else if len(data) > 0 {
			a.sunk = true
			if _, err := sink.Write(data); err != nil {
				return tool.AsError("", "", err)
			}
		}
		if r.Progress != nil && len(data) > 0 {
			r.Progress(resp.Size, total)
		}
		switch {
		case errors.Is(err, io.EOF):
			if sink == nil {
				resp.Body = buf
			}
			return nil
		case err != nil:
			return err
		}
	}
}

// knownLength makes an unknown length 0.
func knownLength(total int64) int64 { return max(total, 0) }

func tooLarge(r *Request, limit int64) error {
	return tool.Errorf(tool.LimitExceeded, "%s: the body is larger than the %s that are allowed", Redact(r.URL), describeSize(limit))
}

// gzipError tells a wrong gzip from a connection that broke.
func gzipError(err error) error {
	var corrupt interface{ Error() string }
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.As(err, &corrupt) && strings.HasPrefix(corrupt.Error(), "flate: corrupt") {
		return fmt.Errorf("%w: %w", errBodyGzip, err)
	}
	return err
}

// basic is the value of an Authorization header.
func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// MediaType returns the body's type in lower case, without parameters; "" when
// the server did not say.
func (r *Response) MediaType() string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t, _, _ = strings.Cut(r.Header.Get("Content-Type"), ";")
		t = strings.ToLower(strings.TrimSpace(t))
	}
	return t
}

// IsJSON tells whether the server says that the body is JSON.
func (r *Response) IsJSON() bool {
	t := r.MediaType()
	return t == "application/json" || t == "text/json" || strings.HasSuffix(t, "+json")
}

// JSON decodes the body. Numbers become float64.
func (r *Response) JSON() (any, error) {
	var v any
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return nil, tool.Errorf(tool.RemoteFailed, "%s: the answer is not JSON: %w", Redact(r.URL), err)
	}
	return v, nil
}

// isText tells whether the body is meant for people or programs that read text.
func (r *Response) isText() bool {
	t := r.MediaType()
	switch {
	case strings.HasPrefix(t, "text/"), r.IsJSON(), strings.HasSuffix(t, "xml"), t == "application/x-www-form-urlencoded",
		t == "application/javascript", t == "application/graphql", strings.HasSuffix(t, "yaml"):
		return true
	case t == "" || t == "application/octet-stream":
		return utf8.Valid(r.Body)
	}
	return false
}

// IsText tells whether the body is text, by its type, or by its bytes when the server
// does not say.
func (r *Response) IsText() bool { return r.isText() }

// Text decodes the body to UTF-8 by the charset that the server, a byte order
// mark or an HTML document names. Bytes that no character has become U+FFFD. The error
// says that the body is compressed in a way that was not asked for.
func (r *Response) Text() (string, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return "", tool.Errorf(tool.Unsupported, "%s: the body is compressed with %q, which was not asked for", Redact(r.URL), clip(e, 20))
	}
	return DecodeText(r.Body, r.Header.Get("Content-Type")), nil
}

// DecodeText is Response.Text for bytes and a Content-Type that came another way.
func DecodeText(data []byte, contentType string) string {
	enc := textEncoding(data, contentType)
	if enc == nil {
		data = []byte(strings.TrimPrefix(string(data), "\uFEFF"))
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return strings.TrimPrefix(string(out), "\uFEFF")
}

// textEncoding finds the encoding of a text; nil is UTF-8.
func textEncoding(data []byte, contentType string) encoding.Encoding {
	_, params, _ := mime.ParseMediaType(contentType)
	enc, name, certain := charset.DetermineEncoding(data, contentType)
	switch {
	case name == "utf-8":
		return nil
	case !certain && params["charset"] == "" && utf8.Valid(data):
		return nil
	case enc == encoding.Nop || enc == encoding.Replacement:
		return nil
	}
	return enc
}
