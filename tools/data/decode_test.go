package data

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

// sameAsStandard decodes with both decoders: they must agree on what is JSON,
// and on every value down to the sign of a zero.
func sameAsStandard(t *testing.T, text string) {
	t.Helper()
	var want any
	err := json.Unmarshal([]byte(text), &want)
	got, ok := decodeFast(context.Background(), text)
	switch {
	case ok != (err == nil):
		t.Errorf("%.100q: accepted: %v; encoding/json says %v", text, ok, err)
	case ok && !reflect.DeepEqual(got, want):
		t.Errorf("%.100q: %#v; encoding/json gives %#v", text, got, want)
	case ok:
		if f, isFloat := got.(float64); isFloat && math.Signbit(f) != math.Signbit(want.(float64)) {
			t.Errorf("%s: the sign of zero differs", text)
		}
	}
	if _, err2 := decodeJSON(context.Background(), text); (err2 == nil) != (err == nil) {
		t.Errorf("%.100q: decodeJSON says %v; encoding/json %v", text, err2, err)
	}
}

func texts() []string {
	return []string{
		``, ` `, `null`, `true`, `false`, `nul`, `nulll`, `truex`, ` true `, "\ttrue\r\n", "\vtrue", `0`, `-0`, `-`, `01`, `-01`, `1.`, `.5`, `1.5`, `1e`, `1e5`, `1E+5`, `1e-5`,
		`1e400`, `-1e400`, `1e-400`, `123456789012345`, `1234567890123456`, `-999999999999999`, `9007199254740993`, `10000000000000000000000`, `0.1`, `1.0`, `+1`, `1 2`,
		`""`, `"`, `"a`, `"a"b`, `"\n"`, "\"\n\"", "\"\x00\"", `"\u0041"`, `"\u00e9"`, `"\u12"`, `"\u12G4"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`,
		`"\x"`, `"\`, `"\u"`, `"\ud83d\u"`, `"\/\b\f\r\t\\\""`, `"é"`, `"日本"`, "\"\xff\"", "\"a\xffb\xc3\"", "\"\xc3\xa9\xff\"", "\"\xed\xa0\x80\"", "\"\\n\xff\"", "\"\x7f\"", `"\U0041"`,
		`[]`, `[ ]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1,2`, `[`, `]`, `[[[[]]]]`, `{}`, `{ }`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `{,}`, `{"a":1,"a":2}`, `{"a":{"x":1},"a":{"y":2}}`,
		`{"":null}`, `{"a":[1,{"b":[true,false,null,"x",1.5]}],"c":{}}`, `{1:2}`, `{"a":1}}`, `{"\u0061":1,"a":2}`, "\ufeff1", `[1]//x`, `'a'`, `NaN`, `Infinity`,
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), strings.Repeat("[", 1_000_000),
		strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001),
	}
}

func TestDecodeAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range texts() {
		sameAsStandard(t, text)
	}
}

func TestDecodeIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	text := "[" + strings.Repeat("1,", 2*lookEvery) + "1]"
	if v, err := decodeJSON(ctx, text); !errors.Is(err, context.Canceled) {
		t.Errorf("%T, %v", v, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range texts() {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(sameAsStandard)
}
