package lint_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
)

// hookValues are what hooks return.
var hookValues = []string{
	"nil", `"continue"`, `"skip"`, `"not today"`, "true", "5", "function() end", "{}", `{type = "continue"}`, `{type = "cancl"}`, `{type = 5}`, `{type = "Cancel"}`, `{reason = "x"}`,
	`{type = "modified"}`, `{type = "modified", data = {}}`, `{type = "modified", data = "x"}`, `{type = "modified", data = {1, 2}}`, `{type = "modified", data = {a = print}}`,
	`{type = "MODIFIED", data = {a = function() end}}`, `{type = "replace", data = function() end}`, `{type = "replace"}`, `{type = "redirect"}`, `{type = "redirect", target = ""}`, `{type = "redirect", target = 5}`,
	`{type = "retry", delay_ms = "5"}`, `{type = "retry", delay_ms = -1}`, `{type = "retry", max_attempts = 101}`, `{type = "retry", max_attempts = {}}`, `{type = "fork"}`, `{type = "Cache"}`, `{"continue"}`,
}

// TestHookResults has hooks return all of them. What check says of one is why the kernel
// counts a failure, and what fails is found.
func TestHookResults(t *testing.T) {
	const one = "; (function() local h = Hook.register('BeforeToolExecution', function() return %s end) pcall(Tool.execute, 'calculator', {input = '1'}) print((h:stats().last_failure or '')) h:unregister() end)()\n"
	var program strings.Builder
	for _, v := range hookValues {
		fmt.Fprintf(&program, one, v)
	}
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: &out, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(t.Context(), program.String(), "=test", nil); err != nil {
		t.Fatal(err)
	}
	failures := strings.Split(out.String(), "\n")
	found := make([]string, len(hookValues))
	for _, x := range check(t, program.String(), nil) {
		if x.Code == "hook-result" {
			found[strings.Count(program.String()[:x.Start], "\n")] = x.Message
		}
	}
	for i, v := range hookValues {
		if v == `{type = "modified", data = {a = print}}` { // print may be anything
			continue
		}
		if (failures[i] == "") != (found[i] == "") || !strings.Contains(failures[i], found[i]) {
			t.Errorf("%s: the failure is %q, found is %q", v, failures[i], found[i])
		}
	}
}
