package archive

import (
	"bytes"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
)

// A change in what is stored as it is, without compression, is noticed; what older versions
// stored so, without a checksum, is read.
func TestUncompressedValuesAreChecked(t *testing.T) {
	s := openAt(t, t.TempDir()+"/sessions.db", Options{CompressFrom: -1})
	ctx := t.Context()
	must[*Session](t)(s.Create(ctx, Spec{ID: "one"}))
	printed := strings.Repeat("a line\n", 2000)
	rec := must[*Recorder](t)(s.Begin(ctx, "one", Start{Kind: KindCode, Name: "=x", Source: "x()"}))
	rec.ToolCall("tool", map[string]any{"p": "given"}, "gotten", s.opts.Now(), 0)
	rec.Output([]byte(printed))
	if err := rec.End(ctx, End{Outcome: Succeeded, Result: []any{"result"}}); err != nil {
		t.Fatal(err)
	}
	set := func(statement string, args ...any) {
		t.Helper()
		if err := s.db.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(statement, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	found := func(want ...string) {
		t.Helper()
		damaged := must[[]error](t)(s.VerifyRest(ctx, "one"))
		if len(damaged) != len(want) {
			t.Errorf("damaged: %v; want %v", damaged, want)
			return
		}
		for i, part := range want {
			if !strings.Contains(damaged[i].Error(), part) {
				t.Errorf("%v; want %s", damaged[i], part)
			}
		}
	}
	found()
	var kept []byte
	if err := s.db.Read(ctx, func(tx *db.Tx) error { return tx.Row(`SELECT output FROM executions`).Scan(&kept) }); err != nil {
		t.Fatal(err)
	}
	if end := bytes.TrimPrefix(kept, []byte(printed)); len(end) != 4 {
		t.Fatalf("%d bytes are kept of %d", len(kept), len(printed))
	}
	for _, at := range []int{0, len(printed) / 2, len(printed) - 1, len(kept) - 1} {
		changed := bytes.Clone(kept)
		changed[at] ^= 1
		set(`UPDATE executions SET output = ?`, changed)
		found("output")
	}
	set(`UPDATE executions SET output = ?`, kept[:3])
	found("output")
	set(`UPDATE executions SET output = ?, result = zeroblob(length(result))`, kept)
	found("result")
	set(`UPDATE executions SET output = ?, output_encoding = 0, result = CAST('["old"]' AS BLOB), result_encoding = 0`, []byte(printed))
	found()
	set(`UPDATE entries SET params = zeroblob(length(params))`)
	found("entry 1 of execution 1")
}
