package embed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// EndpointOptions say which server is asked, and how. URL and Model are needed.
type EndpointOptions struct {
	// URL is the server's address, up to /v1 or whatever comes before /embeddings.
	URL   string
	Model string
	// Key is sent as a bearer token; "" for none. KeyName names where it comes from, for errors.
	Key, KeyName string
	// Dimensions asks for vectors of so many numbers, of models that can; answers of another length are
	// errors. 0: as many as the model gives.
	Dimensions int
	// Base64 asks for numbers in base64, which is a fifth of the bytes. Some servers do not know it. What
	// a server sends is read either way.
	Base64 bool
	// Batch is how many texts a request has at most. 0: 64.
	Batch int
	// Timeout of one request, without those that are made again. 0: 30 s.
	Timeout time.Duration
	// Retries is how often a request that fails is made again: after a lost connection, 408, 429 and 5xx. Less than 0: never; 0: 3.
	Retries int
	// QueryPrefix and DocumentPrefix stand before texts, for models that want to be told what they are.
	QueryPrefix, DocumentPrefix string
}

const (
	defaultBatch   = 64
	maxBatch       = 2048
	batchBytes     = 256 << 10 // of texts in a request, unless one alone has more
	defaultTimeout = 30 * time.Second
	defaultRetries = 3
	maxAnswer      = 256 << 20
	maxModel       = 256
)

// Endpoint is a server that speaks OpenAI's /v1/embeddings.
type Endpoint struct {
	opt    EndpointOptions
	url    *url.URL
	client *httpx.Client

	mu        sync.Mutex
	dimension int // 0 until it is known
}

var _ Embedder = (*Endpoint)(nil)

