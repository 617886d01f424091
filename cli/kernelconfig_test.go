package cli

import (
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
)

// A setting that a flag wins over does not change with the configuration.
func TestOutweighs(t *testing.T) {
	f := &kernelFlags{cmd: &cobra.Command{}}
	f.cmd.Flags().Int("max-clients", 1, "")
	f.cmd.Flags().Int("port", 1, "")
	if err := f.cmd.ParseFlags([]string{"--max-clients", "3"}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"kernel.max_clients": true, "kernel.port": false, "kernel.max_parallel": false} {
		if got := f.outweighs(key); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
}

// A configuration that is wrong keeps nobody from seeing and ending kernels.
func TestKernelWithWrongConfig(t *testing.T) {
	dir := scratch(t, map[string]string{"wrong.toml": "[kernel]\nmax_clients = \"x\"\n"})
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(dir, "run"))
	const notice = "kernel.max_clients: want a whole number from 1 to 10000, not the text \"x\"; the defaults are in force"
	steps(t, []step{
		{"-c wrong.toml kernel status", 0, "no kernel runs", notice},
		{"-c wrong.toml kernel stop none", 5, "-", "no such kernel runs"},
		{"-c wrong.toml kernel logs none", 5, "-", notice},
		{"-c wrong.toml kernel profile heap none", 5, "-", notice},
		{"-c wrong.toml kernel start --daemon", 2, "-", "configuration is not valid"},
		{"-c wrong.toml version", 0, "llmspell", "-"},
	})
}
