package jsondiff

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/jsonschema"
)

func decode(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// apply runs one operation of a patch on a value and returns the new value.
func apply(t testing.TB, v any, path []string, op map[string]any) any {
	t.Helper()
	if len(path) == 0 {
		return op["value"]
	}
	name := strings.ReplaceAll(strings.ReplaceAll(path[0], "~1", "/"), "~0", "~")
	switch v := v.(type) {
	case map[string]any:
		switch {
		case len(path) > 1:
			v[name] = apply(t, v[name], path[1:], op)
		case op["op"] == "remove":
			if _, ok := v[name]; !ok {
				t.Fatalf("%v removes what is not there", op)
			}
			delete(v, name)
		default:
			v[name] = op["value"]
		}
		return v
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i > len(v) || i == len(v) && op["op"] != "add" {
			t.Fatalf("%v is outside an array of %d", op, len(v))
		}
		switch {
		case len(path) > 1:
			v[i] = apply(t, v[i], path[1:], op)
		case op["op"] == "remove":
			return slices.Delete(slices.Clone(v), i, i+1)
		case op["op"] == "add":
			return slices.Insert(slices.Clone(v), i, op["value"])
		default:
			v[i] = op["value"]
		}
		return v
	}
	t.Fatalf("%v leads into %v", op, v)
	return nil
}

func checkPatch(t testing.TB, before, after string) {
	t.Helper()
	d, err := Compare(context.Background(), decode(t, before), decode(t, after))
	if err != nil {
		t.Fatal(err)
	}
	v := decode(t, before)
	// What the patch holds is copied, for applying it changes it.
	text, _ := json.Marshal(d.Patch)
	var patch []map[string]any
	if err := json.Unmarshal(text, &patch); err != nil {
		t.Fatal(err)
	}
	for _, op := range patch {
		var path []string
		if p := op["path"].(string); p != "" {
			path = strings.Split(p, "/")[1:]
		}
		v = apply(t, v, path, op)
	}
	if want := decode(t, after); !jsonschema.Equal(v, want) {
		t.Errorf("%s to %s: the patch %s gives %v", before, after, text, v)
	}
}

func TestPatches(t *testing.T) {
	for _, tc := range [][2]string{
		{`{}`, `{"a":1}`}, {`{"a":1}`, `{}`}, {`1`, `2`}, {`1`, `[1]`}, {`{"a/b":{"c~d":1}}`, `{"a/b":{"c~d":2}}`},
		{`[1,2,3]`, `[2,3]`}, {`[1,2,3]`, `[1,2,3,4,5]`}, {`[1,2,3,4,5]`, `[]`}, {`[]`, `[1]`}, {`[1,2,3,4]`, `[9,2,8,7,4,6]`}, {`[1,2,3]`, `[7]`},
		{`[{"a":1},{"b":[1,2]}]`, `[{"a":2},{"b":[2,1,3]},5]`}, {`{"a":[[1],[2]]}`, `{"a":[[2],[1,1]]}`}, {`{"a":{}}`, `{"a":[]}`}, {`null`, `{"a":null}`},
	} {
		checkPatch(t, tc[0], tc[1])
		checkPatch(t, tc[1], tc[0])
	}
}

func TestCompare(t *testing.T) {
	d, err := Compare(context.Background(), decode(t, `{"a":1,"b":[1,2],"c":{"d":true},"e":5}`), decode(t, `{"a":1.0,"b":[0,1,2],"c":{"d":false},"f":6}`))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(d)
	want := `{"Added":{"/b/0":0,"/f":6},"Removed":{"/e":5},"Modified":{"/c/d":{"Old":true,"New":false}},"Unchanged":["/a","/b/1","/b/2"],` +
		`"Patch":[{"op":"add","path":"/b/0","value":0},{"op":"replace","path":"/c/d","value":false},{"op":"remove","path":"/e"},{"op":"add","path":"/f","value":6}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLimits(t *testing.T) {
	deep := func(leaf string) any { return decode(t, strings.Repeat(`{"a":`, 300)+leaf+strings.Repeat("}", 300)) }
	if _, err := Compare(context.Background(), deep("1"), deep("2")); err == nil || !strings.Contains(err.Error(), "200 deep") {
		t.Errorf("deep values: %v", err)
	}
	before, after := map[string]any{}, map[string]any{}
	for i := range MaxChanges + 10 {
		before[strconv.Itoa(i)], after[strconv.Itoa(i)] = 1.0, 2.0
	}
	if _, err := Compare(context.Background(), before, after); err == nil || !strings.Contains(err.Error(), "100000 places") {
		t.Errorf("many changes: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compare(ctx, before, after); err != context.Canceled {
		t.Errorf("after cancellation: %v", err)
	}
}

func FuzzPatch(f *testing.F) {
	f.Add(`[1,{"a":[2,3]}]`, `[{"a":[3]},1]`)
	f.Add(`{"a":{"b":1}}`, `{"a":{"c":1}}`)
	f.Add(`1`+strings.Repeat("0", 400), `1`) // valid JSON that no float64 holds
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, text := range []string{before, after} {
			var v any
			if json.Unmarshal([]byte(text), &v) != nil {
				return
			}
		}
		checkPatch(t, before, after)
	})
}