// NewEndpoint checks the options. It asks the server nothing.
func NewEndpoint(o EndpointOptions) (*Endpoint, error) {
	u, err := httpx.ParseURL("url", o.URL)
	if err != nil {
		return nil, fmt.Errorf("the embedder's address: %w", err)
	}
	switch {
	case o.Model == "":
		return nil, errors.New("the embedder has no model: name one that the server has, such as nomic-embed-text")
	case len(o.Model) > maxModel:
		return nil, fmt.Errorf("the embedder's model has a name of %d bytes, more than %d", len(o.Model), maxModel)
	case o.Dimensions < 0 || o.Dimensions > maxDimension:
		return nil, fmt.Errorf("the embedder cannot have vectors of %d numbers: give 1 to %d, or 0 for as many as the model has", o.Dimensions, maxDimension)
	case o.Batch < 0 || o.Batch > maxBatch:
		return nil, fmt.Errorf("the embedder cannot send %d texts at a time: give 1 to %d, or 0 for %d", o.Batch, maxBatch, defaultBatch)
	case o.Key != "" && u.Scheme == "http" && !isLocal(u.Hostname()):
		return nil, fmt.Errorf("%s would get the key from %s in clear text: use https", httpx.Redact(u), o.keyName())
	}
	if o.Batch == 0 {
		o.Batch = defaultBatch
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Retries == 0 {
		o.Retries = defaultRetries
	}
	box, err := sandbox.New("", sandbox.Policy{Net: sandbox.Rule{Allow: append([]string{hostOf(u)}, privateNets...)}})
	if err != nil {
		return nil, err
	}
	client, err := httpx.New(box, httpx.Options{})
	if err != nil {
		return nil, err
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/embeddings")
	if u.Path == "" {
		u.Path = "/v1"
	}
	u.Path += "/embeddings"
	u.RawPath = ""
	return &Endpoint{opt: o, url: u, client: client, dimension: o.Dimensions}, nil
}

// privateNets may be reached too, since whoever writes the address may name a machine of their own. Redirects
// are not followed, so that nobody else is ever asked. Link-local addresses are not among them: clouds tell secrets there.
var privateNets = []string{"localhost", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"}

// hostOf is the host of an address as the sandbox names it.
func hostOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return net.JoinHostPort(u.Hostname(), port)
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.Is6() {
		return "[" + u.Hostname() + "]"
	}
	return u.Hostname()
}

// isLocal tells whether a host is this machine, or one of a private network.
func isLocal(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback() || a.IsPrivate()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".localhost")
}

func (o *EndpointOptions) keyName() string {
	if o.KeyName != "" {
		return o.KeyName
	}
	return "the configuration"
}

// Model is the model's name, with the dimensions and the prefix that were asked for.
func (e *Endpoint) Model() string {
	name := e.opt.Model
	if e.opt.Dimensions > 0 {
		name = fmt.Sprintf("%s@%d", name, e.opt.Dimensions)
	}
	if e.opt.DocumentPrefix != "" {
		name += fmt.Sprintf(" %q", cut(e.opt.DocumentPrefix, 200))
	}
	return name
}

// Close ends the connections.
func (e *Endpoint) Close() error {
	e.client.Close()
	return nil
}

// Embed asks for texts in batches. Texts that a model cannot take whole are given to it shorter.
func (e *Endpoint) Embed(ctx context.Context, purpose Purpose, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	prefix := e.opt.DocumentPrefix
	if purpose == Query {
		prefix = e.opt.QueryPrefix
	}
	var batch []string
	var at []int
	size := 0
	flush := func() error {
		vectors, err := e.batch(ctx, batch)
		if err != nil {
			return err
		}
		for i, v := range vectors {
			out[at[i]] = v
		}
		batch, at, size = batch[:0], at[:0], 0
		return nil
	}
	for i, text := range texts {
		text = strings.TrimSpace(strings.ToValidUTF8(cut(text, maxText), "\uFFFD"))
		if text == "" {
			continue
		}
		text = prefix + text
		if len(batch) > 0 && (len(batch) == e.opt.Batch || size+len(text) > batchBytes) {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		batch, at, size = append(batch, text), append(at, i), size+len(text)
	}
	if len(batch) == 0 {
		return out, nil
	}
	return out, flush()
}

// probe is a text that any model takes.
const probe = "text"

// batch asks for some texts. If the server refuses them, and not any text, the one that it cannot take is
// looked for.
func (e *Endpoint) batch(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := e.ask(ctx, texts)
	if !isRefusal(err) {
		return vectors, err
	}
	if _, other := e.ask(ctx, []string{probe}); other != nil {
		return nil, other // it takes nothing
	}
	return e.parts(ctx, texts)
}

// shortest is how short a text is made before it counts as one that the model cannot take, in bytes.
const shortest = 256

// parts asks for texts that were refused together.
func (e *Endpoint) parts(ctx context.Context, texts []string) ([][]float32, error) {
	var pieces [][]string
	switch {
	case len(texts) > 1:
		pieces = [][]string{texts[:len(texts)/2], texts[len(texts)/2:]}
	case len(texts[0]) > shortest:
		pieces = [][]string{{cut(texts[0], len(texts[0])/2)}}
	default:
		return make([][]float32, 1), nil // it has no vector
	}
	var out [][]float32
	for _, piece := range pieces {
		vectors, err := e.ask(ctx, piece)
		if isRefusal(err) {
			vectors, err = e.parts(ctx, piece)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, vectors...)
	}
	return out, nil
}

// ask makes one request.
func (e *Endpoint) ask(ctx context.Context, texts []string) ([][]float32, error) {
	body, err := e.question(texts)
	if err != nil {
		return nil, err
	}
	r := &httpx.Request{Method: http.MethodPost, URL: e.url, Header: http.Header{"Accept": {"application/json"}}, Body: httpx.Bytes("application/json", body),
		MaxBytes: maxAnswer, MaxRedirects: -1, AttemptTimeout: e.opt.Timeout, Timeout: time.Duration(max(e.opt.Retries, 0)+1)*e.opt.Timeout + retryTime,
		Retry: httpx.Retry{Max: max(e.opt.Retries, 0), Any: true, ServerErrors: true}, Secrets: []string{e.opt.Key}}
	var problem string
	r.Retrying = func(_ int, why string, _ time.Duration) { problem = why }
	if e.opt.Key != "" {
		r.Header.Set("Authorization", "Bearer "+e.opt.Key)
	}
	answer, err := e.client.Do(ctx, r)
	if err != nil {
		var known *tool.Error
		if errors.As(err, &known) && ctx.Err() == nil {
			return nil, fmt.Errorf("the embedder: %w", err)
		}
		if ctx.Err() != nil && problem != "" {
			return nil, &StoppedError{problem, err}
		}
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, e.refused(answer)
	}
	vectors, err := readAnswer(answer.Body, len(texts))
	if err == nil {
		err = e.check(vectors)
	}
	if err != nil {
		return nil, fmt.Errorf("the embedder %s answers what cannot be used: %w", httpx.Redact(e.url), err)
	}
	return vectors, nil
}

// retryTime is how long a request and its repetitions may wait between each other.
const retryTime = time.Minute

// check normalises vectors, and compares their length with those before.
func (e *Endpoint) check(vectors [][]float32) error {
	e.mu.Lock()
	want := e.dimension
	e.mu.Unlock()
	for i, v := range vectors {
		switch {
		case len(v) == 0 || len(v) > maxDimension:
			return fmt.Errorf("%w: vector %d has %d numbers", ErrVector, i+1, len(v))
		case want == 0:
			want = len(v)
		case len(v) != want && e.opt.Dimensions > 0:
			return fmt.Errorf("%w: vectors of %q have %d numbers, not the %d that were asked for: set dimensions to %d, or to 0 for as many as there are", ErrVector, e.opt.Model, len(v), want, len(v))
		case len(v) != want:
			return fmt.Errorf("%w: vector %d has %d numbers, others have %d", ErrVector, i+1, len(v), want)
		}
		if err := normalise(v); err != nil {
			return fmt.Errorf("vector %d: %w", i+1, err)
		}
	}
	e.mu.Lock()
	e.dimension = want
	e.mu.Unlock()
	return nil
}
