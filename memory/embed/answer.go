package embed

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/llmspell/llmspell/internal/httpx"
)

// question is the body of a request.
func (e *Endpoint) question(texts []string) ([]byte, error) {
	q := struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Dimensions int      `json:"dimensions,omitempty"`
		Encoding   string   `json:"encoding_format,omitempty"`
	}{Model: e.opt.Model, Input: texts, Dimensions: e.opt.Dimensions}
	if e.opt.Base64 {
		q.Encoding = "base64"
	}
	return json.Marshal(q)
}

// readAnswer reads the vectors of n texts, in the order of the texts.
func readAnswer(body []byte, n int) ([][]float32, error) {
	var a struct {
		Data []struct {
			Index     *int            `json:"index"`
			Embedding json.RawMessage `json:"embedding"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("%w: it is not the JSON of embeddings: %w", ErrVector, err)
	}
	if len(a.Data) != n {
		return nil, fmt.Errorf("%w: %d vectors came for %d texts", ErrVector, len(a.Data), n)
	}
	out, numbered := make([][]float32, n), a.Data[0].Index != nil
	for i, item := range a.Data {
		at := i
		if (item.Index != nil) != numbered {
			return nil, fmt.Errorf("%w: some have an index, others have none", ErrVector)
		}
		if numbered {
			at = *item.Index
		}
		if at < 0 || at >= n || out[at] != nil {
			return nil, fmt.Errorf("%w: the indexes of %d vectors are not 0 to %d, each once", ErrVector, n, n-1)
		}
		v, err := readVector(item.Embedding)
		if err != nil {
			return nil, fmt.Errorf("vector %d: %w", at+1, err)
		}
		out[at] = v
	}
	return out, nil
}

// readVector reads numbers, or float32 in base64, the lowest byte first.
func readVector(raw json.RawMessage) ([]float32, error) {
	var coded string
	if json.Unmarshal(raw, &coded) == nil && len(raw) > 0 && raw[0] == '"' {
		data, err := base64.StdEncoding.DecodeString(coded)
		if err != nil || len(data)%4 != 0 {
			return nil, fmt.Errorf("%w: its base64 has no whole number of float32", ErrVector)
		}
		v := make([]float32, len(data)/4)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		return v, nil
	}
	if strings.Contains(string(raw), "null") {
		return nil, fmt.Errorf("%w: it has null where a number belongs", ErrVector)
	}
	var v []float32
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("%w: it is no list of numbers that a float32 holds", ErrVector)
	}
	if len(v) == 0 {
		return nil, fmt.Errorf("%w: it has no numbers", ErrVector)
	}
	return v, nil
}

// refused is the error of an answer that has no vectors.
func (e *Endpoint) refused(a *httpx.Response) error {
	where, said := httpx.Redact(e.url), e.hidden(message(a.Body))
	if said != "" {
		said = ": " + said
	}
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if e.opt.Key == "" {
			return fmt.Errorf("the embedder %s wants a key (status %d): name the environment variable that holds it in api_key_env%s", where, a.Status, said)
		}
		return fmt.Errorf("the embedder %s does not accept the key from %s (status %d)%s", where, e.opt.keyName(), a.Status, said)
	case http.StatusNotFound:
		return fmt.Errorf("the embedder %s has no such address, or no model %q (status 404): look at url and model, or have the server load it (ollama pull %s)%s", where, e.opt.Model, e.opt.Model, said)
	case http.StatusTooManyRequests:
		return fmt.Errorf("the embedder %s has had too many requests, or its quota is used up (status 429)%s", where, said)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return &refusal{fmt.Sprintf("the embedder %s refused the request (status %d)%s", where, a.Status, said)}
	case http.StatusInternalServerError: // llama.cpp says so of a text that is too long
		return &refusal{fmt.Sprintf("the embedder %s failed (status %d)%s", where, a.Status, said)}
	}
	if a.Status/100 == 3 {
		return fmt.Errorf("the embedder %s redirects (status %d), which is not followed: set url to where it leads%s", where, a.Status, said)
	}
	return fmt.Errorf("the embedder %s failed (status %d)%s", where, a.Status, said)
}

// refusal is an answer that a text may be to blame for.
type refusal struct{ message string }

func (r *refusal) Error() string { return r.message }

// isRefusal tells whether a text may be to blame for an error.
func isRefusal(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

// message is what a server says of an error: {"error": {"message": …}}, {"error": …} or a short text.
func message(body []byte) string {
	var a struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
	}
	text := string(body)
	if json.Unmarshal(body, &a) == nil {
		var inner struct {
			Message string `json:"message"`
		}
		var plain string
		switch {
		case json.Unmarshal(a.Error, &inner) == nil && inner.Message != "":
			text = inner.Message
		case json.Unmarshal(a.Error, &plain) == nil && plain != "":
			text = plain
		case a.Message != "":
			text = a.Message
		}
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if short := cut(text, 300); short != text {
		return short + "…"
	}
	return text
}

// hidden is a text of the server's without the key.
func (e *Endpoint) hidden(text string) string {
	if len(e.opt.Key) >= 4 {
		text = strings.ReplaceAll(text, e.opt.Key, httpx.Hidden)
	}
	return text
}
