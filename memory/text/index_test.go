package text

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func newIndex(tb testing.TB, p Params) *Index {
	tb.Helper()
	ix, err := New(p)
	if err != nil {
		tb.Fatal(err)
	}
	return ix
}

func put(tb testing.TB, ix *Index, id int64, d Document) {
	tb.Helper()
	if err := ix.Put(id, d); err != nil {
		tb.Fatal(err)
	}
}

func search(tb testing.TB, ix *Index, query string, o Options) []Hit {
	tb.Helper()
	hits, err := ix.Search(query, o)
	if err != nil {
		tb.Fatal(err)
	}
	return hits
}

func ids(hits []Hit) []int64 {
	out := []int64{}
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return out
}

// randomDocument has words that other documents have too.
func randomDocument(r *rand.Rand) Document {
	vocabulary := strings.Fields("boat boats painting Paint the a child children wrote write userName user_name 東京 東京都 2026-05-08 café don't said red blue")
	body := []string{}
	for range 1 + r.IntN(12) {
		body = append(body, vocabulary[r.IntN(len(vocabulary))])
	}
	d := Document{Body: strings.Join(body, " ")}
	if r.IntN(3) == 0 {
		d.Body += "?"
	}
	if r.IntN(5) > 0 {
		d.Session = fmt.Sprint("session", r.IntN(4))
	}
	if r.IntN(4) > 0 {
		d.Time = time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(3), 0, 0, 0, 0, time.UTC)
	}
	d.Speaker = []string{"", "Ada Lovelace", "Bob"}[r.IntN(3)]
	d.Role = []string{"", "user", "assistant"}[r.IntN(3)]
	return d
}

// TestChanges makes random changes and compares with an index that is built anew, and with one that was saved.
func TestChanges(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		ix, docs := newIndex(t, Params{}), map[int64]Document{}
		for range 150 {
			id := int64(r.IntN(40)) - 5
			if r.IntN(3) == 0 {
				_, had := docs[id]
				if ix.Delete(id) != had {
					t.Fatalf("seed %d: Delete(%d) did not answer %v", seed, id, had)
				}
				delete(docs, id)
				continue
			}
			docs[id] = randomDocument(r)
			put(t, ix, id, docs[id])
		}
		fresh := newIndex(t, Params{})
		for id, d := range docs { // in any order
			put(t, fresh, id, d)
		}
		saved := save(t, ix)
		if !bytes.Equal(saved, save(t, fresh)) {
			t.Fatalf("seed %d: the changed index saves other bytes than a fresh one", seed)
		}
		loaded, generation, err := Load(bytes.NewReader(saved), Params{})
		if err != nil || generation != 7 {
			t.Fatalf("seed %d: Load: generation %d, %v", seed, generation, err)
		}
		for range 20 {
			query, o := randomDocument(r).Body+" Ada when", Options{K: 1 + r.IntN(20)}
			if r.IntN(2) == 0 {
				o.Speaker, o.Session = "Bob", "session1"
			}
			want := naive(docs, defaults, query, o)
			for name, index := range map[string]*Index{"changed": ix, "fresh": fresh, "loaded": loaded} {
				got := search(t, index, query, o)
				if !close(got, want) {
					t.Fatalf("seed %d, %s, %q: got %v, want %v", seed, name, query, got, want)
				}
			}
			if a, b := search(t, ix, query, o), search(t, loaded, query, o); !reflect.DeepEqual(a, b) {
				t.Fatalf("seed %d, %q: %v, and after loading %v", seed, query, a, b)
			}
		}
		for id := range docs {
			ix.Delete(id)
		}
		if s := ix.Stats(); s != (Stats{}) {
			t.Fatalf("seed %d: something is left behind: %+v", seed, s)
		}
		if !bytes.Equal(save(t, ix), save(t, newIndex(t, Params{}))) {
			t.Fatalf("seed %d: an emptied index saves other bytes than a new one", seed)
		}
	}
}

func save(tb testing.TB, ix *Index) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := ix.Save(&b, 7); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// close compares the hits, but for the last digits of their scores, and the order of those that differ in no more.
func close(got, want []Hit) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if d := got[i].Score - want[i].Score; d > 1e-4 || d < -1e-4 {
			return false
		}
	}
	return true
}

func TestForgottenLeavesNothing(t *testing.T) {
	ix := newIndex(t, Params{})
	put(t, ix, 1, Document{Session: "hush-session", Speaker: "Zebulon", Body: "the password is xylophone", Time: time.Unix(1e9, 0)})
	put(t, ix, 2, Document{Session: "other", Speaker: "Ada", Body: "the weather is fine"})
	if got := ids(search(t, ix, "xylophone", Options{})); !slices.Equal(got, []int64{1}) {
		t.Fatalf("before: %v", got)
	}
	put(t, ix, 1, Document{Session: "other", Speaker: "Ada", Body: "nothing to see"})
	saved := save(t, ix)
	for word := range ix.analyzer.words {
		if strings.Contains("xylophone password Zebulon", word) {
			t.Errorf("%q is still remembered", word)
		}
	}
	for _, word := range []string{"xylophon", "password", "zebulon", "hush", "Zebulon"} {
		if got := search(t, ix, word, Options{}); len(got) > 0 {
			t.Errorf("%q is still found: %v", word, got)
		}
		if bytes.Contains(saved, []byte(word)) {
			t.Errorf("%q is in the saved index", word)
		}
	}
}

