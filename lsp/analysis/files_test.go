package analysis_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestFilesInOrder opens, closes, indexes and removes files: each snapshot has its own list,
// sorted and with each file once, and the list of an older one stays as it was.
func TestFilesInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	file := func(i int, version int32) *analysis.File {
		path := filepath.Join(string(filepath.Separator), "w", fmt.Sprintf("f%d.lua", i))
		return analysis.NewFile(analysis.URIOf(path), path, version, "return 1\n")
	}
	uris := func(s *analysis.Snapshot) (list []string) {
		for _, e := range s.Files() {
			list = append(list, e.URI)
		}
		return list
	}
	s := analysis.NewSnapshot(nil, nil)
	open, disk := map[string]bool{}, map[string]bool{}
	for range 300 {
		before, listed := s, uris(s)
		f := file(r.IntN(20), int32(r.IntN(5)))
		switch r.IntN(4) {
		case 0:
			s = s.WithFile(f)
			open[f.URI] = true
		case 1:
			s = s.Without(f.URI)
			delete(open, f.URI)
		case 2:
			s = s.WithIndexed(f.Entry())
			disk[f.URI] = true
		case 3:
			s = s.WithoutIndexed(f.URI)
			delete(disk, f.URI)
		}
		var want []string
		for i := range 20 {
			if uri := file(i, 1).URI; open[uri] || disk[uri] {
				want = append(want, uri)
			}
		}
		slices.Sort(want)
		if got := uris(s); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		if again := uris(before); !slices.Equal(again, listed) {
			t.Fatalf("the list was %v, and is %v", listed, again)
		}
	}
}
