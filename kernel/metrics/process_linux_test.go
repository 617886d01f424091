package metrics

import (
	"os"
	"testing"
)

func TestParseStatm(t *testing.T) {
	if v, r := parseStatm("100 20 3 4 0 5 0\n", 4096); v != 409600 || r != 81920 {
		t.Errorf("it reads %v and %v", v, r)
	}
	for _, bad := range []string{"", "1", "x 1", "1 x", "-1 2"} {
		if v, r := parseStatm(bad, 4096); v != -1 || r != -1 {
			t.Errorf("of %q it reads %v and %v", bad, v, r)
		}
	}
}

func TestDescriptors(t *testing.T) {
	before := readProcess()
	var open []*os.File
	for range 5 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, f)
	}
	during := readProcess()
	for _, f := range open {
		f.Close()
	}
	if during.descriptors != before.descriptors+5 || during.maxDescrip < during.descriptors {
		t.Errorf("%v were open before, %v with five more, of %v", before.descriptors, during.descriptors, during.maxDescrip)
	}
}
