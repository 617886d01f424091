package metrics

import (
	"os"
	"testing"
)

func TestDescriptors(t *testing.T) {
	before := readDescriptors()
	var open []*os.File
	for range 5 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, f)
	}
	during := readDescriptors()
	for _, f := range open {
		f.Close()
	}
	if during.open != before.open+5 || during.most < during.open {
		t.Errorf("%v were open before, %v with five more, of %v", before.open, during.open, during.most)
	}
}
