package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// Keys and scopes are completed from the values that there are.
func TestCompleteState(t *testing.T) {
	data := ownFolders(t)
	complete := func(args ...string) string {
		t.Helper()
		code, out, errOut := call(t, "", append([]string{"__complete", "state"}, args...)...)
		if code != 0 {
			t.Fatalf("%q: exit %d, %s", args, code, errOut)
		}
		list, _, ok := strings.Cut(out, ":4\n") // no files
		if !ok {
			t.Errorf("%q would complete files: %q", args, out)
		}
		return strings.ReplaceAll(list, "\n", " ")
	}
	if got := complete("get", ""); got != "" {
		t.Errorf("without a state: %q", got)
	}
	if found, err := os.ReadDir(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("completing has made %v, %v", found, err)
	}
	for _, args := range []string{"limit 10", "length 2", "user 1", "name x --scope workflow:daily"} {
		if code, _, errOut := call(t, "", append([]string{"state", "set"}, strings.Fields(args)...)...); code != 0 {
			t.Fatal(errOut)
		}
	}
	for args, want := range map[string]string{
		"get l":                           "length limit ",
		"get limit ":                      "",
		"show ":                           "length limit user ",
		"set u":                           "user ",
		"set user ":                       "",
		"delete limit l":                  "length ",
		"get --scope workflow:daily ":     "name ",
		"get --scope workflow:none ":      "",
		"get --scope ":                    "global workflow:daily ",
		"export --scope ":                 "global workflow:daily ",
		"get --scope session:no-session ": "",
	} {
		if got := complete(strings.Split(args, " ")...); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}