func TestFilters(t *testing.T) {
	ix := newIndex(t, Params{})
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	put(t, ix, 1, Document{Session: "s", Speaker: "Ada", Role: "user", Body: "a boat", Time: day(1)})
	put(t, ix, 2, Document{Session: "s", Speaker: "Bob", Role: "assistant", Body: "a boat", Time: day(2)})
	put(t, ix, 3, Document{Session: "t", Speaker: "Ada", Role: "user", Body: "a boat", Time: day(3)})
	put(t, ix, 4, Document{Body: "a boat"})
	for _, tt := range []struct {
		name string
		o    Options
		want []int64
	}{
		{"none", Options{}, []int64{1, 2, 3, 4}},
		{"session", Options{Session: "s"}, []int64{1, 2}},
		{"unknown session", Options{Session: "x"}, []int64{}},
		{"speaker", Options{Speaker: "Ada"}, []int64{1, 3}},
		{"role", Options{Role: "assistant"}, []int64{2}},
		{"from", Options{From: day(2)}, []int64{2, 3}},
		{"until", Options{Until: day(2)}, []int64{1}},
		{"ids", Options{IDs: []int64{2, 4, 9}}, []int64{2, 4}},
		{"no ids", Options{IDs: []int64{}}, []int64{}},
		{"function", Options{Filter: func(id int64) bool { return id > 2 }}, []int64{3, 4}},
		{"two", Options{Speaker: "Ada", From: day(2)}, []int64{3}},
	} {
		got := ids(search(t, ix, "boats", tt.o))
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	if _, err := ix.Search("boat", Options{K: -1}); err == nil {
		t.Error("a negative K is no error")
	}
	for _, query := range []string{"", "?!", "unheard"} {
		if got := search(t, ix, query, Options{}); len(got) > 0 {
			t.Errorf("%q finds %v", query, got)
		}
	}
}

// TestCommonTerms has a name that half of many documents have: it prefers, but finds only where it is alone.
func TestCommonTerms(t *testing.T) {
	ix := newIndex(t, Params{})
	for i := range int64(3 * common) {
		put(t, ix, i, Document{Speaker: []string{"Ada", "Bob"}[i%2], Body: []string{"a lake", "the sea"}[i/2%2]})
	}
	put(t, ix, -1, Document{Speaker: "Bob", Body: "the boat"})
	put(t, ix, -2, Document{Speaker: "Ada", Body: "the boat"})
	if got := ids(search(t, ix, "Ada's boat", Options{})); !slices.Equal(got, []int64{-2, -1}) {
		t.Errorf("Ada's boat: %v", got)
	}
	if got := ids(search(t, ix, "Ada", Options{K: 3})); !slices.Equal(got, []int64{-2, 0, 2}) {
		t.Errorf("Ada: %v", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	ix := newIndex(t, Params{})
	for i := range int64(20) {
		put(t, ix, i, randomDocument(rand.New(rand.NewPCG(uint64(i), 2))))
	}
	saved := save(t, ix)
	for at := range saved {
		damaged := bytes.Clone(saved)
		damaged[at] ^= 0x41
		if _, _, err := Load(bytes.NewReader(damaged), Params{}); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d changed: %v", at, err)
		}
		if _, _, err := Load(bytes.NewReader(saved[:at]), Params{}); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", at, err)
		}
	}
	if _, _, err := Load(bytes.NewReader(saved), Params{Language: None}); !errors.Is(err, ErrOther) {
		t.Fatalf("another language: %v", err)
	}
	if _, err := New(Params{Language: "klingon"}); err == nil {
		t.Error("an unknown language is no error")
	}
}

// FuzzLoad reads files whose checksum is right, whatever is in them.
func FuzzLoad(f *testing.F) {
	ix := newIndex(f, Params{})
	for i := range int64(3) {
		put(f, ix, i, randomDocument(rand.New(rand.NewPCG(uint64(i), 3))))
	}
	saved := save(f, ix)
	f.Add(saved[:len(saved)-4])
	f.Fuzz(func(t *testing.T, data []byte) {
		data = binary.LittleEndian.AppendUint32(bytes.Clone(data), crc32.Checksum(data, castagnoli))
		ix, generation, err := Load(bytes.NewReader(data), Params{})
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrOther) {
				t.Fatal(err)
			}
			return
		}
		search(t, ix, "boat paint when Ada 東京", Options{})
		var again bytes.Buffer
		if err := ix.Save(&again, generation); err != nil {
			t.Fatal(err)
		}
		for id := range ix.slots {
			ix.Delete(id)
		}
		if s := ix.Stats(); s != (Stats{}) {
			t.Fatalf("left behind: %+v", s)
		}
	})
}

func TestManyGoroutines(t *testing.T) {
	ix := newIndex(t, Params{})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 4))
			for i := range 200 {
				switch {
				case g == 0:
					if err := ix.Put(int64(r.IntN(50)), randomDocument(r)); err != nil {
						t.Error(err)
					}
				case g == 1 && i%2 == 0:
					ix.Delete(int64(r.IntN(50)))
				default:
					if _, err := ix.Search("boat 東京 children", Options{K: 5}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}
